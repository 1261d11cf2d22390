"""Guardrails, and what belongs to Ebbtide, stay whatever selects them."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.errors import ConfigError
from ebbtide.config import Config, parse_config
from ebbtide.deployment.own import ARNS, Own
from ebbtide.deployment.settings import Settings
from ebbtide.kinds import registry
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import GLOBAL, Resource
from ebbtide.plan import Plan, make_plan
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run, read_run, store_run
from ebbtide.verdict.protection import protection_of
from tests.support.builders import (
    ACCOUNT,
    NOW,
    REGION,
    codes,
    ids,
    inventory,
    owns_edge,
    resource,
)
from tests.support.memory_store import MemoryStore
from tools.template import REPOSITORY, read_template

EXPIRED = {"ebbtide:expires": "2020-01-01"}
RULES = "rules: {expired: {enabled: true}}\n"
GUARDRAILS = {kind.name: kind.guardrail for kind in registry().values() if kind.guardrail}
DELETABLE = [name for name in sorted(GUARDRAILS) if registry()[name].delete]
STACK = "aws_cloudformation_stack"
OWN = Settings("tide-bucket-1", ACCOUNT, stack_name="tide").own


def plan_of(world: Inventory, text: str = RULES, own: Own | None = None) -> Plan:
    config: Config = parse_config(text)
    return make_plan(world, config, run_id="r", manifest="m", now=NOW, own=own or Own())


def expired(kind: str, id: str = "one", **rest: str) -> Resource:
    region = GLOBAL if registry()[kind].scope == "global" else REGION
    return resource(kind, id, tags=EXPIRED, region=region, **rest)


@pytest.mark.parametrize("kind", DELETABLE)
def test_a_guardrail_stays_unless_its_kind_is_named(kind: str) -> None:
    world = inventory([expired(kind)])
    plan = plan_of(world)
    assert codes(plan.refused) == {"one": "guardrail"}
    assert kind in plan.refused[0].reason
    assert kind not in plan.deletable
    allowed = plan_of(world, f"{RULES}cleanup: {{allow_guardrails: [{kind}]}}")
    if registry()[kind].opt_in:
        assert codes(allowed.refused) == {"one": "not_allowed"}
        assert kind not in allowed.deletable
    else:
        assert ids(allowed.planned) == {"one"}
        assert allowed.deletable[kind] == 1


@pytest.mark.parametrize("kind", DELETABLE)
def test_a_stack_keeps_its_guardrails_but_not_its_roles(kind: str) -> None:
    stack, part = expired(STACK, "stack"), resource(kind, "part")
    plan = plan_of(inventory([stack, part], [owns_edge(stack, part)]))
    if registry()[kind].guardrail.with_stack:  # type: ignore[union-attr]
        assert ids(plan.planned) == {"stack", "part"}
    else:
        assert codes(plan.refused) == {"stack": "owns_protected"}


def test_no_other_kind_is_a_guardrail() -> None:
    plan = plan_of(inventory([expired("aws_sqs_queue")]))
    assert ids(plan.planned) == {"one"}


def test_only_guardrails_can_be_allowed() -> None:
    with pytest.raises(ConfigError, match="aws_sqs_queue is no guardrail"):
        parse_config("cleanup: {allow_guardrails: [aws_sqs_queue]}")


# What belongs to Ebbtide itself.


def arns(account: str, stack: str = "tide") -> dict[str, str]:
    def named(service: str, name: str) -> str:
        return f"arn:aws:{service}:{REGION}:{account}:{name}"

    return {
        "aws_scheduler_schedule": named("scheduler", f"schedule/default/{stack}-Schedule-1"),
        "aws_lambda_function": named("lambda", f"function:{stack}-TickFunction-1"),
        "aws_lambda_layer": named("lambda", f"layer:{stack}-common-x86:1"),
        "aws_cloudwatch_log_group": named("logs", f"log-group:/ebbtide/{stack}/cleanup/tick"),
        "aws_eventbridge_event_bus": named("events", f"event-bus/{stack}"),
        "aws_stepfunctions_state_machine": named("states", f"stateMachine:{stack}-announce"),
        "aws_cloudwatch_alarm": named("cloudwatch", f"alarm:{stack}-FailedRunsAlarm-1"),
        "aws_cloudformation_stack": named("cloudformation", f"stack/{stack}/9"),
        "aws_s3_bucket": f"arn:aws:s3:::{stack}-bucket-1",
        "aws_iam_role": f"arn:aws:iam::{account}:role/{stack}-TickFunctionRole-1",
    }


@pytest.mark.parametrize("kind", list(arns(ACCOUNT)))
def test_nothing_of_ebbtide_is_planned(kind: str) -> None:
    guardrails = f"{RULES}cleanup: {{allow_guardrails: [aws_iam_role]}}"
    own = expired(kind, arn=arns(ACCOUNT)[kind])
    world = inventory([own])
    assert codes(plan_of(world, guardrails, OWN).refused) == {"one": "own"}
    found = protection_of(own, parse_config("").protect, {}, OWN)
    assert found is not None
    assert found.by == "ebbtide"
    others = inventory([expired(kind, arn=arns(ACCOUNT, "tidewater")[kind])])
    assert ids(plan_of(others, guardrails, OWN).planned) == {"one"}


def test_names_count_only_in_the_account_of_the_application() -> None:
    for arn in arns("999999999999").values():
        assert not OWN.has("999999999999", arn)


def test_both_roles_belong_to_ebbtide_in_every_account() -> None:
    for account in (ACCOUNT, "999999999999"):
        assert OWN.has(account, f"arn:aws:iam::{account}:role/EbbtideCleaner")
        assert not OWN.has(account, f"arn:aws:iam::{account}:role/EbbtideCleaner2")


def test_the_bucket_is_known_by_its_name_although_that_is_in_small_letters() -> None:
    own = Settings("bigtide-bucket-1", ACCOUNT, stack_name="BigTide").own
    assert own.has(ACCOUNT, "arn:aws:s3:::bigtide-bucket-1")


def made_up(stack: str, logical: str, longest: int, kept: int, *, small: bool = False) -> str:
    """Return a name as CloudFormation makes it up, with `kept` letters of the stack if too long."""
    found = f"{stack}-{logical}-1A2B3C4D5E6F"
    if len(found) > longest:
        found = f"{stack[:kept]}-{logical}-1A2B3C4D5E6F"
    return found.lower() if small else found


STACKS = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,127}", fullmatch=True)


@given(STACKS, st.integers(21, 30))
def test_a_deployment_of_any_stack_name_is_its_own(stack: str, kept: int) -> None:
    bucket = made_up(stack, "Bucket", 63, kept, small=True)
    for own in (Own(ACCOUNT, stack, bucket), Own(ACCOUNT, stack)):
        assert all(own.has(ACCOUNT, arn) for arn in arns(ACCOUNT, stack).values())
        function, schedule = (made_up(stack, one, 64, kept) for one in ("TickFunction", "Schedule"))
        shortened = {
            f"arn:aws:s3:::{bucket}",
            f"arn:aws:iam::{ACCOUNT}:role/{function}",
            f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}",
            f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{schedule}",
        }
        assert all(own.has(ACCOUNT, arn) for arn in shortened)
        other = "x" + stack
        assert not any(own.has(ACCOUNT, arn) for arn in arns(ACCOUNT, other).values())


@given(STACKS)
def test_iam_denies_the_bucket_of_a_stack_of_any_name(stack: str) -> None:
    """The bucket's name is a parameter, without which only a stack called ebbtide is accepted."""
    member = read_template(REPOSITORY / "member" / "template.yaml")
    bucket = made_up(stack, "Bucket", 63, 24, small=True)
    patterns = [one.format(stack=stack, bucket=bucket) for one in ARNS if one.startswith("s3:")]
    for arn in (f"s3:::{bucket}", f"s3:::{bucket}/config/ebbtide.yaml"):
        assert any(fnmatchcase(arn, pattern) for pattern in patterns)
    assert re.fullmatch(member["Parameters"]["ApplicationBucket"]["AllowedPattern"], bucket)
    (rule,) = member["Rules"].values()
    default = member["Parameters"]["ApplicationStackName"]["Default"]
    named = {"Fn::Equals": [{"Ref": "ApplicationStackName"}, default]}
    assert rule["RuleCondition"] == {"Fn::Not": [named]}
    assert fnmatchcase(f"{default}-bucket-1a2b", f"{default}-*") and default == default.lower()
    given_bucket = {"Fn::Not": [{"Fn::Equals": [{"Ref": "ApplicationBucket"}, ""]}]}
    assert [one["Assert"] for one in rule["Assertions"]] == [given_bucket]


def test_iam_denies_the_same_names() -> None:
    member = read_template(REPOSITORY / "member" / "template.yaml")
    statements = member["Resources"]["OwnPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (application,) = (one for one in statements if one["Sid"] == "TheApplication")
    prefix, name = "arn:${AWS::Partition}:", "${ApplicationStackName}"
    chosen = [one["Fn::If"][1] if "Fn::If" in one else one for one in application["Resource"]]
    denied = [one["Fn::Sub"].removeprefix(prefix) for one in chosen]
    told = [
        one.replace(name, "{stack}").replace("${ApplicationBucket}", "{bucket}") for one in denied
    ]
    assert told == list(ARNS)


def test_a_run_remembers_what_belongs_to_ebbtide() -> None:
    store = MemoryStore()
    store_run(store, Run("run", "collect", NOW, parse_config(""), own=OWN))  # type: ignore[arg-type]
    assert read_run(store, "run").own == OWN  # type: ignore[arg-type]
    record = store.read_json(RunKeys("run").run)
    store.write_json(RunKeys("run").run, {key: record[key] for key in record if key != "own"})
    assert read_run(store, "run").own == Own()  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["template.yaml", "member/template.yaml"])
def test_stacks_of_ebbtide_are_known_by_their_description(path: str) -> None:
    """As in `never_delete` of aws_cloudformation_stack."""
    assert read_template(REPOSITORY / path)["Description"].startswith("Ebbtide")
