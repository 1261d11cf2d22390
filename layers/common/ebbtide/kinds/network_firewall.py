"""Network Firewall: firewalls, firewall policies and rule groups."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

_SERVICE = "network-firewall"
_KEY = Relation("EncryptionConfiguration.KeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID)
_FOREIGN = NeverDelete("!contains(Arn, account)", "it belongs to another account, which shares it")

_FIREWALL = (
    "{FirewallName: Firewall.FirewallName, FirewallArn: Firewall.FirewallArn,"
    " FirewallId: Firewall.FirewallId, Description: Firewall.Description,"
    " FirewallPolicyArn: Firewall.FirewallPolicyArn, VpcId: Firewall.VpcId,"
    " SubnetMappings: Firewall.SubnetMappings, TransitGatewayId: Firewall.TransitGatewayId,"
    " DeleteProtection: Firewall.DeleteProtection, Tags: Firewall.Tags,"
    " SubnetChangeProtection: Firewall.SubnetChangeProtection,"
    " FirewallPolicyChangeProtection: Firewall.FirewallPolicyChangeProtection,"
    " EncryptionConfiguration: Firewall.EncryptionConfiguration,"
    " Status: FirewallStatus.Status, SyncStates: FirewallStatus.SyncStates}"
)

_FIREWALL_RELATIONS = (
    Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation("SubnetMappings[].SubnetId", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation("TransitGatewayId", "aws_ec2_transit_gateway", reverse=True, deleted_before=True),
    Relation("FirewallPolicyArn", "aws_network_firewall_policy", deleted_before=True),
    Relation("values(SyncStates || `{}`)[].Attachment.EndpointId", "aws_vpc_endpoint", owns=True),
    _KEY,
)

FIREWALL = Kind(
    name="aws_network_firewall",
    bases=("firewall",),
    list=Call(_SERVICE, "list_firewalls", "Firewalls[]", MaxResults=100),
    get=Call(_SERVICE, "describe_firewall", _FIREWALL, FirewallArn="{id}"),
    details=(
        Detail(
            Call(_SERVICE, "describe_firewall", _FIREWALL, FirewallArn="{FirewallArn}"),
            describes=True,
        ),
    ),
    get_details=(),
    id="FirewallArn",
    label="FirewallName",
    arn="FirewallArn",
    unique=("FirewallId",),
    relations=_FIREWALL_RELATIONS,
    never_delete=(
        NeverDelete(
            "DeleteProtection",
            "its deletion protection is on",
            "network-firewall:Firewall",
            protects=True,
        ),
        NeverDelete(
            "!contains(FirewallArn, account)", "it belongs to another account, which shares it"
        ),
    ),
    volatile=("SyncStates",),
    fingerprint=("FirewallId", "FirewallPolicyArn", "Status"),
    sources={"usual": "ours", "unique": "network-firewall:Firewall"},
    delete=Delete(
        Call(_SERVICE, "delete_firewall", FirewallArn="{id}"),
        gone=("ResourceNotFoundException",),
        # Routes still lead to the firewall, or its logging is on.
        blocked=("InvalidOperationException",),
        refused=("UnsupportedOperationException",),
        usual=900,
        note="Its endpoints go with it; routes to them become black holes.",
    ),
)

_POLICY = (
    "{Name: FirewallPolicyResponse.FirewallPolicyName,"
    " Arn: FirewallPolicyResponse.FirewallPolicyArn,"
    " FirewallPolicyId: FirewallPolicyResponse.FirewallPolicyId,"
    " Description: FirewallPolicyResponse.Description,"
    " Status: FirewallPolicyResponse.FirewallPolicyStatus, Tags: FirewallPolicyResponse.Tags,"
    " NumberOfAssociations: FirewallPolicyResponse.NumberOfAssociations,"
    " EncryptionConfiguration: FirewallPolicyResponse.EncryptionConfiguration,"
    " LastModifiedTime: FirewallPolicyResponse.LastModifiedTime, FirewallPolicy: FirewallPolicy}"
)

POLICY = Kind(
    name="aws_network_firewall_policy",
    bases=("policy",),
    list=Call(_SERVICE, "list_firewall_policies", "FirewallPolicies[]", MaxResults=100),
    get=Call(_SERVICE, "describe_firewall_policy", _POLICY, FirewallPolicyArn="{id}"),
    details=(
        Detail(
            Call(_SERVICE, "describe_firewall_policy", _POLICY, FirewallPolicyArn="{Arn}"),
            describes=True,
        ),
    ),
    get_details=(),
    id="Arn",
    label="Name",
    arn="Arn",
    unique=("FirewallPolicyId",),
    relations=(
        Relation(
            "FirewallPolicy.[StatelessRuleGroupReferences, StatefulRuleGroupReferences][]"
            ".ResourceArn",
            "aws_network_firewall_rule_group",
            deleted_before=True,
        ),
        _KEY,
    ),
    never_delete=(_FOREIGN,),
    fingerprint=("FirewallPolicyId", "Status", "LastModifiedTime"),
    sources={"unique": "network-firewall:FirewallPolicyResponse"},
    delete=Delete(
        Call(_SERVICE, "delete_firewall_policy", FirewallPolicyArn="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("InvalidOperationException",),
        refused=("UnsupportedOperationException",),
    ),
)

_RULE_GROUP = (
    "{Name: RuleGroupResponse.RuleGroupName, Arn: RuleGroupResponse.RuleGroupArn,"
    " RuleGroupId: RuleGroupResponse.RuleGroupId, Description: RuleGroupResponse.Description,"
    " Type: RuleGroupResponse.Type, Capacity: RuleGroupResponse.Capacity,"
    " Status: RuleGroupResponse.RuleGroupStatus, Tags: RuleGroupResponse.Tags,"
    " NumberOfAssociations: RuleGroupResponse.NumberOfAssociations,"
    " EncryptionConfiguration: RuleGroupResponse.EncryptionConfiguration,"
    " LastModifiedTime: RuleGroupResponse.LastModifiedTime,"
    " References: values(RuleGroup.ReferenceSets.IPSetReferences || `{}`)[].ReferenceArn}"
)
# The rules may take megabytes, so they are read only for the restore description.
_WITH_RULES = _RULE_GROUP.replace("{Name:", "{RuleGroup: RuleGroup, Name:", 1)

RULE_GROUP = Kind(
    name="aws_network_firewall_rule_group",
    list=Call(_SERVICE, "list_rule_groups", "RuleGroups[]", Scope="ACCOUNT", MaxResults=100),
    get=Call(_SERVICE, "describe_rule_group", _WITH_RULES, RuleGroupArn="{id}"),
    details=(
        Detail(
            Call(_SERVICE, "describe_rule_group", _RULE_GROUP, RuleGroupArn="{Arn}"), describes=True
        ),
    ),
    get_details=(),
    id="Arn",
    label="Name",
    arn="Arn",
    unique=("RuleGroupId",),
    relations=(
        Relation(
            "References",
            "aws_ec2_prefix_list",
            by="arn",
            deleted_before=True,
            pattern=r"^(arn:[^:]+:ec2:.+:prefix-list/.+)$",
        ),
        _KEY,
    ),
    never_delete=(_FOREIGN,),
    fingerprint=("RuleGroupId", "Status", "LastModifiedTime"),
    sources={"unique": "network-firewall:RuleGroupResponse"},
    delete=Delete(
        Call(_SERVICE, "delete_rule_group", RuleGroupArn="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("InvalidOperationException",),
        refused=("UnsupportedOperationException",),
    ),
)
