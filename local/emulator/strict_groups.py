"""Gives Auto Scaling groups real instances, and guards their deletion and IAM's."""

from collections.abc import Callable
from typing import Any

from local.emulator.engine import Answer, Params, load, param
from local.emulator.settle import Record

Action = Callable[[Params], Answer]


def install() -> None:
    """Replace the actions that behave differently on AWS."""
    scaling, iam = load("services.autoscaling"), load("services.iam")
    reconcile = scaling._reconcile_instances
    scaling._reconcile_instances = lambda group: _reconcile(reconcile, group)
    delete = scaling._ACTION_MAP["DeleteAutoScalingGroup"]
    scaling._ACTION_MAP["DeleteAutoScalingGroup"] = lambda params: _delete_group(
        scaling, delete, params
    )
    for action, check in _IAM_CHECKS.items():
        iam._IAM_HANDLERS[action] = _guarded(iam, iam._IAM_HANDLERS[action], check)


def _reconcile(reconcile: Callable[[Record], None], group: Record) -> None:
    """Launch and terminate instances; ministack only makes up their ids."""
    before = {one["InstanceId"] for one in group["Instances"]}
    reconcile(group)
    after = {one["InstanceId"] for one in group["Instances"]}
    for member in group["Instances"]:
        if member["InstanceId"] not in before:
            member["InstanceId"] = _launch(group)
    _terminate(before - after)


def _terminate(names: set[str]) -> None:
    numbered = {f"InstanceId.{i}": [name] for i, name in enumerate(sorted(names), start=1)}
    if names:
        load("services.ec2")._ACTION_MAP["TerminateInstances"](numbered)


def _launch(group: Record) -> str:
    ec2 = load("services.ec2")
    ec2._ensure_defaults_initialized()
    wanted = group["LaunchTemplate"].get("LaunchTemplateId")
    template: Record = next(
        (
            one["Versions"][-1]["LaunchTemplateData"]
            for one in ec2._launch_templates.values()
            if wanted in (one["LaunchTemplateId"], one["LaunchTemplateName"])
        ),
        {},
    )
    subnet = group["VPCZoneIdentifier"].split(",")[0] or ec2._DEFAULT_SUBNET_ID
    launched = ec2._launch_instances_internal(
        image_id=template.get("ImageId", "ami-00000000"),
        instance_type=template.get("InstanceType", "t3.micro"),
        subnet_id=subnet,
        count=1,
        sg_ids=template.get("SecurityGroupIds"),
    )
    name: str = launched[0]["InstanceId"]
    tags = [{"Key": "aws:autoscaling:groupName", "Value": group["AutoScalingGroupName"]}]
    for tag in group["Tags"]:
        if tag["PropagateAtLaunch"]:
            tags.append({"Key": tag["Key"], "Value": tag["Value"]})
    ec2._tags[name] = tags
    return name


def _delete_group(scaling: Any, delete: Action, params: Params) -> Answer:
    group = scaling._asgs.get(param(params, "AutoScalingGroupName"))
    if group is None:
        message = "AutoScalingGroup name not found - null"
        missing: Answer = scaling._error("ValidationError", message)
        return missing
    forced = param(params, "ForceDelete").lower() == "true"
    if group["Instances"] and not forced:
        message = (
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot "
            "instance request(s) still in the group."
        )
        refusal: Answer = scaling._error("ResourceInUse", message)
        return refusal
    _terminate({one["InstanceId"] for one in group["Instances"]})
    return delete(params)


def _guarded(iam: Any, action: Action, check: Callable[[Any, Params], str]) -> Action:
    def guarded(params: Params) -> Answer:
        if reason := check(iam, params):
            message = f"Cannot delete entity, must {reason} first."
            refusal: Answer = iam._error(409, "DeleteConflict", message, ns="iam")
            return refusal
        return action(params)

    return guarded


def _user(iam: Any, params: Params) -> str:
    name = param(params, "UserName")
    if iam._user_inline_policies.get(name):
        return "delete policies"
    if name in iam._login_profiles:
        return "delete login profile"
    if any(name in group.get("Users", []) for group in iam._groups.values()):
        return "remove users from group"
    return ""


def _group(iam: Any, params: Params) -> str:
    group = iam._groups.get(param(params, "GroupName"), {})
    if group.get("Users"):
        return "remove users from group"
    return "detach all policies" if group.get("AttachedPolicies") else ""


def _policy(iam: Any, params: Params) -> str:
    policy = iam._policies.get(param(params, "PolicyArn"), {})
    return "delete all non-default versions" if len(policy.get("Versions", [])) > 1 else ""


_IAM_CHECKS = {"DeleteGroup": _group, "DeletePolicy": _policy, "DeleteUser": _user}
