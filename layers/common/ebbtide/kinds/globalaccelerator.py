"""Accelerators of AWS Global Accelerator, their listeners and endpoint groups."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Prepare
from ebbtide.model.kind import Kind, Relation

_DISABLE = Prepare(
    Call("globalaccelerator", "update_accelerator", AcceleratorArn="{id}", Enabled=False),
    when="Enabled",
    undo=Call("globalaccelerator", "update_accelerator", AcceleratorArn="{id}", Enabled=True),
    until="!Enabled && Status == 'DEPLOYED'",
    source="globalaccelerator:DeleteAccelerator",
)

ACCELERATOR = Kind(
    name="aws_globalaccelerator_accelerator",
    scope="global",
    list=Call("globalaccelerator", "list_accelerators", "Accelerators[]", MaxResults=100),
    get=Call("globalaccelerator", "describe_accelerator", "Accelerator", AcceleratorArn="{id}"),
    details=(
        Detail(
            Call(
                "globalaccelerator",
                "list_tags_for_resource",
                "Tags[]",
                ResourceArn="{AcceleratorArn}",
            ),
            into="Tags",
        ),
    ),
    id="AcceleratorArn",
    label="Name",
    arn="AcceleratorArn",
    created="CreatedTime",
    volatile=("Events",),
    fingerprint=("CreatedTime", "Enabled", "Status"),
    settles=("Enabled", "Status"),
    sources={"settles": "globalaccelerator:UpdateAccelerator", "usual": "ours"},
    delete=Delete(
        Call("globalaccelerator", "delete_accelerator", AcceleratorArn="{id}"),
        prepare=(_DISABLE,),
        gone=("AcceleratorNotFoundException",),
        blocked=(
            "TransactionInProgressException",
            "AssociatedListenerFoundException",
            "AcceleratorNotDisabledException",
        ),
        refused=(),
        usual=600,
        note="It is disabled first; AWS refuses while it has listeners. Its addresses are lost.",
    ),
)

LISTENER = Kind(
    name="aws_globalaccelerator_listener",
    scope="global",
    each="aws_globalaccelerator_accelerator",
    list=Call(
        "globalaccelerator", "list_listeners", "Listeners[]", AcceleratorArn="{id}", MaxResults=100
    ),
    get=Call("globalaccelerator", "describe_listener", "Listener", ListenerArn="{id}"),
    inherit={"acceleratorArn": "AcceleratorArn"},
    id_parts=r"(?P<acceleratorArn>arn:[^:]+:globalaccelerator::[^:]+:accelerator/[^/]+)/listener/.+",
    id="ListenerArn",
    arn="ListenerArn",
    tags=None,
    relations=(
        Relation(
            "acceleratorArn",
            "aws_globalaccelerator_accelerator",
            reverse=True,
            deleted_before=True,
            part="plain",
        ),
    ),
    fingerprint=("ListenerArn", "PortRanges", "Protocol"),
    sources={"fingerprint": "globalaccelerator:Listener"},
    delete=Delete(
        Call("globalaccelerator", "delete_listener", ListenerArn="{id}"),
        gone=("ListenerNotFoundException",),
        blocked=("AssociatedEndpointGroupFoundException",),
        note="The accelerator no longer accepts connections to its ports.",
    ),
)

_ENDPOINT = "EndpointDescriptions[].EndpointId"
_TRAFFIC = "its traffic would reach nobody"

_ENDPOINT_RELATIONS = (
    Relation(
        "listenerArn",
        "aws_globalaccelerator_listener",
        reverse=True,
        deleted_before=True,
        part="plain",
    ),
    Relation(
        _ENDPOINT,
        "aws_alb",
        by="arn",
        pattern=r"^(arn:[^:]+:elasticloadbalancing:.+)$",
        strength="needed",
        why=_TRAFFIC,
    ),
    Relation(
        _ENDPOINT,
        "aws_ec2_instance",
        pattern=r"^(i-\w+)$",
        strength="needed",
        why=_TRAFFIC,
    ),
    Relation(
        _ENDPOINT,
        "aws_ec2_elastic_ip",
        pattern=r"^(eipalloc-\w+)$",
        strength="needed",
        why=_TRAFFIC,
    ),
)

ENDPOINT_GROUP = Kind(
    name="aws_globalaccelerator_endpoint_group",
    scope="global",
    each="aws_globalaccelerator_listener",
    list=Call(
        "globalaccelerator",
        "list_endpoint_groups",
        "EndpointGroups[]",
        ListenerArn="{id}",
        MaxResults=100,
    ),
    get=Call(
        "globalaccelerator", "describe_endpoint_group", "EndpointGroup", EndpointGroupArn="{id}"
    ),
    inherit={"listenerArn": "ListenerArn"},
    id_parts=r"(?P<listenerArn>.+)/endpoint-group/.+",
    id="EndpointGroupArn",
    arn="EndpointGroupArn",
    tags=None,
    relations=_ENDPOINT_RELATIONS,
    fingerprint=("EndpointGroupArn", "EndpointGroupRegion"),
    sources={"fingerprint": "globalaccelerator:EndpointGroup"},
    delete=Delete(
        Call("globalaccelerator", "delete_endpoint_group", EndpointGroupArn="{id}"),
        gone=("EndpointGroupNotFoundException",),
        blocked=(),
        refused=(),
        note="Its endpoints stay.",
    ),
)
