"""Makes EC2 store security group rules per source and with owner, so that revoking them works."""

from collections.abc import Callable
from typing import Any

from local.emulator.engine import Answer, Params, load, param

_SOURCES = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")

Rule = dict[str, Any]


def install() -> None:
    """Accept permissions for revocation in the form that DescribeSecurityGroups returns."""
    ec2 = load("services.ec2")
    parse = ec2._parse_ip_permissions
    ec2._parse_ip_permissions = lambda params, prefix: [
        rule for permission in parse(params, prefix) for rule in one_source_each(permission)
    ]
    strip = ec2._strip_descriptions

    def comparable(rule: Rule) -> Rule:
        stripped: Rule = strip(rule)
        owner = load("core.responses").get_account_id()
        pairs = [
            {"GroupId": pair.get("GroupId"), "UserId": pair.get("UserId") or owner}
            for pair in rule.get("UserIdGroupPairs", [])
        ]
        return stripped | {"UserIdGroupPairs": pairs}

    ec2._strip_descriptions = comparable
    for action, side in _SIDES.items():
        ec2._ACTION_MAP[action] = _checked(ec2, ec2._ACTION_MAP[action], side)


def one_source_each(permission: Rule) -> list[Rule]:
    """Split a permission by source, because AWS can revoke each source separately."""
    plain = permission | {source: [] for source in _SOURCES}
    rules = [plain | {source: [one]} for source in _SOURCES for one in permission.get(source, [])]
    return rules or [plain]


def _checked(ec2: Any, action: Callable[[Params], Answer], side: str) -> Callable[[Params], Answer]:
    """Refuse to revoke a missing rule; AWS ignores a missing rule only in a default VPC."""

    def checked(params: Params) -> Answer:
        group = ec2._security_groups.get(param(params, "GroupId"))
        vpc = ec2._vpcs.get(group["VpcId"], {}) if group else {}
        if vpc and not vpc["IsDefault"]:
            for rule in ec2._parse_ip_permissions(params, "IpPermissions"):
                if not any(ec2._rules_match(rule, known) for known in group[side]):
                    message = "The specified rule does not exist in this security group."
                    refusal: Answer = ec2._error("InvalidPermission.NotFound", message, 400)
                    return refusal
        return action(params)

    return checked


_SIDES = {
    "RevokeSecurityGroupEgress": "IpPermissionsEgress",
    "RevokeSecurityGroupIngress": "IpPermissions",
}
