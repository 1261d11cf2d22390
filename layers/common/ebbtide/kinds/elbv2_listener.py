"""Listeners of load balancers, and their rules."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

_LOGIN = "nobody could log in"

_LISTENER_RELATIONS = (
    Relation(
        "LoadBalancerArn",
        "aws_alb",
        by="arn",
        reverse=True,
        owned_by=True,
        source="elbv2:DeleteLoadBalancer",
    ),
    Relation(
        "DefaultActions[].[TargetGroupArn, ForwardConfig.TargetGroups[].TargetGroupArn][][]",
        "aws_alb_target_group",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        "DefaultActions[].AuthenticateCognitoConfig.UserPoolArn",
        "aws_cognito_user_pool",
        by="arn",
        strength="needed",
        why=_LOGIN,
    ),
    # Besides the default certificate, a listener has one for each further name.
    Relation(
        "AllCertificates[].CertificateArn",
        "aws_acm_certificate",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:acm:.+)$",
    ),
    Relation(
        "AllCertificates[].CertificateArn",
        "aws_iam_server_certificate",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:iam:.+)$",
    ),
)

_CERTIFICATES = Detail(
    Call("elbv2", "describe_listener_certificates", "Certificates[]", ListenerArn="{ListenerArn}"),
    into="AllCertificates",
    when="Protocol == 'HTTPS' || Protocol == 'TLS'",
)

LISTENER = Kind(
    name="aws_alb_listener",
    each="aws_alb",
    inside="Listeners[]",
    get=Call("elbv2", "describe_listeners", "Listeners[]", ListenerArns=["{id}"]),
    list=None,
    details=(_CERTIFICATES,),
    id="ListenerArn",
    arn="ListenerArn",
    tags=None,
    relations=_LISTENER_RELATIONS,
    fingerprint=("ListenerArn", "Port", "Protocol", "DefaultActions"),
    sources={
        "fingerprint": "elbv2:Listener",
    },
    delete=Delete(
        Call("elbv2", "delete_listener", ListenerArn="{id}"),
        gone=("ListenerNotFound",),
        blocked=("ResourceInUse",),
        note="Its rules go with it.",
    ),
)

_RULE_RELATIONS = (
    Relation(
        "RuleArn",
        "aws_alb_listener",
        reverse=True,
        owned_by=True,
        pattern=r":listener-rule/(.+)/[^/]+$",
        value="arn:{partition}:elasticloadbalancing:{region}:{account}:listener/{1}",
        source="elbv2:DeleteListener",
    ),
    Relation(
        "Actions[].[TargetGroupArn, ForwardConfig.TargetGroups[].TargetGroupArn][][]",
        "aws_alb_target_group",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        "Actions[].AuthenticateCognitoConfig.UserPoolArn",
        "aws_cognito_user_pool",
        by="arn",
        strength="needed",
        why=_LOGIN,
    ),
)

LISTENER_RULE = Kind(
    name="aws_alb_listener_rule",
    each="aws_alb_listener",
    list=Call("elbv2", "describe_rules", "Rules[]", ListenerArn="{id}"),
    get=Call("elbv2", "describe_rules", "Rules[]", RuleArns=["{id}"]),
    # Listeners of network load balancers have no rules.
    absent=("UnsupportedProtocol",),
    id="RuleArn",
    arn="RuleArn",
    tags=None,
    relations=_RULE_RELATIONS,
    never_delete=(
        NeverDelete("IsDefault", "it is the default rule of its listener", "elbv2:DeleteRule"),
    ),
    fingerprint=("RuleArn", "Priority", "Actions"),
    sources={"fingerprint": "elbv2:Rule"},
    delete=Delete(
        Call("elbv2", "delete_rule", RuleArn="{id}"),
        gone=("RuleNotFound",),
        blocked=(),
        refused=("OperationNotPermitted",),
        note="Its requests fall to the next rule that matches.",
    ),
)
