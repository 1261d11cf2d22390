"""A recorded answer per kind (tests/data/kinds) fills every path that its declaration names.

The records have the form of boto3's answers, with times as text; names and numbers are invented.
`calls` are the answers; where one operation is asked several times, `args` says which call is
meant. `never_delete` holds, for each such state in the order of the declaration, what makes it
apply; `ended` what makes the resource one that has ended; `unmodelled` the error codes that AWS
documents or answers although botocore's models do not name them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from ebbtide.base.paths import getter, render, values
from ebbtide.kinds import _special, registry
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Prepare
from ebbtide.model.kind import Kind, Relation
from ebbtide_cli.shapes import operation
from tests.support.gathering import DELETABLE, LISTED, for_each
from tests.support.paths import RECORDS

ACCOUNT, REGION = "111122223333", "eu-central-1"
SCOPE = {"account": ACCOUNT, "region": REGION, "partition": "aws"}

type Document = dict[str, Any]


@cache
def stored(kind: str) -> Document:
    path = RECORDS / f"{kind}.json"
    assert path.exists(), f"record the answers to its calls in tests/data/kinds/{path.name}"
    document: Document = json.loads(path.read_text())
    return document


def record(kind: str) -> list[Document]:
    calls: list[Document] = stored(kind).get("calls", [])
    return calls


def recorded(kind: str, call: Call, document: Mapping[str, Any]) -> Any:
    """What the recorded answer to this call holds at the call's items path."""
    arguments = render(dict(call.args), document)
    for entry in record(kind):
        same_call = (entry["service"], entry["operation"]) == (call.service, call.operation)
        wanted = entry.get("args", {})
        if same_call and all(arguments.get(name) == value for name, value in wanted.items()):
            return getter(call.items)(entry["answer"]) if call.items else entry["answer"]
    raise AssertionError(f"{kind}: no answer is recorded for {call.operation} {arguments}")


def completed(kind: Kind, item: Document, details: tuple[Detail, ...]) -> Document:
    for detail in details:
        document = {**item, **named(kind, item)}
        if detail.when and not getter(detail.when)(document):
            continue
        found = recorded(kind.name, detail.call, document)
        if detail.once:
            theirs, ours = detail.match
            wanted = getter(ours)(item)
            found = [each for each in found if getter(theirs)(each) == wanted]
        elif detail.batch:
            theirs, ours = detail.match
            wanted = getter(ours)(item)
            entry = next(each for each in found if getter(theirs)(each) == wanted)
            found = getter(detail.take)(entry)
        item = {**item, detail.into: found} if detail.into else {**item, **found}
    return item


def named(kind: Kind, item: Document) -> Document:
    """The names that templates and conditions know besides the answer's own."""
    names: Document = {"id": str(getter(kind.id)(item)), **SCOPE}
    label = str(getter(kind.label or kind.id)(item))
    match = re.search(kind.label_pattern, label) if kind.label_pattern else None
    names["name"] = match[1] if match else label
    if kind.arn:
        is_template = "{" in kind.arn
        names["arn"] = render(kind.arn, item | names) if is_template else getter(kind.arn)(item)
    return names


def list_documents(kind: Kind) -> list[Document]:
    parent: Document = dict(SCOPE)
    if kind.each:
        found = list_documents(registry()[kind.each])[0]
        parent = {**found, **named(registry()[kind.each], found)}
    if kind.list:
        items = recorded(kind.name, kind.list, parent)
    else:
        items = [dict(item) for item in values(kind.inside or "", parent)]
    inherited = {name: getter(path)(parent) for name, path in kind.inherit.items()}
    details = (*kind.details, *last_use_details(kind))
    # A detail's call may use the id, so that it has to be known before.
    assert all(getter(kind.id)({**inherited, **item}) for item in items)
    return [completed(kind, {**inherited, **item}, details) for item in items]


def last_use_details(kind: Kind) -> tuple[Detail, ...]:
    return (kind.last_use.detail,) if kind.last_use and kind.last_use.detail else ()


def parts_of_id(kind: Kind, id: str) -> Document:
    match = re.fullmatch(kind.id_parts, id) if kind.id_parts else None
    return match.groupdict() if match else {}


def get_document(kind: Kind, listed: Document) -> Document:
    assert kind.get
    names = named(kind, listed)
    parts = parts_of_id(kind, names["id"])
    found = recorded(kind.name, kind.get, {**names, **parts})
    items = [{**parts, **item} for item in (found if isinstance(found, list) else [found])]
    same = [item for item in items if str(getter(kind.id)(item)) == names["id"]]
    assert len(same) == 1
    return completed(kind, same[0], kind.read_details)


def references(relation: Relation, document: Document) -> Iterator[str]:
    for value in values(relation.path, document):
        if relation.pattern is None:
            yield value
            continue
        for match in re.finditer(relation.pattern, str(value)):
            template = relation.value or "{1}"
            for number, text in enumerate(match.groups(), 1):
                template = template.replace(f"{{{number}}}", text or "")
            yield str(render(template, SCOPE))


# What AWS answers although the enumerations of its models lack it: the state of a gateway's
# attachment and the type of a permissions boundary.
UNLISTED = ("available", "Policy")


def undocumented(shape: Shape | None, value: Any, path: str = "") -> Iterator[str]:
    """Names in an answer that AWS's description of the operation does not know."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name, inner in value.items():
            if name not in shape.members:
                yield f"{path}.{name}"
            else:
                yield from undocumented(shape.members[name], inner, f"{path}.{name}")
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for inner in value:
            yield from undocumented(shape.member, inner, f"{path}[]")
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for name, inner in value.items():
            yield from undocumented(shape.value, inner, f"{path}.{name}")
    elif isinstance(value, dict | list) or isinstance(shape, StructureShape | ListShape | MapShape):
        yield f"{path} has another type"
    elif isinstance(shape, StringShape) and shape.enum and not listed_in(shape.enum, value):
        yield f"{path} cannot be {value!r}"


def listed_in(enumeration: list[str], value: str) -> bool:
    # EC2 writes some of its own enumerations in small letters.
    return value.lower() in {each.lower() for each in (*enumeration, *UNLISTED)}


def test_every_listed_kind_has_a_record() -> None:
    recorded, listed = (
        {path.stem for path in RECORDS.iterdir()},
        {one.name for one in LISTED.kinds()},
    )
    assert not listed - recorded, "tests/data/kinds lacks the answers of these kinds"
    assert not recorded - listed, "delete these files of tests/data/kinds: no kind is read so"


@for_each(LISTED)
def test_record_is_shaped_as_aws_documents(kind: Kind) -> None:
    for entry in record(kind.name):
        shape = operation(entry["service"], entry["operation"]).output_shape
        assert not list(undocumented(shape, entry["answer"]))


@for_each(LISTED)
def test_record_names_no_other_account(kind: Kind) -> None:
    numbers = re.findall(r"(?<![0-9A-Za-z])\d{12}(?![0-9A-Za-z])", json.dumps(record(kind.name)))
    assert set(numbers) <= {ACCOUNT}


@for_each(LISTED)
def test_identity_and_promised_fields_are_filled(kind: Kind) -> None:
    document = list_documents(kind)[0]
    names = named(kind, document)
    assert names["id"] and names["name"]
    assert kind.arn is None or names["arn"].startswith("arn:aws:")
    # A literal null says that this kind has no such thing, although its base kind promises one.
    promised = [path for path in kind.fields.values() if path != "`null`"]
    for path in filter(None, [kind.created, *promised]):
        assert getter(path)(document) not in (None, []), path
    for function in kind.computed.values():
        assert getattr(_special, function)(document) is not None


@for_each(LISTED)
def test_ids_are_distinct(kind: Kind) -> None:
    ids = [named(kind, document)["id"] for document in list_documents(kind)]
    assert len(set(ids)) == len(ids)


@for_each(LISTED)
def test_tags_are_filled(kind: Kind) -> None:
    if kind.tags is None:
        return
    tags = getter(kind.tags)(list_documents(kind)[0])
    pairs = tags.items() if isinstance(tags, dict) else [tuple(tag.values())[:2] for tag in tags]
    assert dict(pairs)["owner"] == "team-shop"


@for_each(LISTED)
def test_every_relation_finds_a_reference(kind: Kind) -> None:
    documents = list_documents(kind)
    for relation in kind.relations:
        found = [value for document in documents for value in references(relation, document)]
        assert found, relation
        assert all(isinstance(value, str) for value in found)
        if relation.by == "arn":
            assert all(value.startswith("arn:aws:") for value in found), relation


@for_each(DELETABLE)
def test_reading_again_gives_the_same_fingerprint_and_relations(kind: Kind) -> None:
    for listed in list_documents(kind):
        again = get_document(kind, listed)
        assert [again.get(name) for name in kind.fingerprint] == [
            listed.get(name) for name in kind.fingerprint
        ]
        for relation in kind.relations:
            assert list(references(relation, again)) == list(references(relation, listed))


@for_each(DELETABLE)
def test_fingerprint_is_filled(kind: Kind) -> None:
    document = list_documents(kind)[0]
    assert not [name for name in kind.fingerprint if document.get(name) is None]


@for_each(DELETABLE)
def test_first_recorded_resource_may_be_deleted(kind: Kind) -> None:
    assert kind.delete
    document = get_document(kind, list_documents(kind)[0])
    names = {**document, **named(kind, document)}
    assert not [state.why for state in kind.never_delete if getter(state.when)(names)]
    assert not (kind.ended and getter(kind.ended)(names))
    arguments = render(dict(kind.delete.call.args), names)
    assert not [text for text in texts(arguments) if "{" in text or text == "None"]


def texts(value: Any) -> Iterator[str]:
    """Every text in rendered arguments; a template that found nothing left a brace or None."""
    if isinstance(value, dict):
        value = list(value.values())
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict | list):
            yield from texts(entry)
        elif isinstance(entry, str):
            yield entry


@for_each(LISTED)
def test_every_reason_never_to_delete_applies_when_it_should(kind: Kind) -> None:
    cases = stored(kind.name).get("never_delete", [])
    assert len(cases) == len(kind.never_delete)
    document = list_documents(kind)[0]
    if kind.get:
        document = get_document(kind, document)
    for state, case in zip(kind.never_delete, cases, strict=True):
        changed = {**document, **case}
        assert getter(state.when)({**changed, **named(kind, changed)}), state.why


@for_each(LISTED)
def test_what_has_ended_is_recognised(kind: Kind) -> None:
    ended = stored(kind.name).get("ended", {})
    assert bool(kind.ended) == bool(ended)
    if kind.ended:
        assert getter(kind.ended)({**list_documents(kind)[0], **ended})


def document_of(name: str, position: int = 0) -> Document:
    kind = registry()[name]
    document = get_document(kind, list_documents(kind)[position])
    return {**document, **named(kind, document)}


def deletion_of(name: str, position: int = 0) -> Any:
    delete = registry()[name].delete
    assert delete
    return render(dict(delete.call.args), document_of(name, position))


def prepared(name: str) -> list[tuple[str, Any]]:
    delete = registry()[name].delete
    assert delete
    document = document_of(name)
    return [call for step in delete.prepare for call in steps(step, document)]


def steps(step: Prepare, document: Document) -> Iterator[tuple[str, Any]]:
    if step.when and not getter(step.when)(document):
        return
    for each in values(step.each, document) if step.each else [None]:
        yield step.call.operation, render(dict(step.call.args), {**document, "each": each})


def test_member_of_a_database_cluster_goes_without_final_snapshot() -> None:
    assert deletion_of("aws_rds_instance", 0) == {
        "DBInstanceIdentifier": "shop",
        "SkipFinalSnapshot": True,
    }


def test_read_replica_goes_without_final_snapshot() -> None:
    assert deletion_of("aws_rds_instance", 1) == {
        "DBInstanceIdentifier": "orders-replica",
        "SkipFinalSnapshot": True,
    }


def test_database_of_its_own_leaves_a_final_snapshot_and_its_backups() -> None:
    assert deletion_of("aws_rds_instance", 2) == {
        "DBInstanceIdentifier": "orders",
        "SkipFinalSnapshot": False,
        "FinalDBSnapshotIdentifier": "ebbtide-final-orders-db-0123456789ABCDEFGHEXAMPLE2",
        "DeleteAutomatedBackups": False,
    }


def test_cluster_leaves_a_final_snapshot() -> None:
    deletion = deletion_of("aws_rds_cluster")
    assert deletion["SkipFinalSnapshot"] is False
    assert deletion["FinalDBSnapshotIdentifier"].startswith("ebbtide-final-shop-cluster-")


def test_key_is_scheduled_for_deletion_in_thirty_days() -> None:
    assert deletion_of("aws_kms_key")["PendingWindowInDays"] == 30


def test_security_group_gives_up_only_rules_that_name_groups() -> None:
    pair = {"GroupId": "sg-0a1b2c3d4e5f60002", "UserId": ACCOUNT}
    egress = {"GroupId": "sg-0a1b2c3d4e5f60003", "UserId": ACCOUNT}
    ingress = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [pair]}
    group = "sg-0a1b2c3d4e5f60001"
    assert prepared("aws_ec2_security_group") == [
        ("revoke_security_group_ingress", {"GroupId": group, "IpPermissions": [ingress]}),
        (
            "revoke_security_group_egress",
            {
                "GroupId": group,
                "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [egress]}],
            },
        ),
    ]


def test_gateway_is_detached_from_its_vpc() -> None:
    assert prepared("aws_ec2_internet_gateway") == [
        (
            "detach_internet_gateway",
            {"InternetGatewayId": "igw-0a1b2c3d4e5f60001", "VpcId": "vpc-0a1b2c3d4e5f60001"},
        )
    ]


def test_role_loses_its_policies_first() -> None:
    assert [call for call, _ in prepared("aws_iam_role")] == [
        "detach_role_policy",
        "delete_role_policy",
    ]


def test_policy_loses_only_its_other_versions() -> None:
    assert [arguments["VersionId"] for _, arguments in prepared("aws_iam_policy")] == ["v1"]


def test_user_loses_everything_that_would_stop_the_deletion() -> None:
    calls = prepared("aws_iam_user")
    assert ("remove_user_from_group", {"UserName": "alice", "GroupName": "developers"}) in calls
    assert [call for call, _ in calls] == [
        "detach_user_policy",
        "remove_user_from_group",
        "delete_user_policy",
        "delete_login_profile",
        "deactivate_mfa_device",
        "deactivate_mfa_device",
        "delete_virtual_mfa_device",
        "delete_ssh_public_key",
        "delete_signing_certificate",
        "delete_service_specific_credential",
    ]


def test_access_key_is_deleted_by_user_and_id() -> None:
    assert deletion_of("aws_iam_access_key", 1) == {
        "UserName": "alice",
        "AccessKeyId": "AKIA0123456789EXAMPLF",
    }


def test_interface_names_the_load_balancer_that_owns_it() -> None:
    kind = registry()["aws_ec2_network_interface"]
    owners = {
        relation.kind: [
            value for document in list_documents(kind) for value in references(relation, document)
        ]
        for relation in kind.relations
        if relation.owned_by
    }
    assert owners == {
        "aws_alb": [
            "arn:aws:elasticloadbalancing:eu-central-1:111122223333"
            ":loadbalancer/app/shop/50dc6c495c0c9188"
        ],
        "aws_elb": ["legacy-shop"],
        "aws_lambda_function": ["shop-orders"],
    }


def test_group_is_in_all_subnets_of_its_list() -> None:
    kind = registry()["aws_autoscaling_group"]
    relation = next(each for each in kind.relations if each.path == "VPCZoneIdentifier")
    assert list(references(relation, list_documents(kind)[0])) == [
        "subnet-0a1b2c3d4e5f60001",
        "subnet-0a1b2c3d4e5f60002",
    ]


def test_composite_alarm_names_its_parts_bare_quoted_or_by_arn() -> None:
    kind = registry()["aws_cloudwatch_alarm"]
    by = {
        relation.by: list(references(relation, list_documents(kind)[1]))
        for relation in kind.relations
        if relation.path == "AlarmRule"
    }
    assert by == {
        "name": ["shop-cpu", "shop disk"],
        "arn": ["arn:aws:cloudwatch:eu-central-1:111122223333:alarm:shop-memory"],
    }
