"""AWS Config recorders."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Guardrail, NeverDelete
from ebbtide.model.kind import Kind, Relation

RECORDER = Kind(
    name="aws_config_recorder",
    list=Call("config", "describe_configuration_recorders", "ConfigurationRecorders[]"),
    get=Call(
        "config",
        "describe_configuration_recorders",
        "ConfigurationRecorders[]",
        ConfigurationRecorderNames=["{id}"],
    ),
    details=(
        Detail(
            Call("config", "list_tags_for_resource", "Tags[]", ResourceArn="{arn}"), into="Tags"
        ),
    ),
    id="name",
    label="name",
    arn="arn",
    relations=(Relation("roleARN", "aws_iam_role", by="arn", deleted_before=True),),
    never_delete=(
        NeverDelete(
            "servicePrincipal",
            "an AWS service created it and manages it",
            "config:ConfigurationRecorder",
        ),
        NeverDelete("starts_with(name, 'aws-controltower-')", "AWS Control Tower manages it"),
    ),
    guardrail=Guardrail("it records how resources change"),
    fingerprint=("arn", "roleARN"),
    delete=Delete(
        Call("config", "delete_configuration_recorder", ConfigurationRecorderName="{id}"),
        gone=("NoSuchConfigurationRecorderException",),
        blocked=(),
        refused=("UnmodifiableEntityException",),
        note="Recording stops; existing records stay.",
    ),
)
