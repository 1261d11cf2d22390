"""The account of a deleted resource, entered with the caller's own credentials."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from ebbtide.aws.account import AccountSession, Partition, client_config, new_session
from ebbtide.aws.pacing import Pacer
from ebbtide_cli.errors import UsageError
from ebbtide_cli.sources import Source

# Threads that read details; a restoration makes few calls.
THREADS = 4
_SESSION_NAME = "ebbtide-restore"


def enter(
    source: Source, account: str, role: str | None, forbidden: Collection[str]
) -> AccountSession:
    """Return a session of the account with the caller's credentials, or with a role's.

    Raises UsageError if these belong to another account, or are those of Ebbtide's own roles.
    """
    own: Any = new_session(**_chosen(source))
    if role is not None:
        _refuse(role, forbidden)
        own = _assumed(own, role, source.region)
    caller = own.client("sts", region_name=own.region_name or "us-east-1").get_caller_identity()
    if caller["Account"] != account:
        raise UsageError(
            f"it belongs to account {account}, and the credentials are those of "
            f"{caller['Account']}; give --profile, or --role with a role of that account"
        )
    _refuse(caller["Arn"], forbidden)
    partition = Partition(caller["Arn"].split(":")[1])
    return AccountSession(account, partition, own, client_config(THREADS), Pacer(THREADS))


def _chosen(source: Source) -> dict[str, str]:
    given = {"profile_name": source.profile, "region_name": source.region}
    return {name: value for name, value in given.items() if value is not None}


def _assumed(own: Any, role: str, region: str | None) -> Any:
    client = own.client("sts", region_name=own.region_name or "us-east-1")
    answer = client.assume_role(RoleArn=role, RoleSessionName=_SESSION_NAME)["Credentials"]
    place = {} if region is None else {"region_name": region}
    return new_session(
        aws_access_key_id=answer["AccessKeyId"],
        aws_secret_access_key=answer["SecretAccessKey"],
        aws_session_token=answer["SessionToken"],
        **place,
    )


def _refuse(arn: str, forbidden: Collection[str]) -> None:
    """Raise UsageError for the roles of Ebbtide: what cleans up must create nothing."""
    found = re.search(
        r":assumed-role/([^/]+)/" if ":assumed-role/" in arn else r":role/(?:.*/)?([^/]+)$", arn
    )
    if found and found[1] in forbidden:
        raise UsageError(f"{found[1]} is a role of Ebbtide, which must create nothing; use another")
