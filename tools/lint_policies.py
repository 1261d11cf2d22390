"""Lint every IAM policy of both templates with parliament; `make audit` runs it.

Each policy is rendered with all its conditions true and with example names in place of references.
Findings that do not apply are in SKIPPED, each with its reason.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.template import REPOSITORY, TEMPLATE, read_template

TEMPLATES = (TEMPLATE, REPOSITORY / "member" / "template.yaml")

# Finding of parliament -> (pattern of the policies, pattern of the details, why it does not apply).
SKIPPED: Mapping[str, tuple[str, str, str]] = {
    "RESOURCE_STAR": (
        r"ReadPolicy\d|ReadAgainPolicy|Discover|TagPolicy|EmptyPolicy|Clean|GuardrailPolicy"
        r"|DeliverLogs|PublishMetricsFunction|RefreshPricesFunction|ViewerPolicy",
        "",
        "roles that read, delete, empty or tag whatever the configuration selects cannot name it "
        "before; log delivery, PutMetricData, GetProducts, DescribeAlarms and ListSchedules have "
        "no resources",
    ),
    "CREDENTIALS_EXPOSURE": (
        r"^(Discover|Collect|Tick|Tag)Function$",
        "",
        "entering the roles of the accounts is what these functions are for",
    ),
    "PERMISSIONS_MANAGEMENT_ACTIONS": (
        r"DeliverLogs|GuardrailPolicy|Clean|OperatorPolicy",
        "",
        "Step Functions documents these actions for its logs; policies go with their role or user, "
        "and nothing here can grant one; operators pass a role that may only start the workflow",
    ),
    "UNKNOWN_ACTION": (
        r"ReadPolicy",
        r"kms:GetKeyLastUsage",
        "it is newer than the package: NEWER in tools/iam_reference.py",
    ),
    "RESOURCE_MISMATCH": (
        r"RunChildren|ViewerPolicy",
        r"states:(DescribeExecution|StopExecution|RedriveExecution|ListExecutions)",
        "the reference lists the ARNs of express executions and of map runs, too; these are "
        "standard executions, of state machines",
    ),
}

ACCOUNT = "111111111111"
NAMES = {
    "AWS::Partition": "aws",
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": "us-east-1",
    "AWS::StackName": "tide",
    "AWS::StackId": f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/tide/1",
    "ApplicationStackName": "tide",
    "ApplicationBucket": "tide-bucket",
    "ReaderRoleName": "EbbtideReader",
    "CleanerRoleName": "EbbtideCleaner",
    "EventBus": "tide",
    "EventBusName": "tide",
    "Bus": "tide",
    "Bucket.Arn": "arn:aws:s3:::tide-bucket",
    "ScheduleRole.Arn": f"arn:aws:iam::{ACCOUNT}:role/tide-ScheduleRole-1",
    "JobTopicArns": [f"arn:aws:sns:us-east-1:{ACCOUNT}:topic"],
    "DigestTopicArns": [f"arn:aws:sns:us-east-1:{ACCOUNT}:digests"],
    "DigestSender": "ebbtide@example.com",
    "ReaderPrincipals": [f"arn:aws:iam::{ACCOUNT}:role/reader"],
    "MetricsNamespace": "Ebbtide",
}


def rendered(value: Any) -> Any:
    """Return a part of a template as CloudFormation would send it."""
    match value:
        case {"Fn::If": [_, then, _]}:
            return rendered(then)
        case {"Ref": name}:
            return NAMES.get(name, _arn_of(name))
        case {"Fn::GetAtt": [name, attribute]}:
            return NAMES.get(f"{name}.{attribute}", _arn_of(name))
        case {"Fn::Sub": [text, _]} | {"Fn::Sub": text}:
            # "${!name}" is a variable of IAM.
            found = re.sub(r"\$\{([^!}][^}]*)\}", lambda match: str(NAMES[match[1]]), text)
            return found.replace("${!", "${")
        case {"Fn::Split": [sign, text]}:
            return rendered(text).split(sign)
        case {"Fn::Select": [number, values]}:
            return rendered(values)[int(number)]
        case dict():
            return {name: rendered(one) for name, one in value.items()}
        case list():
            return [rendered(one) for one in value]
    return value


def _arn_of(name: str) -> str:
    if name.endswith("StateMachine"):
        return f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:{name}"
    if name.endswith("Function"):
        return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    return f"arn:aws:iam::{ACCOUNT}:policy/{name}"


def policies(template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and the JSON of each policy that a template attaches to a role."""
    for name, resource in template["Resources"].items():
        properties = resource["Properties"]
        documents = {}
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            documents[name] = properties["PolicyDocument"]
        elif resource["Type"] in ("AWS::IAM::Role", "AWS::Serverless::Function"):
            for policy in properties.get("Policies", ()):
                title = f"{name} {policy.get('PolicyName', '')}".strip()
                documents[title] = policy.get("PolicyDocument", policy)
        for title, document in documents.items():
            yield title, json.dumps(rendered(document), default=str)


def is_skipped(policy: str, issue: str, detail: str) -> bool:
    where, what, _ = SKIPPED.get(issue, ("", "", ""))
    return issue in SKIPPED and bool(re.search(where, policy) and re.search(what, detail))


def findings(paths: Iterable[Path] = TEMPLATES) -> Iterator[str]:
    # parliament is installed only in the environment of `make audit`.
    from parliament import analyze_policy_string  # type: ignore[import-not-found]

    unused = set(SKIPPED)
    for path in paths:
        for name, text in policies(read_template(path)):
            for one in analyze_policy_string(text, include_community_auditors=True).findings:
                if is_skipped(name, one.issue, f"{one.detail} {one.location}"):
                    unused.discard(one.issue)
                else:
                    yield f"{path.relative_to(REPOSITORY)}, {name}: {one.issue} {one.detail}"
    yield from (f"tools/lint_policies.py: nothing needs the exception {one}" for one in unused)


def main() -> int:
    found = list(findings())
    sys.stderr.writelines(f"{line}\n" for line in found)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
