"""What depends on a resource is listed again; a lister that was refused is no proof of absence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

import botocore.client
import pytest
from botocore.exceptions import ClientError

from ebbtide.aws import own_session
from ebbtide.aws.account import AccountSession
from ebbtide.base.errors import IncompleteError
from ebbtide.cleanup.dependants import Dependants
from ebbtide.cleanup.families import Families
from ebbtide.cleanup.listings import Listings
from tests.support.answering import from_aws
from tests.support.builders import ACCOUNT, REGION, resource

GROUP, SNAPSHOT = "aws_ec2_security_group", "aws_ec2_snapshot"
CLUSTERS = ("open", "odd")


def cluster(name: str, group: str) -> dict[str, Any]:
    arn = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{name}"
    return {"name": name, "arn": arn, "resourcesVpcConfig": {"securityGroupIds": [group]}}


def users(kind: str, id: str, refused: tuple[str, ...] = (), group: str = "sg-other") -> str:
    """Say what uses a resource in an account with two EKS clusters that use `group`."""

    def call(client: Any, operation: str, arguments: Any) -> Any:
        if operation == "ListClusters" and client.meta.service_model.service_name == "eks":
            return from_aws({"clusters": list(CLUSTERS)})
        if operation == "DescribeCluster":
            if arguments["name"] in refused:
                error = {"Code": "AccessDeniedException", "Message": "no"}
                raise ClientError({"Error": error}, operation)
            return from_aws({"cluster": cluster(arguments["name"], group)})
        return from_aws({})

    found = resource(kind, id)
    with (
        patch.object(botocore.client.BaseClient, "_make_api_call", call),
        patch.object(AccountSession, "reaches", lambda *_: True),
        ThreadPoolExecutor(4) as calls,
        ThreadPoolExecutor(4) as readers,
    ):
        session = own_session(ACCOUNT, "aws")
        listing = Listings(session, calls, readers, Families.of({kind}), (REGION,))
        return Dependants(listing, {}).that_go_first(found)


def test_users_of_a_group_are_found() -> None:
    assert users(GROUP, "sg-1") == ""
    found = users(GROUP, "sg-1", group="sg-1")
    assert "aws_eks_cluster/odd" in found
    assert "aws_eks_cluster/open" in found


def test_cluster_that_refuses_its_description_may_use_a_group() -> None:
    with pytest.raises(IncompleteError, match="odd could not be read completely"):
        users(GROUP, "sg-1", ("odd",))


def test_clusters_that_all_refuse_their_description_are_a_denied_kind() -> None:
    with pytest.raises(IncompleteError, match="aws_eks_cluster could not be listed"):
        users(GROUP, "sg-1", CLUSTERS)


def test_cluster_that_refuses_its_description_names_no_snapshot() -> None:
    assert users(SNAPSHOT, "snap-1", ("odd",)) == ""
