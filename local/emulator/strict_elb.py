"""Makes the newer Elastic Load Balancing API (load balancers, target groups) behave as on AWS."""

from collections.abc import Callable
from secrets import token_hex
from typing import Any

from local.emulator.engine import Answer, Params, load, member_list, param
from local.emulator.settle import Record

Action = Callable[[Params], Answer]


def install() -> None:
    """Replace the actions that behave differently on AWS."""
    alb = load("services.alb")
    actions = alb._ACTION_MAP
    create, delete = actions["CreateLoadBalancer"], actions["DeleteLoadBalancer"]
    delete_target_group = actions["DeleteTargetGroup"]
    alb._short_id = lambda: token_hex(8)  # an ARN ends with 16 hexadecimal digits
    alb._lb_xml = _zones_of_subnets(alb._lb_xml)
    actions["CreateLoadBalancer"] = lambda params: _create(create, params)
    actions["DeleteLoadBalancer"] = lambda params: _delete(alb, delete, params)
    actions["DeleteTargetGroup"] = lambda params: _delete_target_group(
        alb, delete_target_group, params
    )
    actions["DescribeTargetHealth"] = lambda params: _target_health(alb, params)


def _create(create: Action, params: Params) -> Answer:
    """Create a load balancer in the VPC of its subnets, whatever the request says."""
    home = load("services.ec2")._subnets.get(param(params, "Subnets.member.1"))
    return create(params | ({"VpcId": [home["VpcId"]]} if home else {}))


def _zones_of_subnets(render: Callable[[Record], str]) -> Callable[[Record], str]:
    """Wrap `render` to name each subnet's own availability zone, not the region's first."""

    def rendered(balancer: Record) -> str:
        text = render(balancer)
        first = f"{load('core.responses').get_region()}a"
        for subnet in balancer.get("Subnets", []):
            zone = load("services.ec2")._subnets.get(subnet, {}).get("AvailabilityZone", first)
            tail = f"</ZoneName><SubnetId>{subnet}<"
            text = text.replace(f"<ZoneName>{first}{tail}", f"<ZoneName>{zone}{tail}")
        return text

    return rendered


def _delete(alb: Any, delete: Action, params: Params) -> Answer:
    arn = param(params, "LoadBalancerArn")
    attributes = {one["Key"]: one["Value"] for one in alb._lb_attrs.get(arn, [])}
    if attributes.get("deletion_protection.enabled") == "true":
        message = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        refusal: Answer = alb._error("OperationNotPermitted", message)
        return refusal
    answer = delete(params)
    # AWS deletes the listeners with their load balancer, which frees its target groups.
    for name, listener in alb._listeners.items():
        if listener["LoadBalancerArn"] == arn:
            alb._delete_listener({"ListenerArn": [name]})
    for group in alb._tgs.values():
        group["LoadBalancerArns"] = [one for one in group["LoadBalancerArns"] if one != arn]
    return answer


def _delete_target_group(alb: Any, delete: Action, params: Params) -> Answer:
    arn = param(params, "TargetGroupArn")
    used = [one["Actions"] for one in alb._rules.values()]
    used += [one["DefaultActions"] for one in alb._listeners.values()]
    if any(arn == action.get("TargetGroupArn") for actions in used for action in actions):
        message = f"Target group '{arn}' is currently in use by a listener or a rule"
        refusal: Answer = alb._error("ResourceInUse", message)
        return refusal
    return delete(params)


def _target_health(alb: Any, params: Params) -> Answer:
    """Report targets as unused if their instance is not running or their group has no listener."""
    arn = param(params, "TargetGroupArn")
    group = alb._tgs.get(arn)
    if group is None:
        missing: Answer = alb._error("TargetGroupNotFound", f"Target group '{arn}' not found.")
        return missing
    wanted = member_list(params, "Targets.member")
    shown = "".join(
        _target_xml(group, target)
        for target in alb._targets.get(arn, [])
        if not wanted or target["Id"] in wanted
    )
    answer: Answer = alb._xml(
        200, "DescribeTargetHealth", f"<TargetHealthDescriptions>{shown}</TargetHealthDescriptions>"
    )
    return answer


def _target_xml(group: Record, target: Record) -> str:
    state = "<State>healthy</State>"
    instance = load("services.ec2")._instances.get(target["Id"])
    if not group["LoadBalancerArns"]:
        state = "<State>unused</State><Reason>Target.NotInUse</Reason>"
    elif group["TargetType"] == "instance" and (
        instance is None or instance["State"]["Name"] != "running"
    ):
        state = "<State>unused</State><Reason>Target.InvalidState</Reason>"
    port = target.get("Port", group["Port"])
    return (
        f"<member><Target><Id>{target['Id']}</Id><Port>{port}</Port></Target>"
        f"<HealthCheckPort>{port}</HealthCheckPort><TargetHealth>{state}</TargetHealth></member>"
    )
