"""People who use `ebbtide` with the rights of a role, where IAM is enforced."""

from __future__ import annotations

import json

import pytest
from typer.testing import Result

from local.deploy import ACCOUNT, REGION, STACK
from local.session import Session
from tests.support.command import run


def person(session: Session, name: str, *policies: str) -> dict[str, str]:
    """Create a role with policies of the stack, by their outputs; return the keys of a session."""
    return session_keys(session, name, *(session.deployment.outputs[one] for one in policies))


def session_keys(session: Session, name: str, *policy_arns: str) -> dict[str, str]:
    """Create a role with these policies, and return the keys of a session."""
    iam = session.client("iam")
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [allow]})
    )["Role"]
    for arn in policy_arns:
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    sts = session.client("sts")
    found = sts.assume_role(RoleArn=role["Arn"], RoleSessionName=f"{name}@example.com")
    key = found["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_SESSION_TOKEN": key["SessionToken"],
    }


def ebbtide(session: Session, keys: dict[str, str], *arguments: str) -> Result:
    """Run the command as a person."""
    values = {"AWS_ENDPOINT_URL": session.cloud.url, "AWS_DEFAULT_REGION": REGION, **keys}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in values.items():
            environment.setenv(name, value)
        return run("--stack", STACK, *arguments)
