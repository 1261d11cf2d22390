"""Tells by three cheap calls whether anybody uses a region at all.

Most accounts use a few of the seventeen regions that they have enabled. Anything tagged, anything
with a network interface, or anything that ever logged gives a region away; what does none of it
(an untagged, idle notebook, say) is found when the region's turn for a complete reading comes.
"""

from __future__ import annotations

from ebbtide.aws import AccountSession, call_pages
from ebbtide.model.kind import Call

PROBES = (
    Call("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList[]",
         action="tag:GetResources", ResourcesPerPage=1),
    Call("ec2", "describe_network_interfaces", "NetworkInterfaces[]", MaxResults=5),
    Call("logs", "describe_log_groups", "logGroups[]", limit=1),
)  # fmt: skip


def looks_empty(session: AccountSession, region: str) -> bool:
    """Whether all three calls answer, and find nothing. Raises CallError when one fails."""
    return not any(next(call_pages(session, probe, region), []) for probe in PROBES)
