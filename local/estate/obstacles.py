"""Obstacles to a complete collection: a closed account and a denied API."""

import json
from typing import Any

from local.estate.ground import PAYMENTS, REGIONS, Clients, Estate, Site, now
from local.estate.network import create_network

CLOSED = "444444444444"  # has no member stack, so Ebbtide cannot enter it
CLOSED_NAME = "research"
READER = "EbbtideReader"
DENIED_ACTION = "ec2:DescribeInstances"
DENIED_ACCOUNT = PAYMENTS
DENIED_REGION = REGIONS[1]
_POLICY_NAME = "DenyInstances"


def fill_closed(clients: Clients) -> Estate:
    """Create resources that the rules would select, in the account that Ebbtide cannot enter."""
    site = Site(Estate(created=now()), clients, CLOSED, REGIONS[0])
    network = create_network(site, 44, site.aged(300, Name="archive"))
    expired = site.aged(40, Name="old-experiment", owner="ada", expiration="7d")
    site.keep(site.instance(network.subnets[0], expired), "its account cannot be entered")
    site.keep(site.volume(site.aged(90, Name="raw-data")), "its account cannot be entered")
    return site.estate


def deny(clients: Clients) -> None:
    """Deny Ebbtide's reader role one API in one region, as a service control policy would."""
    statement: dict[str, Any] = {
        "Effect": "Deny",
        "Action": DENIED_ACTION,
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": DENIED_REGION}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    clients("iam", DENIED_ACCOUNT, REGIONS[0]).put_role_policy(
        RoleName=READER, PolicyName=_POLICY_NAME, PolicyDocument=policy
    )


def allow(clients: Clients) -> None:
    """Undo deny()."""
    clients("iam", DENIED_ACCOUNT, REGIONS[0]).delete_role_policy(
        RoleName=READER, PolicyName=_POLICY_NAME
    )
