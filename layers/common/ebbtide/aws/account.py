"""Opens one boto3 session per account, through a role, and verifies the account."""

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
from ebbtide.model.call import Call
from ebbtide.model.resource import GLOBAL
from ebbtide.model.service import service as particulars

# STS accepts 2 to 64 characters of this set in a session name.
_SESSION_NAME_LENGTH = 64


@cache
def _global_regions() -> dict[str, str]:
    """Return the region of each partition's global services, from botocore's data."""
    partitions = shared_loader().load_data("partitions")["partitions"]
    return {one["id"]: one["outputs"]["implicitGlobalRegion"] for one in partitions}


@dataclass(frozen=True, slots=True)
class Partition:
    """A set of regions with its own accounts, such as `aws` or `aws-cn`."""

    name: str

    @property
    def global_region(self) -> str:
        """Return the region whose endpoints serve the global services.

        Raises AccessError for a partition that botocore does not know: a guess would send the
        account's calls to another partition.
        """
        if self.name not in _global_regions():
            raise AccessError(f"botocore does not know the partition {self.name}")
        return _global_regions()[self.name]


@cache
def _user_agent() -> str:
    """Return the user agent that CloudTrail records.

    It is set as a whole because botocore otherwise rebuilds its own for each request, which takes
    a third of the time to make one (100 of 290 us).
    """
    return f"ebbtide/{__version__} {botocore.session.get_session().user_agent()}"


def client_config(threads: int) -> Config:
    """Return the botocore configuration for up to `threads` connections.

    Adaptive retries slow a whole client down as soon as AWS throttles it.
    """
    return Config(
        user_agent=_user_agent(),
        retries={"mode": "adaptive", "max_attempts": 8},
        connect_timeout=5,
        read_timeout=30,
        max_pool_connections=threads,
    )


def new_session(**credentials: str) -> boto3.session.Session:
    """Create a session with the shared model loader and the fast timestamp parser."""
    core = botocore.session.get_session()
    core.register_component("data_loader", shared_loader())
    parsers: Any = core.get_component("response_parser_factory")
    parsers.set_parser_defaults(timestamp_parser=read_timestamp)
    return boto3.session.Session(botocore_session=core, **credentials)


@dataclass(slots=True)
class AccountSession:
    """Clients of one account, created once per service and region; safe to share among threads."""

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
        """Return the region to call a service in; for `global`, that of its global endpoint."""
        if region != GLOBAL:
            return region
        home = particulars(service).home if self.partition.name == "aws" else ""
        return home or self.partition.global_region

    def client(self, service: str, region: str) -> Any:
        """Return the client of a service in a region, created on first use."""
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

    def wait_for_rate(self, call: Call, region: str) -> None:
        """Wait until the rate limits allow another such call; make it as `prepaid`."""
        place = self.place(call.service, region)
        self.pacer.wait_for_rate(call.service, place, call.operation)

    def paginator(self, service: str, region: str, operation: str) -> Any | None:
        """Return the paginator of an operation, or None if botocore has none for it."""
        key = (service, region, operation)
        if key not in self._paginators:
            client = self.client(service, region)
            known = client.can_paginate(operation)
            self._paginators[key] = client.get_paginator(operation) if known else None
        return self._paginators[key]

    def offers(self, service: str, region: str) -> bool:
        """Say whether botocore lists an endpoint of this service in this region."""
        name = self.partition.name
        if region == GLOBAL:
            # Services without regions have one endpoint called aws-global, aws-cn-global, ...
            return bool(self.session.get_available_regions(service, name, allow_non_regional=True))
        return region in self.session.get_available_regions(service, name)

    def reaches(self, service: str, region: str) -> bool:
        """Say whether a service may have an endpoint in a region.

        botocore's endpoint lists are incomplete. A service that is not listed therefore counts as
        absent only if DNS says that the endpoint's name does not exist and resolves a name that
        does, because a broken network proves nothing.
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
    """Say whether DNS answers that the host does not exist; False if DNS cannot be reached."""
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
    """Return a session of the function's own account, with the permissions of its role."""
    return AccountSession(
        account, Partition(partition), new_session(), client_config(threads), Pacer(threads)
    )


def enter_account(
    own: AccountSession, account: str, role_name: str, external_id: str, session_name: str
) -> AccountSession:
    """Assume a role in an account and verify that it belongs to that account.

    Raises AccessError if the role cannot be assumed or belongs to another account.
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
        raise AccessError(f"{arn} belongs to account {actual}, expected {account}", "WrongAccount")
    return entered


def _entered(own: AccountSession, account: str, credentials: dict[str, str]) -> AccountSession:
    session = new_session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    return AccountSession(account, own.partition, session, own.config, Pacer(own.pacer.threads))
