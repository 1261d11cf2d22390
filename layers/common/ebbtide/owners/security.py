"""Services that watch, filter or govern accounts, and the entrances of an organization."""

from __future__ import annotations

from ebbtide.owners.mark import Mark

_POLICIES = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference"
_STACK_SETS = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs.html"
)
_CONTROL_TOWER = "https://docs.aws.amazon.com/controltower/latest/userguide"

GUARDDUTY = Mark(
    tag="GuardDutyManaged",
    # The value `false` is how people keep GuardDuty's agent away from an instance.
    matches="(?i)(?!false$).*",
    words="GuardDuty, with",
    source="https://docs.aws.amazon.com/guardduty/latest/ug/managing-gdu-agent-ec2-automated.html",
)
GUARDDUTY_GROUP = Mark(
    attribute="group_name",
    of=("aws_ec2_security_group",),
    matches=r"GuardDutyManagedSecurityGroup-.+",
    words="GuardDuty",
    source="https://docs.aws.amazon.com/guardduty/latest/ug/"
    "runtime-monitoring-agent-resource-clean-up.html",
)
FIREWALL_MANAGER = Mark(
    tag="FMManaged",
    words="Firewall Manager, with",
    source=f"{_POLICIES}/FMSServiceRolePolicy.html",
)
FIREWALL_MANAGER_NAME = Mark(
    attribute="name",
    of=(
        "aws_waf_web_acl",
        "aws_waf_rule_group",
        "aws_network_firewall",
        "aws_network_firewall_policy",
        "aws_network_firewall_rule_group",
    ),
    matches=r"FMManaged.*",
    words="Firewall Manager",
    source="https://docs.aws.amazon.com/waf/latest/developerguide/waf-policies.html",
)
FIREWALL_MANAGER_GROUP = Mark(
    attribute="group_name",
    of=("aws_ec2_security_group",),
    matches=r"FMManagedSecurityGroup.*",
    words="Firewall Manager",
    source="https://docs.aws.amazon.com/waf/latest/developerguide/security-group-policies.html",
)
NETWORK_FIREWALL = Mark(
    tag="AWSNetworkFirewallManaged",
    words="Network Firewall, with",
    source=f"{_POLICIES}/AWSNetworkFirewallServiceRolePolicy.html",
)
INSPECTOR_RULES = Mark(
    attribute="name",
    of=("aws_eventbridge_rule",),
    matches=r"DO-NOT-DELETE-AmazonInspector.+",
    words="Amazon Inspector",
    source="https://docs.aws.amazon.com/inspector/latest/user/using-service-linked-roles.html",
)
ACCOUNT_ACCESS = Mark(
    attribute="name",
    of=("aws_iam_role",),
    matches="OrganizationAccountAccessRole",
    words="the organization, which enters the account through it",
    source="https://docs.aws.amazon.com/organizations/latest/userguide/"
    "orgs_manage_accounts_access.html",
)
CONTROL_TOWER_ROLES = Mark(
    attribute="name",
    of=("aws_iam_role",),
    matches="AWSControlTower.*",
    words="Control Tower, which enters the account through it",
    source=f"{_CONTROL_TOWER}/roles-how.html",
)
CONTROL_TOWER = Mark(
    attribute="name",
    matches=r"(?i)(?:/aws/lambda/)?(?:StackSet-)?aws-?controltower[-_/].*",
    words="Control Tower",
    source=f"{_CONTROL_TOWER}/shared-account-resources.html",
)
CONTROL_TOWER_TAG = Mark(
    tag="aws-control-tower",
    words="Control Tower, with",
    source=f"{_CONTROL_TOWER}/shared-account-resources.html",
)
STACK_SET_ROLES = Mark(
    attribute="name",
    of=("aws_iam_role",),
    matches=r"stacksets-exec-.+|AWSCloudFormationStackSet(?:Execution|Administration)Role.*",
    words="CloudFormation StackSets, which enter the account through it",
    source=_STACK_SETS,
)
LANDING_ZONE_ROLES = Mark(
    attribute="name",
    of=("aws_iam_role",),
    matches=r"AWSAFTExecution|AWSAFTService|AWSAFTAdmin|AWSAccelerator-.+|AWSLandingZone.*"
    r"|AWSCloudFormationStackSet.*",
    words="the landing zone, which enters the account through it",
    source="https://docs.aws.amazon.com/controltower/latest/userguide/aft-required-roles.html",
)
QUICK_SETUP_ROLES = Mark(
    attribute="name",
    of=("aws_iam_role",),
    matches=r"AWS-QuickSetup-.+",
    words="Systems Manager Quick Setup, which enters the account through it",
    source="https://docs.aws.amazon.com/systems-manager/latest/userguide/"
    "quick-setup-getting-started.html",
)
