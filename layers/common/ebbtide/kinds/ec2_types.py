"""The types of existing instances and volumes; AWS's complete catalogue is not collected."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.kind import Decision, Kind

IN_CATALOGUE: Decision = {
    "strength": "origin",
    "why": "the type is part of AWS's catalogue and stays there",
}

_TYPE_BASES = ("type", "quota", "phantom_resource")

INSTANCE_TYPE = Kind(
    name="aws_ec2_instance_type",
    bases=("instance_type", *_TYPE_BASES),
    list=None,
    each="aws_ec2_instance",
    inside="[{InstanceType: InstanceType}]",
    distinct=True,
    details=(
        Detail(
            Call(
                "ec2",
                "describe_instance_types",
                "InstanceTypes[]",
                InstanceTypes=["{InstanceType}"],
            ),
            into="Details",
            batch=100,
            match=("InstanceType", "InstanceType"),
            describes=True,
        ),
    ),
    id="InstanceType",
    label="InstanceType",
    tags=None,
    fields={
        "instance_type": "InstanceType",
        "instance_cores": "Details.VCpuInfo.DefaultVCpus",
        "quota": "`null`",
    },
    computed={"instance_memory": "instance_memory"},
    undeletable="An instance type is part of AWS's catalogue.",
)

VOLUME_TYPE = Kind(
    name="aws_ec2_volume_type",
    bases=("volume_type", *_TYPE_BASES),
    list=None,
    each="aws_ec2_volume",
    inside="[{VolumeType: VolumeType}]",
    distinct=True,
    id="VolumeType",
    label="VolumeType",
    tags=None,
    fields={"volume_type": "VolumeType", "quota": "`null`"},
    undeletable="A volume type is part of AWS's catalogue.",
)
