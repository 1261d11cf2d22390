"""WAF web ACLs, rule groups and IP sets, regional and for CloudFront."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

_SCOPE = "{region == 'global' && 'CLOUDFRONT' || 'REGIONAL'}"

_TAGS = Detail(
    Call("wafv2", "list_tags_for_resource", "TagInfoForResource.TagList[]", ResourceARN="{ARN}"),
    into="Tags",
)

# Statements are nested, so references are extracted from their text.
_RULES = "to_string(Rules)"
_IP_SET = Relation(
    _RULES,
    "aws_waf_ip_set",
    by="arn",
    deleted_before=True,
    pattern=r'"(arn:[^:"]+:wafv2:[^"]+/ipset/[^"]+)"',
)

_IN_REGION = "contains(ARN, ':regional/')"

_ACL = Detail(
    Call(
        "wafv2",
        "get_web_acl",
        "merge(WebACL, {LockToken: LockToken})",
        Name="{Name}",
        Scope=_SCOPE,
        Id="{Id}",
    ),
    describes=True,
)
_ACL_DETAILS = (
    # CloudFront distributions name their web ACL, but regional resources do not.
    Detail(
        Call(
            "wafv2",
            "list_resources_for_web_acl",
            "ResourceArns[]",
            WebACLArn="{ARN}",
            ResourceType="APPLICATION_LOAD_BALANCER",
        ),
        into="LoadBalancers",
        when=_IN_REGION,
    ),
    Detail(
        Call(
            "wafv2",
            "list_resources_for_web_acl",
            "ResourceArns[]",
            WebACLArn="{ARN}",
            ResourceType="COGNITO_USER_POOL",
        ),
        into="UserPools",
        when=_IN_REGION,
        # Some regions do not support user pools.
        absent=("WAFInvalidParameterException",),
    ),
    _TAGS,
    Detail(
        Call(
            "wafv2",
            "list_logging_configurations",
            "LoggingConfigurations[]",
            Scope=_SCOPE,
            Limit=100,
        ),
        into="LoggingConfigurations",
        match=("ResourceArn", "ARN"),
        once=True,
    ),
)

_ACL_RELATIONS = (
    _IP_SET,
    Relation(
        _RULES,
        "aws_waf_rule_group",
        by="arn",
        deleted_before=True,
        pattern=r'"(arn:[^:"]+:wafv2:[^"]+/rulegroup/[^"]+)"',
    ),
    # WAF refuses to delete a web ACL that still protects a resource.
    Relation("LoadBalancers[]", "aws_alb", by="arn", deleted_after=True),
    Relation("UserPools[]", "aws_cognito_user_pool", by="arn", deleted_after=True),
    Relation(
        "LoggingConfigurations[].LogDestinationConfigs[]",
        "aws_cloudwatch_log_group",
        by="arn",
        pattern=r"^(arn:[^:]+:logs:[^:]+:\d+:log-group:[^:]+)",
        strength="needed",
        why="its requests would not be logged",
    ),
    Relation(
        "LoggingConfigurations[].LogDestinationConfigs[]",
        "aws_firehose_delivery_stream",
        by="arn",
        pattern=r"^(arn:[^:]+:firehose:.+)$",
        strength="needed",
        why="its requests would not be logged",
    ),
    Relation(
        "LoggingConfigurations[].LogDestinationConfigs[]",
        "aws_s3_bucket",
        pattern=r"^arn:[^:]+:s3:::([^/]+)",
        strength="needed",
        why="its requests would not be logged",
    ),
)

_ACL_DELETE = Delete(
    Call(
        "wafv2",
        "delete_web_acl",
        Name="{Name}",
        Scope=_SCOPE,
        Id="{Id}",
        LockToken="{LockToken}",
    ),
    gone=("WAFNonexistentItemException",),
    blocked=("WAFAssociatedItemException", "WAFOptimisticLockException"),
    refused=("WAFInvalidOperationException",),
    note="Its rules are lost.",
)

WEB_ACL = Kind(
    name="aws_waf_web_acl",
    bases=("firewall",),
    scope="both",
    list=Call("wafv2", "list_web_acls", "WebACLs[]", Scope=_SCOPE, Limit=100),
    get=Call("wafv2", "get_web_acl", "merge(WebACL, {LockToken: LockToken})", ARN="{id}"),
    details=(_ACL, *_ACL_DETAILS),
    get_details=_ACL_DETAILS,
    id="ARN",
    label="Name",
    arn="ARN",
    relations=_ACL_RELATIONS,
    never_delete=(
        NeverDelete("ManagedByFirewallManager", "AWS Firewall Manager manages it", "wafv2:WebACL"),
    ),
    # The token changes with every change of the ACL.
    fingerprint=("LockToken",),
    delete=_ACL_DELETE,
)

_GROUP = Detail(
    Call(
        "wafv2",
        "get_rule_group",
        "merge(RuleGroup, {LockToken: LockToken})",
        Name="{Name}",
        Scope=_SCOPE,
        Id="{Id}",
    ),
    describes=True,
)

_GROUP_DELETE = Delete(
    Call(
        "wafv2",
        "delete_rule_group",
        Name="{Name}",
        Scope=_SCOPE,
        Id="{Id}",
        LockToken="{LockToken}",
    ),
    gone=("WAFNonexistentItemException",),
    blocked=("WAFAssociatedItemException", "WAFOptimisticLockException"),
    refused=("WAFInvalidOperationException",),
    note="Its rules are lost.",
)

RULE_GROUP = Kind(
    name="aws_waf_rule_group",
    scope="both",
    list=Call("wafv2", "list_rule_groups", "RuleGroups[]", Scope=_SCOPE, Limit=100),
    get=Call("wafv2", "get_rule_group", "merge(RuleGroup, {LockToken: LockToken})", ARN="{id}"),
    details=(_GROUP, _TAGS),
    get_details=(_TAGS,),
    id="ARN",
    label="Name",
    arn="ARN",
    relations=(_IP_SET,),
    fingerprint=("LockToken",),
    delete=_GROUP_DELETE,
)

_SET = Detail(
    Call(
        "wafv2",
        "get_ip_set",
        "merge(IPSet, {LockToken: LockToken})",
        Name="{Name}",
        Scope=_SCOPE,
        Id="{Id}",
    ),
    describes=True,
)

IP_SET = Kind(
    name="aws_waf_ip_set",
    scope="both",
    list=Call("wafv2", "list_ip_sets", "IPSets[]", Scope=_SCOPE, Limit=100),
    # A single set is read only by its name, scope and id, which its ARN does not all tell.
    get=Call("wafv2", "list_ip_sets", "IPSets[]", Scope=_SCOPE, Limit=100),
    details=(_SET, _TAGS),
    id="ARN",
    label="Name",
    arn="ARN",
    fingerprint=("LockToken",),
    sources={"fingerprint": "wafv2:IPSetSummary"},
    delete=Delete(
        Call(
            "wafv2",
            "delete_ip_set",
            Name="{Name}",
            Scope=_SCOPE,
            Id="{Id}",
            LockToken="{LockToken}",
        ),
        gone=("WAFNonexistentItemException",),
        blocked=("WAFAssociatedItemException", "WAFOptimisticLockException"),
        refused=("WAFInvalidOperationException",),
        note="Its addresses are in the description that is stored before.",
    ),
)
