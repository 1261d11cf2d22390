"""One boto3 session per account, entered through a role and checked to be that account's."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ebbtide import __version__
from ebbtide.aws.models import shared_loader
from ebbtide.aws.pacing import Pacer
from ebbtide.aws.timestamps import read_timestamp
from ebbtide.base.errors import AccessError
from ebbtide.model.resource import GLOBAL
from ebbtide.model.service import service as particulars

# Where the global services of a partition answer.
_GLOBAL_REGIONS = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}

# STS accepts 2 to 64 characters of this set in a session name.
_SESSION_NAME_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Partition:
    name: str

    @property
    def global_region(self) -> str:
        return _GLOBAL_REGIONS.get(self.name, "us-east-1")


@cache
def _user_agent() -> str:
    """What CloudTrail shows as the caller's program.

    Given as a whole, because botocore otherwise puts its own together again for each request,
    which takes a third of the time of making one (100 us of 290).
    """
    return f"ebbtide/{__version__} {botocore.session.get_session().user_agent()}"


def client_config(threads: int) -> Config:
    """Adaptive retries slow a whole client down as soon as AWS throttles it."""
    return Config(
        user_agent=_user_agent(),
        retries={"mode": "adaptive", "max_attempts": 8},
        connect_timeout=5,
        read_timeout=30,
        max_pool_connections=threads,
    )


def _new_session(**credentials: str) -> boto3.session.Session:
    core = botocore.session.get_session()
    core.register_component("data_loader", shared_loader())
    parsers: Any = core.get_component("response_parser_factory")
    parsers.set_parser_defaults(timestamp_parser=read_timestamp)
    return boto3.session.Session(botocore_session=core, **credentials)


@dataclass(slots=True)
class AccountSession:
    """Clients of one account, made once per service and region; safe to share among threads."""

    account: str
    partition: Partition
    session: boto3.session.Session
    config: Config
    pacer: Pacer
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _paginators: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    _reachable: dict[tuple[str, str], bool] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def place(self, service: str, region: str) -> str:
        """The region in which a service is called; `global` means where its global part answers."""
        if region != GLOBAL:
            return region
        home = particulars(service).home if self.partition.name == "aws" else ""
        return home or self.partition.global_region

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a region; made once, safe to use from several threads."""
        key = (service, self.place(service, region))
        # Creating clients is not thread-safe in boto3; using them is.
        with self._lock:
            if key not in self._clients:
                # Typed as Any on purpose: the service is data, so no stub can know it.
                session: Any = self.session
                client = session.client(service, region_name=key[1], config=self.config)
                self.pacer.watch(service, key[1], client)
                self._clients[key] = client
            return self._clients[key]

    def wait_for_rate(self, service: str, region: str) -> None:
        """Wait until the service's rate lets another call begin, which is then `prepaid`."""
        self.pacer.wait_for_rate(service, self.place(service, region))

    def paginator(self, service: str, region: str, operation: str) -> Any | None:
        """What follows the pages of an operation, made once; None if botocore knows no way."""
        key = (service, region, operation)
        if key not in self._paginators:
            client = self.client(service, region)
            known = client.can_paginate(operation)
            self._paginators[key] = client.get_paginator(operation) if known else None
        return self._paginators[key]

    def offers(self, service: str, region: str) -> bool:
        """Whether AWS lists this service in this region."""
        name = self.partition.name
        if region == GLOBAL:
            # Services without regions have one endpoint called aws-global, aws-cn-global, ...
            return bool(self.session.get_available_regions(service, name, allow_non_regional=True))
        return region in self.session.get_available_regions(service, name)

    def reaches(self, service: str, region: str) -> bool:
        """Whether there may be such an endpoint: False only if its name is known not to exist.

        botocore's lists of endpoints are not complete. So a service that is not listed counts as
        absent only if the name servers say that there is no such name, and they do answer for a
        name that exists: a network that is broken proves nothing.
        """
        key = (service, region)
        if key not in self._reachable:
            self._reachable[key] = self.offers(service, region) or not (
                self._does_not_exist(service, region)
            )
        return self._reachable[key]

    def _does_not_exist(self, service: str, region: str) -> bool:
        known = self.client("ec2", self.partition.global_region).meta.endpoint_url
        return _is_no_name(self.client(service, region).meta.endpoint_url) and _resolves(known)


def _is_no_name(url: str) -> bool:
    """Whether the name servers answer that there is no such host; a failure is no answer."""
    try:
        return not _addresses(url)
    except socket.gaierror as error:
        return error.errno == socket.EAI_NONAME
    except OSError:
        return False


def _resolves(url: str) -> bool:
    try:
        return bool(_addresses(url))
    except OSError:
        return False


def _addresses(url: str) -> list[Any]:
    parts = urlsplit(url)
    return list(socket.getaddrinfo(parts.hostname, parts.port or 443))


def own_session(account: str, partition: str, threads: int = 16) -> AccountSession:
    """The function's own account under the function's own rights."""
    return AccountSession(
        account, Partition(partition), _new_session(), client_config(threads), Pacer(threads)
    )


def enter_account(
    own: AccountSession, account: str, role_name: str, external_id: str, session_name: str
) -> AccountSession:
    """Assume a role in an account and make sure that it is that account.

    Raises AccessError when the role cannot be assumed or belongs to another account.
    """
    arn = f"arn:{own.partition.name}:iam::{account}:role/{role_name}"
    arguments = {"RoleArn": arn, "RoleSessionName": session_name[:_SESSION_NAME_LENGTH]}
    if external_id:
        arguments["ExternalId"] = external_id
    region = own.session.region_name or own.partition.global_region
    try:
        answer = own.client("sts", region).assume_role(**arguments)
        entered = _entered(own, account, answer["Credentials"])
        actual = entered.client("sts", region).get_caller_identity()["Account"]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "AccessDenied")
        raise AccessError(f"cannot assume {arn}: {error}", code) from error
    except BotoCoreError as error:
        raise AccessError(f"cannot assume {arn}: {error}", type(error).__name__) from error
    if actual != account:
        raise AccessError(f"{arn} led to account {actual}, not {account}", "WrongAccount")
    return entered


def _entered(own: AccountSession, account: str, credentials: dict[str, str]) -> AccountSession:
    session = _new_session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    return AccountSession(account, own.partition, session, own.config, Pacer(own.pacer.threads))
