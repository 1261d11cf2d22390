"""Checks with three cheap calls whether a region looks empty.

Most accounts use only a few of the 17 regions that they have enabled. A tagged resource, a
network interface or a log group shows that a region is in use. A resource with none of these, such
as an untagged idle notebook, is found when it is the region's turn to be read completely.
"""

from __future__ import annotations

from ebbtide.aws import AccountSession, call_pages
from ebbtide.model.call import Call

PROBES = (
    Call("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList[]",
         action="tag:GetResources", ResourcesPerPage=1),
    Call("ec2", "describe_network_interfaces", "NetworkInterfaces[]", MaxResults=5,
         IncludeManagedResources=True),
    Call("logs", "describe_log_groups", "logGroups[]", limit=1),
)  # fmt: skip


def looks_empty(session: AccountSession, region: str) -> bool:
    """Say whether all three calls find nothing; raises CallError when one of them fails."""
    return not any(next(call_pages(session, probe, region), []) for probe in PROBES)
