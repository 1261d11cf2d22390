"""Route 53 hosted zones, their records, and health checks."""

from __future__ import annotations

from typing import Any

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_ANSWER: Decision = {
    "strength": "needed",
    "why": "the name would lead nowhere, or to whoever gets the address next",
}
_CHECKED: Decision = {"strength": "watches", "why": "the health check only looks at it"}

_ZONE_DETAILS = (
    Detail(
        Call(
            "route53",
            "list_tags_for_resources",
            "ResourceTagSets[]",
            ResourceType="hostedzone",
            ResourceIds=["{id}"],
        ),
        into="Tags",
        batch=10,
        match=("ResourceId", "Id"),
        take="Tags",
    ),
    Detail(
        Call("route53", "get_hosted_zone", "VPCs[]", Id="{id}"),
        into="VPCs",
        when="Config.PrivateZone",
        describes=True,
    ),
    Detail(
        Call("route53", "list_query_logging_configs", "QueryLoggingConfigs[]"),
        into="QueryLoggingConfigs",
        when="!(Config.PrivateZone)",
        match=("HostedZoneId", "Id"),
        once=True,
    ),
)

ZONE = Kind(
    name="aws_route53_zone",
    bases=("dns_zone",),
    scope="global",
    list=Call("route53", "list_hosted_zones", "HostedZones[]"),
    get=Call("route53", "get_hosted_zone", "HostedZone", Id="{id}"),
    details=_ZONE_DETAILS,
    id="Id",
    label="Name",
    arn="arn:{partition}:route53:::hostedzone/{id}",
    fields={"private": "Config.PrivateZone"},
    relations=(
        Relation(
            "VPCs[].VPCId",
            "aws_vpc",
            reverse=True,
            strength="watches",
            why="the zone only answers in the VPC",
        ),
        Relation(
            "QueryLoggingConfigs[].CloudWatchLogsLogGroupArn",
            "aws_cloudwatch_log_group",
            by="arn",
            strength="needed",
            why="its queries would not be logged",
        ),
    ),
    volatile=("ResourceRecordSetCount",),
    never_delete=(NeverDelete("LinkedService", "an AWS service manages it", "route53:HostedZone"),),
    fingerprint=("CallerReference", "Name"),
    delete=Delete(
        Call("route53", "delete_hosted_zone", Id="{id}"),
        gone=("NoSuchHostedZone",),
        blocked=("HostedZoneNotEmpty", "PriorRequestNotComplete"),
        refused=(),
        note="A new zone of the same name gets other name servers; old delegations stay.",
    ),
)

# AWS deletes a record only if the call contains all of it.
_RECORD: dict[str, Any] = {
    "Name": "{Name}",
    "Type": "{Type}",
    "SetIdentifier": "{SetIdentifier}",
    "Weight": "{Weight}",
    "Region": "{Region}",
    "GeoLocation": "{GeoLocation}",
    "Failover": "{Failover}",
    "MultiValueAnswer": "{MultiValueAnswer}",
    "TTL": "{TTL}",
    "ResourceRecords": "{ResourceRecords}",
    "AliasTarget": "{AliasTarget}",
    "HealthCheckId": "{HealthCheckId}",
    "CidrRoutingConfig": "{CidrRoutingConfig}",
    "GeoProximityLocation": "{GeoProximityLocation}",
}

# The values of the record, or its alias target.
_RECORDS = (
    "ResourceRecordSets[].merge(@, {Values: [AliasTarget.DNSName, ResourceRecords[].Value][]})"
)

_OF_ZONE_ITSELF = "Name == Zone.Name && (Type == 'NS' || Type == 'SOA')"

# Targets are written with or without the final dot.
_RECORD_RELATIONS = (
    # AWS deletes a zone only if its own NS and SOA records are the only ones left.
    Relation(
        f"[@][?!({_OF_ZONE_ITSELF})].ZoneId",
        "aws_route53_zone",
        reverse=True,
        deleted_before=True,
        part="plain",
    ),
    Relation(f"[@][?{_OF_ZONE_ITSELF}].ZoneId", "aws_route53_zone", reverse=True, owned_by=True),
    Relation("HealthCheckId", "aws_route53_health_check", deleted_before=True),
    Relation(
        "Values",
        "aws_alb",
        by="dns",
        pattern=r"^(?:dualstack\.)?(.+\.elb\..+?)\.?$",
        other=r"^(?!.*\.elb\.)",
        **_NO_ANSWER,
    ),
    Relation(
        "Values",
        "aws_elb",
        by="dns",
        pattern=r"^(?:dualstack\.)?(.+\.elb\..+?)\.?$",
        other=r"^(?!.*\.elb\.)",
        **_NO_ANSWER,
    ),
    Relation("Values", "aws_ec2_elastic_ip", by="ip", pattern=r"^(\d+(?:\.\d+){3})$", **_NO_ANSWER),
    Relation(
        "Values",
        "aws_cloudfront_distribution",
        by="dns",
        pattern=r"^(\w+\.cloudfront\.net)\.?$",
        other=r"^(?!.*\.cloudfront\.net)",
        **_NO_ANSWER,
    ),
    Relation(
        "Values",
        "aws_apigateway_domain_name",
        by="dns",
        pattern=r"^(\S+\.execute-api\.\S+?|\w+\.cloudfront\.net)\.?$",
        other=r"^(?!.*\.(?:execute-api\.|cloudfront\.net))",
        **_NO_ANSWER,
    ),
    Relation(
        "[@][?AliasTarget || Type == 'CNAME'].Values[]",
        "aws_route53_resource_record_set",
        by="name",
        pattern=r"^(.+?)\.?$",
        value="{1}.",
        **_NO_ANSWER,
    ),
)

_RECORD_GET_DETAILS = (
    Detail(
        Call(
            "route53",
            "get_hosted_zone",
            "HostedZone.{Name: Name, LinkedService: LinkedService}",
            Id="{ZoneId}",
        ),
        into="Zone",
    ),
)

_RECORD_NEVER = (
    NeverDelete(_OF_ZONE_ITSELF, "every zone has this record", "route53:DeleteHostedZone"),
    NeverDelete("Zone.LinkedService", "an AWS service manages its zone", "route53:HostedZone"),
    NeverDelete("TrafficPolicyInstanceId", "a traffic policy made it", "route53:ResourceRecordSet"),
)

_RECORD_DELETE = Delete(
    Call(
        "route53",
        "change_resource_record_sets",
        HostedZoneId="{ZoneId}",
        ChangeBatch={"Changes": [{"Action": "DELETE", "ResourceRecordSet": _RECORD}]},
    ),
    gone=("NoSuchHostedZone",),
    # InvalidChangeBatch: the record has changed, which the next reading shows.
    blocked=("InvalidChangeBatch", "PriorRequestNotComplete"),
    refused=(),
    note="Resolvers may cache it until its TTL expires.",
)

RECORD_SET = Kind(
    name="aws_route53_resource_record_set",
    bases=("dns_record_set",),
    scope="global",
    each="aws_route53_zone",
    list=Call("route53", "list_resource_record_sets", _RECORDS, HostedZoneId="{id}"),
    inherit={"ZoneId": "Id", "Zone": "{Name: Name, LinkedService: LinkedService}"},
    id="join('/', [ZoneId, Name, Type, SetIdentifier][?@])",
    # The id does not contain the zone; the detail does.
    id_parts=r"(?P<ZoneId>[^/]+)(?P<Zone>)/.+",
    get=Call(
        "route53",
        "list_resource_record_sets",
        _RECORDS,
        HostedZoneId="{ZoneId}",
        StartRecordName="{name}",
    ),
    get_details=_RECORD_GET_DETAILS,
    label="Name",
    tags=None,
    fields={
        "record_type": "Type",
        "record_ttl": "TTL",
        "record_values": "Values",
    },
    relations=_RECORD_RELATIONS,
    never_delete=_RECORD_NEVER,
    fingerprint=("Name", "Type", "Values"),
    delete=_RECORD_DELETE,
)

RECORD = Kind(
    name="aws_route53_resource_record",
    bases=("dns_record",),
    scope="global",
    list=None,
    each="aws_route53_resource_record_set",
    inside="Values[].{Value: @}",
    inherit={"RecordSetId": "id", "Name": "Name", "Type": "Type"},
    id="join('/', [RecordSetId, Value])",
    label="Name",
    tags=None,
    fields={"record_type": "Type", "record_value": "Value"},
    relations=(
        Relation("RecordSetId", "aws_route53_resource_record_set", reverse=True, owned_by=True),
    ),
    undeletable="It is one of the values of a record set and is deleted with it.",
)

_CHECK_RELATIONS = (
    Relation(
        "HealthCheckConfig.ChildHealthChecks[]", "aws_route53_health_check", deleted_before=True
    ),
    Relation(
        "HealthCheckConfig.AlarmIdentifier.Name",
        "aws_cloudwatch_alarm",
        strength="needed",
        why="the state of the health check is that of the alarm",
    ),
    Relation("HealthCheckConfig.IPAddress", "aws_ec2_elastic_ip", by="ip", **_CHECKED),
    Relation(
        "HealthCheckConfig.FullyQualifiedDomainName",
        "aws_alb",
        by="dns",
        pattern=r"^(.+\.elb\..+)$",
        other=r"^(?!.*\.elb\.)",
        **_CHECKED,
    ),
)

HEALTH_CHECK = Kind(
    name="aws_route53_health_check",
    bases=("health_check",),
    scope="global",
    list=Call("route53", "list_health_checks", "HealthChecks[]"),
    get=Call("route53", "get_health_check", "HealthCheck", HealthCheckId="{id}"),
    details=(
        Detail(
            Call(
                "route53",
                "list_tags_for_resources",
                "ResourceTagSets[]",
                ResourceType="healthcheck",
                ResourceIds=["{id}"],
            ),
            into="Tags",
            batch=10,
            match=("ResourceId", "Id"),
            take="Tags",
        ),
    ),
    id="Id",
    arn="arn:{partition}:route53:::healthcheck/{id}",
    relations=_CHECK_RELATIONS,
    never_delete=(
        NeverDelete("LinkedService", "an AWS service manages it", "route53:HealthCheck"),
    ),
    fingerprint=("CallerReference", "HealthCheckVersion"),
    delete=Delete(
        Call("route53", "delete_health_check", HealthCheckId="{id}"),
        gone=("NoSuchHealthCheck",),
        blocked=("HealthCheckInUse",),
        refused=(),
    ),
)
