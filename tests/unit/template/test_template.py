"""The template: what each function may do, and what every resource of a kind must have."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

import ebbtide
from tests.support.each_case import for_each
from tools.check_statemachine import DEFINITIONS, read_definition
from tools.template import REPOSITORY, read_template

TEMPLATE = read_template()
MEMBER = read_template(REPOSITORY / "member" / "template.yaml")
EXAMPLES = sorted((REPOSITORY / "examples").rglob("template.yaml"))
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]


def of_type(kind: str) -> dict[str, Any]:
    found = {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == kind}
    assert found
    return found


FUNCTIONS = of_type("AWS::Serverless::Function")
NAMESPACE = {"Ref": "MetricsNamespace"}
LOG_GROUPS = of_type("AWS::Logs::LogGroup")
MACHINES = of_type("AWS::Serverless::StateMachine")


ADDRESSED = ("HasJobTopics", "HasDigestTopics", "HasDigestSender")


def statements(function: str, permitted: bool = True) -> list[dict[str, Any]]:
    """The function's statements, with CleanupPermitted being true or false, and all addresses."""
    found = []
    for policy in FUNCTIONS[function]["Policies"]:
        for statement in policy["Statement"]:
            if "Fn::If" in statement:
                condition, then, otherwise = statement["Fn::If"]
                assert condition in ("CleanupPermitted", *ADDRESSED)
                statement = then if permitted or condition in ADDRESSED else otherwise
            if statement != {"Ref": "AWS::NoValue"}:
                found.append(statement)
    return found


def actions_of(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return actions if isinstance(actions, list) else [actions]


def resources_of(statement: dict[str, Any]) -> list[str]:
    found = statement["Resource"]
    return [json.dumps(one) for one in (found if isinstance(found, list) else [found])]


def granted(function: str, action: str, permitted: bool = True) -> list[str]:
    """The resources for which the function may do this."""
    return [
        resource
        for statement in statements(function, permitted)
        if action in actions_of(statement)
        for resource in resources_of(statement)
    ]


@for_each("function", FUNCTIONS)
def test_function_has_its_own_log_group_with_retention(function: str) -> None:
    group = FUNCTIONS[function]["LoggingConfig"]["LogGroup"]["Ref"]
    assert LOG_GROUPS[group]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    users = [one for one in FUNCTIONS.values() if one["LoggingConfig"]["LogGroup"]["Ref"] == group]
    assert len(users) == 1


@for_each("function", FUNCTIONS)
def test_function_handler_exists(function: str) -> None:
    properties = FUNCTIONS[function]
    module, handler = properties["Handler"].split(".")
    source = (REPOSITORY / properties["CodeUri"] / f"{module}.py").read_text()
    assert handler in [
        node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)
    ]


@for_each("function", FUNCTIONS)
def test_function_allows_single_actions_only(function: str) -> None:
    for statement in statements(function):
        assert statement["Effect"] == "Allow"
        assert not [action for action in actions_of(statement) if "*" in action]


# These APIs know no resource-level rights.
WITHOUT_RESOURCES = {"organizations", "cloudwatch", "pricing"}


@for_each("function", FUNCTIONS)
def test_function_names_the_resources_it_may_use(function: str) -> None:
    for statement in statements(function):
        services = {action.split(":")[0] for action in actions_of(statement)}
        if '"*"' in resources_of(statement):
            assert services <= WITHOUT_RESOURCES


@for_each("function", FUNCTIONS)
def test_function_never_writes_the_configuration(function: str) -> None:
    for action in ("s3:PutObject", "s3:DeleteObject"):
        for resource in granted(function, action):
            assert re.search(
                r"\$\{Bucket\.Arn\}/(runs/|jobs/|digests/|prices/"
                r"|cleanup/\*/pending\.json|plans/published\.json"
                r"|graph/(claim|current)\.json)",
                resource,
            )


@pytest.mark.parametrize(
    ("function", "written"),
    [
        ("CollectFunction", ["runs/*/tasks/*"]),
        ("MergeFunction", ["runs/*/graph/*"]),
        ("PlanFunction", ["runs/*/plan/*", "runs/*/waits/*"]),
        ("SummariseFunction", ["plans/published.json", "runs/*/plan/*"]),
        ("TickFunction", ["cleanup/*/pending.json", "runs/*/cleanup/*"]),
        (
            "SummariseCleanupFunction",
            ["runs/*/cleanup/*/ledger.jsonl", "runs/*/cleanup/summary.json"],
        ),
        ("AggregateFunction", ["runs/*/metrics/*"]),
        (
            "JobFunction",
            ["jobs/schedule.json", "jobs/protected/*", "runs/*/jobs/*", "runs/*/marks/*"],
        ),
        ("TagFunction", ["jobs/schedule.json", "runs/*/jobs/*"]),
        ("SummariseJobsFunction", ["runs/*/jobs/summary.json"]),
        ("RefreshPricesFunction", ["prices/*"]),
        ("ReleaseFunction", []),
        ("SendDigestFunction", ["digests/*", "runs/*/digest/*"]),
    ],
)
def test_function_writes_only_its_own_part_of_a_run(function: str, written: list[str]) -> None:
    prefix = '{"Fn::Sub": "${Bucket.Arn}/'
    found = [one.removeprefix(prefix)[:-2] for one in granted(function, "s3:PutObject")]
    assert found == written


def enters(role: str, permitted: bool) -> set[str]:
    return {
        name
        for name in FUNCTIONS
        if any(role in one for one in granted(name, "sts:AssumeRole", permitted))
    }


def test_only_discover_and_collect_enter_the_reader_role() -> None:
    assert enters("ReaderRoleName", True) == {"DiscoverFunction", "CollectFunction"}


def test_only_tick_and_tag_enter_the_cleaner_role_and_only_if_permitted() -> None:
    assert enters("CleanerRoleName", True) == {"TickFunction", "TagFunction"}
    assert enters("CleanerRoleName", False) == set()


def test_exactly_those_that_enter_the_cleaner_role_are_its_principals() -> None:
    value = TEMPLATE["Outputs"]["CleanerPrincipals"]["Value"]["Fn::Join"]
    assert {one["Fn::GetAtt"][0] for one in value[1]} == {"TickFunctionRole", "TagFunctionRole"}


def test_only_the_folder_of_the_cleanup_can_enter_the_cleaner_role() -> None:
    assert {FUNCTIONS[name]["CodeUri"] for name in enters("CleanerRoleName", True)} == {
        "functions/cleanup"
    }


def test_jobs_enter_no_account_and_write_only_to_the_topics_that_are_given() -> None:
    services = {
        action.split(":")[0]
        for function in ("JobFunction", "SummariseJobsFunction")
        for statement in statements(function)
        for action in actions_of(statement)
    }
    assert services == {"s3", "events", "sns"}
    assert granted("JobFunction", "sns:Publish") == ['{"Ref": "JobTopicArns"}']
    assert TEMPLATE["Parameters"]["JobTopicArns"]["Default"] == ""


def test_digests_enter_no_account_and_go_only_to_the_addresses_that_are_given() -> None:
    services = {
        action.split(":")[0]
        for statement in statements("SendDigestFunction")
        for action in actions_of(statement)
    }
    assert services == {"s3", "sns", "ses"}
    assert granted("SendDigestFunction", "sns:Publish") == ['{"Ref": "DigestTopicArns"}']
    (mailing,) = [
        one for one in statements("SendDigestFunction") if actions_of(one) == ["ses:SendEmail"]
    ]
    assert mailing["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "DigestSender"}}}
    for name in ("DigestTopicArns", "DigestSender"):
        assert TEMPLATE["Parameters"][name]["Default"] == ""


def test_a_run_does_not_wait_for_digests_and_no_failure_of_theirs_is_lost() -> None:
    sending = FUNCTIONS["SendDigestFunction"]
    rule = sending["Events"]["RunEnded"]["Properties"]
    queue = {"Fn::GetAtt": ["DigestFailures", "Arn"]}
    assert sending["DeadLetterQueue"] == {"Type": "SQS", "TargetArn": queue}
    assert rule["DeadLetterConfig"] == {"Arn": queue}
    assert rule["Pattern"]["detail-type"] == ["workflow_succeeded"]
    # On a bus that several stacks share, each tells only about its own runs.
    assert rule["Pattern"]["detail"] == {"bucket": [{"Ref": "Bucket"}]}


def test_roles_are_entered_by_exact_name() -> None:
    for function in FUNCTIONS:
        for resource in granted(function, "sts:AssumeRole"):
            assert re.search(r":role/\$\{(Reader|Cleaner)RoleName\}\"", resource)


@for_each("function", FUNCTIONS)
def test_function_is_limited_by_the_boundary_if_given(function: str) -> None:
    assert "PermissionsBoundary" not in FUNCTIONS[function]
    assert TEMPLATE["Globals"]["Function"]["PermissionsBoundary"]["Fn::If"][0] == "HasBoundary"


def test_other_roles_are_limited_by_the_boundary_if_given() -> None:
    for role in of_type("AWS::IAM::Role").values():
        assert role["PermissionsBoundary"]["Fn::If"][0] == "HasBoundary"


def test_bucket_is_private_versioned_encrypted_and_kept() -> None:
    bucket = RESOURCES["Bucket"]
    properties = bucket["Properties"]
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert properties["BucketEncryption"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4


def test_bucket_refuses_plain_http_unless_told_otherwise() -> None:
    statements = RESOURCES["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (chosen,) = [one["Fn::If"] for one in statements if "Fn::If" in one]
    assert chosen[0] == "TlsRequired" and chosen[1]["Sid"] == "RefusePlainHttp"
    assert TEMPLATE["Parameters"]["RequireTls"]["Default"] == "true"


def test_nothing_that_a_run_needs_expires_before_the_run() -> None:
    rules = RESOURCES["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    expiring = [rule for rule in rules if "ExpirationInDays" in rule]
    assert [rule["Prefix"] for rule in expiring] == ["runs/", "approvals/"]
    assert TEMPLATE["Parameters"]["RetentionDays"]["MinValue"] >= 2


def test_cleanup_is_not_permitted_by_default() -> None:
    assert TEMPLATE["Parameters"]["CleanupEnabled"]["Default"] == "false"


@pytest.mark.parametrize("machine", MACHINES)
def test_state_machine_logs_errors_into_its_own_group(machine: str) -> None:
    logging = MACHINES[machine]["Logging"]
    (destination,) = logging["Destinations"]
    group, _ = destination["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"]
    assert logging["Level"] == "ERROR"
    assert LOG_GROUPS[group]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


INVOKED_BY_RULES = {"RefreshPricesFunction", "SendDigestFunction"}


def test_tasks_wait_longer_than_their_functions_may_run() -> None:
    machines = [read_definition(path)["States"] for path in DEFINITIONS.glob("*.asl.json")]
    children = [
        one["ItemProcessor"]["States"]
        for states in machines
        for one in states.values()
        if one["Type"] == "Map"
    ]
    tasks = [
        state
        for scope in (*machines, *children)
        for state in scope.values()
        if (state.get("Resource") or "").endswith("Function}")
    ]
    assert {state["Resource"][2:-1] for state in tasks} == set(FUNCTIONS) - INVOKED_BY_RULES
    for state in tasks:
        assert state["TimeoutSeconds"] > FUNCTIONS[state["Resource"][2:-1]]["Timeout"]


def invoked_by(role: str) -> set[str]:
    policies = RESOURCES[role]["Properties"]["Policies"]
    (policy,) = [one for one in policies if one["PolicyName"] == "InvokeFunctions"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert actions_of(statement) == ["lambda:InvokeFunction"]
    resources = statement["Resource"]
    found = resources if isinstance(resources, list) else [resources]
    return {one["Fn::GetAtt"][0] for one in found}


def test_each_machine_may_invoke_exactly_its_functions() -> None:
    announcing = {"AnswerFunction", "JobFunction", "TagFunction"}
    assert invoked_by("AnnounceRole") == announcing
    assert invoked_by("RefreshPricesRole") == {"RefreshPricesFunction"}
    assert invoked_by("WorkflowRole") == set(FUNCTIONS) - announcing - INVOKED_BY_RULES


def test_announcement_may_last_as_long_as_its_machine() -> None:
    announce = read_definition(DEFINITIONS / "announce.asl.json")
    workflow = read_definition(DEFINITIONS / "collect_and_cleanup.asl.json")
    asking = workflow["States"]["Ask Hooks"]
    assert asking["TimeoutSeconds"] > announce["TimeoutSeconds"]


def test_function_that_announces_may_put_events_and_nothing_else() -> None:
    found = {action for one in statements("AnnounceFunction") for action in actions_of(one)}
    assert found == {"events:PutEvents"}


# Every property that ends in Name, except those that refer to something else by its name.
NAMED = [
    (logical_id, name, value)
    for logical_id, resource in RESOURCES.items()
    for name, value in resource["Properties"].items()
    if name.endswith("Name") and name != "MetricName"
]


@for_each("logical_id, name, value", NAMED)
def test_physical_name_holds_that_of_the_stack(logical_id: str, name: str, value: object) -> None:
    """Two stacks in one region must not collide."""
    assert "AWS::StackName" in json.dumps(value), f"{logical_id}.{name}"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_example_gives_nothing_a_fixed_name(path: Path) -> None:
    """Names of its own would collide; those of other resources come from parameters and Ref."""
    fixed = {
        f"{logical_id}.{name}": value
        for logical_id, resource in read_template(path)["Resources"].items()
        for name, value in resource.get("Properties", {}).items()
        if name.endswith("Name") and isinstance(value, str)
    }
    assert fixed == {}


def test_roles_in_the_accounts_are_named_by_parameters() -> None:
    """All accounts are entered by the same name, which two installations can choose."""
    named = {
        logical_id: resource["Properties"]["RoleName"]
        for logical_id, resource in MEMBER["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role"
    }
    assert named == {
        "ReaderRole": {"Ref": "ReaderRoleName"},
        "CleanerRole": {"Ref": "CleanerRoleName"},
    }
    policies = [
        one for one in MEMBER["Resources"].values() if one["Type"].endswith("ManagedPolicy")
    ]
    assert policies and not [one for one in policies if "ManagedPolicyName" in one["Properties"]]


def test_names_of_bus_machines_and_log_groups_are_among_the_names() -> None:
    named = {RESOURCES[logical_id]["Type"] for logical_id, _, _ in NAMED}
    assert named >= {
        "AWS::Events::EventBus",
        "AWS::Logs::LogGroup",
        "AWS::Serverless::StateMachine",
    }


def test_metrics_of_two_stacks_are_apart_unless_told_otherwise() -> None:
    own = {"Fn::If": ["OwnNamespace", {"Fn::Sub": "Ebbtide/${AWS::StackName}"}, NAMESPACE]}
    assert TEMPLATE["Parameters"]["MetricsNamespace"]["Default"] == ""
    assert TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["METRICS_NAMESPACE"] == own
    assert TEMPLATE["Outputs"]["MetricsNamespace"]["Value"] == own
    (statement,) = [
        one
        for one in statements("PublishMetricsFunction")
        if actions_of(one) == ["cloudwatch:PutMetricData"]
    ]
    assert statement["Condition"] == {"StringEqualsIfExists": {"cloudwatch:namespace": own}}


def test_events_are_put_on_the_bus_of_the_output_and_on_no_other() -> None:
    bus = {"Fn::If": ["OwnBus", {"Ref": "EventBus"}, {"Ref": "EventBusName"}]}
    assert TEMPLATE["Outputs"]["EventBusName"]["Value"] == bus
    assert TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["EVENT_BUS"] == bus
    roles = [RESOURCES[one]["Properties"]["Policies"] for one in ("AnnounceRole", "WorkflowRole")]
    functions = [FUNCTIONS[one]["Policies"] for one in ("AnnounceFunction", "JobFunction")]
    permitted = [
        statement["Resource"]["Fn::Sub"]
        for policies in (*roles, *functions)
        for policy in policies
        for statement in policy.get("PolicyDocument", policy)["Statement"]
        if statement.get("Action") == "events:PutEvents"
    ]
    assert len(permitted) == 4
    for arn, names in permitted:
        assert arn.endswith(":event-bus/${Bus}")
        assert names == {"Bus": bus}


@pytest.mark.parametrize("architecture", TEMPLATE["Parameters"]["Architecture"]["AllowedValues"])
def test_functions_use_the_layer_of_their_processor(architecture: str) -> None:
    conditions = TEMPLATE["Conditions"]
    (selected,) = TEMPLATE["Globals"]["Function"]["Layers"]
    assert TEMPLATE["Globals"]["Function"]["Architectures"] == [{"Ref": "Architecture"}]
    condition, then, otherwise = selected["Fn::If"]
    holds = conditions[condition] == {"Fn::Equals": [{"Ref": "Architecture"}, architecture]}
    layer = RESOURCES[(then if holds else otherwise)["Ref"]]
    assert layer["Properties"]["CompatibleArchitectures"] == [architecture]
    assert layer["Metadata"]["BuildArchitecture"] == architecture
    assert conditions[layer["Condition"]] == {"Fn::Equals": [{"Ref": "Architecture"}, architecture]}


def test_published_version_is_that_of_the_package() -> None:
    published = TEMPLATE["Metadata"]["AWS::ServerlessRepo::Application"]
    assert published["SemanticVersion"] == ebbtide.__version__
    assert {published["LicenseUrl"], published["ReadmeUrl"]} == {"LICENSE", "README.md"}
    # The patterns of CreateApplication in the API reference of the repository.
    assert re.fullmatch(r"[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?", published["Author"])
    assert re.fullmatch(r"[a-zA-Z0-9-]{1,140}", published["Name"])
    assert len(published["Description"]) <= 256
    assert len(published["Labels"]) <= 10
    assert all(re.fullmatch(r"[a-zA-Z0-9+\-_:/@]{1,127}", one) for one in published["Labels"])


@pytest.mark.parametrize("template", [TEMPLATE, MEMBER])
def test_every_parameter_is_grouped_and_described(template: dict[str, Any]) -> None:
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template["Parameters"])
    assert all(one["Description"] for one in template["Parameters"].values())


# The roles in the accounts.


def managed_policies(role: str) -> list[str]:
    """The managed policies of a role, also those that are attached only if asked for."""
    references = MEMBER["Resources"][role]["Properties"].get("ManagedPolicyArns", [])
    return [one["Fn::If"][1]["Ref"] if "Fn::If" in one else one["Ref"] for one in references]


def documents_of(role: str) -> dict[str, Any]:
    """The policies of a role by name, its own and the managed ones that are attached to it."""
    properties = MEMBER["Resources"][role]["Properties"]
    found = {policy["PolicyName"]: policy["PolicyDocument"] for policy in properties["Policies"]}
    for name in managed_policies(role):
        found[name] = MEMBER["Resources"][name]["Properties"]["PolicyDocument"]
    return found


def member_actions(role: str) -> list[str]:
    return [
        action
        for document in documents_of(role).values()
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for action in actions_of(statement)
    ]


@pytest.mark.parametrize("role", ["ReaderRole", "CleanerRole"])
def test_policies_of_a_role_are_no_longer_than_aws_accepts(role: str) -> None:
    """6,144 characters a managed policy, 10,240 all inline ones of a role, without white space."""
    managed = set(managed_policies(role))
    assert len(managed) <= 10
    lengths = {
        name: len(re.sub(r"\s", "", json.dumps(document, default=str)))
        for name, document in documents_of(role).items()
    }
    assert all(lengths[name] <= 6_144 for name in managed)
    assert sum(length for name, length in lengths.items() if name not in managed) <= 10_240


def test_reader_role_only_reads() -> None:
    actions = member_actions("ReaderRole")
    reading = re.compile(r"^[a-z0-9-]+:(Describe|List|Get|BatchGet|GET)[A-Za-z0-9]*$")
    assert actions
    assert [action for action in actions if not reading.match(action)] == []


def test_cleaner_role_is_created_only_if_wanted() -> None:
    assert MEMBER["Resources"]["CleanerRole"]["Condition"] == "HasCleaner"
    assert MEMBER["Parameters"]["CreateCleaner"]["Default"] == "false"


def test_cleaner_may_tag_only_if_asked_to() -> None:
    assert MEMBER["Parameters"]["AllowTagging"]["Default"] == "false"
    assert MEMBER["Conditions"]["HasTagging"] == {
        "Fn::And": [{"Condition": "HasCleaner"}, {"Fn::Equals": [{"Ref": "AllowTagging"}, "true"]}]
    }
    assert MEMBER["Resources"]["TagPolicy"]["Condition"] == "HasTagging"
    attached = MEMBER["Resources"]["CleanerRole"]["Properties"]["ManagedPolicyArns"]
    conditional = {one["Fn::If"][0]: one["Fn::If"][1:] for one in attached if "Fn::If" in one}
    assert conditional["HasTagging"] == [{"Ref": "TagPolicy"}, {"Ref": "AWS::NoValue"}]
    tagging = re.compile(r":(Tag|Untag|CreateTags|DeleteTags|AddTags|RemoveTags|PutBucketTagging)")
    others = {name: one for name, one in documents_of("CleanerRole").items() if name != "TagPolicy"}
    # A last snapshot carries the tags of what it is of.
    assert {
        action
        for document in others.values()
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for action in actions_of(statement)
        if tagging.search(action)
    } == {"fsx:TagResource", "rds:AddTagsToResource"}


def test_cleaner_may_empty_only_if_asked_to() -> None:
    assert MEMBER["Parameters"]["AllowEmptying"]["Default"] == "false"
    assert MEMBER["Conditions"]["HasEmptying"] == {
        "Fn::And": [
            {"Condition": "HasCleaner"},
            {"Fn::Equals": [{"Ref": "AllowEmptying"}, "true"]},
        ]
    }
    assert MEMBER["Resources"]["EmptyPolicy"]["Condition"] == "HasEmptying"
    attached = MEMBER["Resources"]["CleanerRole"]["Properties"]["ManagedPolicyArns"]
    assert {"Fn::If": ["HasEmptying", {"Ref": "EmptyPolicy"}, {"Ref": "AWS::NoValue"}]} in attached
    removing = re.compile(r"^s3:(DeleteObject|AbortMultipart)|:BatchDeleteImage$")
    for name, document in documents_of("CleanerRole").items():
        allowed = [each for each in document["Statement"] if each["Effect"] == "Allow"]
        actions = [one for each in allowed for one in actions_of(each)]
        assert any(map(removing.search, actions)) == (name == "EmptyPolicy"), name


def test_cleaner_role_has_no_wildcard_and_cannot_enter_other_roles() -> None:
    actions = member_actions("CleanerRole")
    assert not [one for one in actions if "*" in one or one.startswith("sts:")]


def test_cleaner_role_is_denied_what_is_protected_or_belongs_to_aws() -> None:
    """What these denials mean is in test_power.py."""
    denied = {
        statement["Sid"]
        for document in documents_of("CleanerRole").values()
        for statement in document["Statement"]
        if statement["Effect"] == "Deny"
    }
    assert denied == {"WhatIsProtected", "WhatBelongsToAws", "ItsOwnRoles", "TheApplication"}


@pytest.mark.parametrize("role", ["ReaderRole", "CleanerRole"])
def test_member_role_trusts_exactly_the_given_principals(role: str) -> None:
    properties = MEMBER["Resources"][role]["Properties"]
    (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": {"Ref": role.removesuffix("Role") + "Principals"}}
    assert statement["Condition"]["Fn::If"][0] == "HasExternalId"


def pins(path: str) -> dict[str, str]:
    lines = (REPOSITORY / path).read_text().splitlines()
    return dict(line.split()[0].split("==") for line in lines if re.match(r"[\w.-]+==", line))


def test_tests_run_with_the_versions_of_the_layer() -> None:
    layer, dev = pins("layers/common/requirements.txt"), pins("requirements/dev.txt")
    assert layer
    assert {name: dev.get(name) for name in layer} == layer


@pytest.mark.parametrize("name", ["dev", "emulator", "sam"])
def test_requirements_are_pinned_with_hashes_and_without_addresses(name: str) -> None:
    text = (REPOSITORY / "requirements" / f"{name}.txt").read_text()
    assert text.count("--hash=sha256:") >= len(pins(f"requirements/{name}.txt"))
    assert "://" not in text
