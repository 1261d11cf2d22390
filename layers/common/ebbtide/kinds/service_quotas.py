"""Service quotas of EC2 only, because AWS lists quotas service by service."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.kind import Kind

QUOTA = Kind(
    name="aws_service_quota",
    bases=("quota", "phantom_resource"),
    list=Call("service-quotas", "list_service_quotas", "Quotas[]", ServiceCode="ec2"),
    id="QuotaCode",
    label="QuotaName",
    arn="QuotaArn",
    # Reading the tags would take a call per quota.
    tags=None,
    fields={"quota": "Value"},
    optional="EC2 alone has more than a hundred quotas per region, and they rarely change",
    undeletable="A quota is a limit that AWS sets.",
)
