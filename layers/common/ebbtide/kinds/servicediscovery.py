"""Cloud Map namespaces and services."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Prepare
from ebbtide.model.kind import Kind, Relation

_TAGS = Detail(
    Call("servicediscovery", "list_tags_for_resource", "Tags[]", ResourceARN="{Arn}"), into="Tags"
)

NAMESPACE = Kind(
    name="aws_servicediscovery_namespace",
    # The list includes namespaces that other accounts share with this one.
    list=Call(
        "servicediscovery", "list_namespaces", "Namespaces[?ResourceOwner != 'OTHER_ACCOUNTS'][]"
    ),
    get=Call("servicediscovery", "get_namespace", "Namespace", Id="{id}"),
    details=(_TAGS,),
    id="Id",
    label="Name",
    arn="Arn",
    created="CreateDate",
    relations=(Relation("Properties.DnsProperties.HostedZoneId", "aws_route53_zone", owns=True),),
    volatile=("ServiceCount",),
    fingerprint=("CreateDate", "Type"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("servicediscovery", "delete_namespace", Id="{id}"),
        gone=("NamespaceNotFound",),
        # DuplicateRequest: the deletion is under way.
        blocked=("ResourceInUse", "DuplicateRequest"),
        refused=(),
        usual=120,
        note="Its hosted zone goes with it.",
    ),
)

# The account's list of services lacks the namespace of services without DNS.
_SERVICES = Call(
    "servicediscovery",
    "list_services",
    "Services[]",
    Filters=[{"Name": "NAMESPACE_ID", "Values": ["{id}"], "Condition": "EQ"}],
)

_INSTANCES = Detail(
    Call("servicediscovery", "list_instances", "Instances[]", ServiceId="{Id}"), into="Instances"
)
_DEREGISTER = Prepare(
    Call("servicediscovery", "deregister_instance", ServiceId="{id}", InstanceId="{each.Id}"),
    each="Instances[]",
    undo=Call(
        "servicediscovery",
        "register_instance",
        ServiceId="{id}",
        InstanceId="{each.Id}",
        Attributes="{each.Attributes}",
    ),
    # DuplicateRequest: an earlier call is still being carried out.
    absent=("InstanceNotFound", "DuplicateRequest"),
    until="!Instances",
    source="servicediscovery:DeleteService",
)

SERVICE = Kind(
    name="aws_servicediscovery_service",
    each="aws_servicediscovery_namespace",
    list=_SERVICES,
    inherit={"NamespaceId": "Id"},
    get=Call("servicediscovery", "get_service", "Service", Id="{id}"),
    details=(_TAGS,),
    get_details=(_TAGS, _INSTANCES),
    id="Id",
    label="Name",
    arn="Arn",
    created="CreateDate",
    relations=(
        Relation(
            "NamespaceId",
            "aws_servicediscovery_namespace",
            reverse=True,
            deleted_before=True,
            part="plain",
        ),
    ),
    volatile=("InstanceCount",),
    fingerprint=("CreateDate", "NamespaceId"),
    delete=Delete(
        Call("servicediscovery", "delete_service", Id="{id}"),
        prepare=(_DEREGISTER,),
        gone=("ServiceNotFound",),
        blocked=("ResourceInUse",),
        refused=(),
        note="Its instances are deregistered first; clients no longer find them.",
    ),
)
