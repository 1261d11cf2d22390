"""Service quotas, of EC2 only: AWS lists them service by service."""

from __future__ import annotations

from ebbtide.model.kind import Call, Kind

QUOTA = Kind(
    name="aws_service_quota",
    bases=("quota", "phantom_resource"),
    list=Call("service-quotas", "list_service_quotas", "Quotas[]", ServiceCode="ec2"),
    id="QuotaCode",
    label="QuotaName",
    arn="QuotaArn",
    # Reading their tags would take a call for each.
    tags=None,
    fields={"quota": "Value"},
    optional="EC2 alone has some hundred quotas in each region, and they seldom change.",
    undeletable="A quota is a limit that AWS sets, not a resource.",
)
