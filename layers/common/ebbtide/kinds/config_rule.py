"""Rules of AWS Config."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Guardrail, NeverDelete
from ebbtide.model.kind import Kind, Relation

CONFIG_RULE = Kind(
    name="aws_config_rule",
    list=Call("config", "describe_config_rules", "ConfigRules[]"),
    get=Call("config", "describe_config_rules", "ConfigRules[]", ConfigRuleNames=["{id}"]),
    details=(
        Detail(
            Call("config", "list_tags_for_resource", "Tags[]", ResourceArn="{ConfigRuleArn}"),
            into="Tags",
        ),
    ),
    id="ConfigRuleName",
    label="ConfigRuleName",
    arn="ConfigRuleArn",
    unique=("ConfigRuleId",),
    relations=(
        # The identifier of a managed rule is a name of AWS's.
        Relation(
            "[@][?Source.Owner == 'CUSTOM_LAMBDA'].Source.SourceIdentifier",
            "aws_lambda_function",
            by="arn",
            pattern=r"^(arn:[^:]+:lambda:[^:]+:[^:]+:function:[^:]+)",
            strength="needed",
            why="it could evaluate nothing",
        ),
    ),
    never_delete=(
        NeverDelete("CreatedBy", "an AWS service manages it", "config:ConfigRule"),
        NeverDelete(
            "ConfigRuleState != 'ACTIVE'",
            "AWS Config is evaluating or deleting it",
            "config:ConfigRule",
        ),
    ),
    guardrail=Guardrail("it finds what does not comply"),
    fingerprint=("ConfigRuleArn", "ConfigRuleId", "Source"),
    sources={"fingerprint": "config:ConfigRule", "unique": "config:ConfigRule", "usual": "ours"},
    delete=Delete(
        Call("config", "delete_config_rule", ConfigRuleName="{id}"),
        gone=("NoSuchConfigRuleException",),
        blocked=("ResourceInUseException",),
        usual=120,
        note="Its evaluation results go with it.",
    ),
)
