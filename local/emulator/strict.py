"""Makes EC2 refuse the calls that AWS refuses, and delay the deletions that AWS delays."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from local.emulator.engine import Answer, Params, load, member_list, param
from local.emulator.settle import NAT_DELETION_SECONDS, TERMINATION_SECONDS, Record, settle

Check = Callable[[Any, Params], None]


class RefusedError(Exception):
    """AWS refuses the call, with this code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def install() -> None:
    """Guard EC2's actions, and update its records before each request."""
    ec2 = load("services.ec2")
    for action, check in _CHECKS.items():
        ec2._ACTION_MAP[action] = _guarded(ec2, ec2._ACTION_MAP[action], check)
    terminate = ec2._ACTION_MAP["TerminateInstances"]
    ec2._ACTION_MAP["TerminateInstances"] = lambda params: _terminate(ec2, terminate, params)
    delete_nat = ec2._ACTION_MAP["DeleteNatGateway"]
    ec2._ACTION_MAP["DeleteNatGateway"] = lambda params: _delete_nat(ec2, delete_nat, params)
    ec2._ACTION_MAP["ModifyInstanceAttribute"] = lambda params: _modify_instance(ec2, params)
    show = ec2._ACTION_MAP["DescribeInstanceAttribute"]
    ec2._ACTION_MAP["DescribeInstanceAttribute"] = lambda params: _show(ec2, show, params)
    handle = ec2.handle_request

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Params
    ) -> Answer:
        ec2._ensure_defaults_initialized()
        settle()
        if refusal := _dry_run(ec2, parse_qs(body.decode("utf-8", errors="replace"))):
            return refusal
        result: Answer = await handle(method, path, headers, body, query)
        return result

    ec2.handle_request = handle_request


def _dry_run(ec2: Any, params: Params) -> Answer | None:
    """Answer DryRun=true as AWS does for a permitted caller; ministack would make the change."""
    if param(params, "DryRun").lower() != "true":
        return None
    message = "Request would have succeeded, but DryRun flag is set."
    refusal: Answer = ec2._error("DryRunOperation", message, 412)
    return refusal


def _guarded(
    ec2: Any, action: Callable[[Params], Answer], check: Check
) -> Callable[[Params], Answer]:
    def guarded(params: Params) -> Answer:
        try:
            check(ec2, params)
        except RefusedError as refused:
            refusal: Answer = ec2._error(refused.code, str(refused), 400)
            return refusal
        return action(params)

    return guarded


def _refuse_dependents(kind: str, name: str) -> None:
    message = f"The {kind} '{name}' has dependencies and cannot be deleted."
    raise RefusedError("DependencyViolation", message)


def _vpc(ec2: Any, params: Params) -> None:
    vpc = param(params, "VpcId")

    def inside(records: Any) -> list[Record]:
        return [record for record in records.values() if record.get("VpcId") == vpc]

    busy = [
        *inside(ec2._subnets),
        *inside(ec2._network_interfaces),
        *[one for one in inside(ec2._vpc_endpoints) if one["State"] != "deleted"],
        *[one for one in inside(ec2._nat_gateways) if one["State"] != "deleted"],
        *[table for table in inside(ec2._route_tables) if not _is_main(table)],
        *[acl for acl in inside(ec2._network_acls) if not acl["IsDefault"]],
        *[group for group in inside(ec2._security_groups) if group["GroupName"] != "default"],
        *[one for one in ec2._internet_gateways.values() if _attached_to(one, vpc)],
    ]
    if busy:
        _refuse_dependents("vpc", vpc)


def _is_main(table: Record) -> bool:
    return any(association.get("Main") for association in table["Associations"])


def _attached_to(gateway: Record, vpc: str) -> bool:
    return any(attachment.get("VpcId") == vpc for attachment in gateway.get("Attachments", []))


def _subnet(ec2: Any, params: Params) -> None:
    subnet = param(params, "SubnetId")
    # Instances, gateways, load balancers and databases hold a subnet through their interfaces.
    if any(one["SubnetId"] == subnet for one in ec2._network_interfaces.values()):
        _refuse_dependents("subnet", subnet)


def _security_group(ec2: Any, params: Params) -> None:
    group_id = param(params, "GroupId")
    group = ec2._security_groups.get(group_id)
    if group is None:
        return
    if group["GroupName"] == "default":
        message = f'the specified group: "{group_id}" name: "default" cannot be deleted by a user'
        raise RefusedError("CannotDelete", message)
    interfaces = ec2._network_interfaces.values()
    used = any(group_id in [one["GroupId"] for one in record["Groups"]] for record in interfaces)
    others = [one for one in ec2._security_groups.values() if one["GroupId"] != group_id]
    if used or any(group_id in _referenced_groups(other) for other in others):
        raise RefusedError("DependencyViolation", f"resource {group_id} has a dependent object")


def _referenced_groups(group: Record) -> set[str]:
    rules = group["IpPermissions"] + group["IpPermissionsEgress"]
    return {pair["GroupId"] for rule in rules for pair in rule.get("UserIdGroupPairs", [])}


def _internet_gateway(ec2: Any, params: Params) -> None:
    gateway = ec2._internet_gateways.get(param(params, "InternetGatewayId"))
    if gateway and gateway["Attachments"]:
        _refuse_dependents("internetGateway", gateway["InternetGatewayId"])


def _detach_internet_gateway(ec2: Any, params: Params) -> None:
    """Refuse to detach a gateway while an elastic IP address is mapped into its VPC."""
    vpc = param(params, "VpcId")
    interfaces = ec2._network_interfaces
    for address in ec2._addresses.values():
        interface = interfaces.get(address["NetworkInterfaceId"])
        if interface and interface["VpcId"] == vpc:
            message = (
                f"Network {vpc} has some mapped public address(es). Please unmap those public "
                "address(es) before detaching the gateway."
            )
            raise RefusedError("DependencyViolation", message)


def _route_table(ec2: Any, params: Params) -> None:
    table = ec2._route_tables.get(param(params, "RouteTableId"))
    if table and table["Associations"]:
        _refuse_dependents("routeTable", table["RouteTableId"])


def _network_acl(ec2: Any, params: Params) -> None:
    acl = ec2._network_acls.get(param(params, "NetworkAclId"))
    if acl and acl["IsDefault"]:
        message = f"cannot delete default network ACL {acl['NetworkAclId']}"
        raise RefusedError("InvalidParameterValue", message)
    if acl and acl["Associations"]:
        _refuse_dependents("networkAcl", acl["NetworkAclId"])


def _address(ec2: Any, params: Params) -> None:
    address = ec2._addresses.get(param(params, "AllocationId"))
    if address and address["AssociationId"]:
        raise RefusedError("InvalidIPAddress.InUse", f"Address {address['PublicIp']} is in use.")


def _disassociate_address(ec2: Any, params: Params) -> None:
    """Refuse to take the address of a NAT gateway away before the gateway is gone."""
    association = param(params, "AssociationId")
    for address in ec2._addresses.values():
        if address["AssociationId"] == association and not address["InstanceId"]:
            message = "You do not have permission to access the specified resource."
            raise RefusedError("AuthFailure", message)


def _interface(ec2: Any, params: Params) -> None:
    name = param(params, "NetworkInterfaceId")
    record = ec2._network_interfaces.get(name)
    if record and record.get("RequesterManaged"):
        message = "You do not have permission to access the specified resource."
        raise RefusedError("AuthFailure", message)
    if record and record.get("Attachment"):
        message = f"Network interface '{name}' is currently in use."
        raise RefusedError("InvalidParameterValue", message)


def _detach_interface(ec2: Any, params: Params) -> None:
    name = param(params, "AttachmentId")
    for record in ec2._network_interfaces.values():
        attachment = record.get("Attachment") or {}
        if attachment.get("AttachmentId") == name and attachment.get("DeviceIndex") == 0:
            message = "The network interface at device index 0 cannot be detached."
            raise RefusedError("OperationNotPermitted", message)


def _snapshot(ec2: Any, params: Params) -> None:
    snapshot = param(params, "SnapshotId")
    for image in ec2._images.values():
        mappings = image.get("BlockDeviceMappings", [])
        if any(one.get("Ebs", {}).get("SnapshotId") == snapshot for one in mappings):
            message = f"The snapshot {snapshot} is currently in use by {image['ImageId']}"
            raise RefusedError("InvalidSnapshot.InUse", message)


def _termination(ec2: Any, params: Params) -> None:
    for name in member_list(params, "InstanceId"):
        instance = ec2._instances.get(name)
        if instance and instance.get("DisableApiTermination"):
            message = (
                f"The instance '{name}' may not be terminated. Modify its "
                "'disableApiTermination' instance attribute and try again."
            )
            raise RefusedError("OperationNotPermitted", message)


_CHECKS: dict[str, Check] = {
    "DeleteInternetGateway": _internet_gateway,
    "DeleteNetworkAcl": _network_acl,
    "DeleteNetworkInterface": _interface,
    "DeleteRouteTable": _route_table,
    "DeleteSecurityGroup": _security_group,
    "DeleteSnapshot": _snapshot,
    "DeleteSubnet": _subnet,
    "DeleteVpc": _vpc,
    "DetachInternetGateway": _detach_internet_gateway,
    "DetachNetworkInterface": _detach_interface,
    "DisassociateAddress": _disassociate_address,
    "ReleaseAddress": _address,
    "TerminateInstances": _termination,
}


def _terminate(ec2: Any, terminate: Callable[[Params], Answer], params: Params) -> Answer:
    """Start terminations; settle() finishes them a little later."""
    instances = [ec2._instances.get(name) for name in member_list(params, "InstanceId")]
    before = [dict(one["State"]) for one in instances if one]
    answer = terminate(params)
    if answer[0] != 200:
        return answer
    items = ""
    for instance, previous in zip(instances, before, strict=True):
        if previous["Name"] not in ("terminated", "shutting-down"):
            instance["State"] = {"Code": 32, "Name": "shutting-down"}
            instance["_terminated_at"] = time.time() + TERMINATION_SECONDS
        else:
            instance["State"] = previous
        current = instance["State"]
        items += (
            f"<item><instanceId>{instance['InstanceId']}</instanceId>"
            f"<currentState><code>{current['Code']}</code><name>{current['Name']}</name></currentState>"
            f"<previousState><code>{previous['Code']}</code><name>{previous['Name']}</name>"
            "</previousState></item>"
        )
    result: Answer = ec2._xml(
        200, "TerminateInstancesResponse", f"<instancesSet>{items}</instancesSet>"
    )
    return result


def _delete_nat(ec2: Any, delete: Callable[[Params], Answer], params: Params) -> Answer:
    gateway = ec2._nat_gateways.get(param(params, "NatGatewayId"))
    before = gateway and gateway["State"]
    answer = delete(params)
    if before in ("deleting", "deleted"):
        gateway["State"] = before
    elif gateway:
        gateway.update(State="deleting", _deleted_at=time.time() + NAT_DELETION_SECONDS)
    return answer


def _modify_instance(ec2: Any, params: Params) -> Answer:
    """Set termination protection; ministack does not implement ModifyInstanceAttribute."""
    name = param(params, "InstanceId")
    instance = ec2._instances.get(name)
    if instance is None:
        message = f"The instance ID '{name}' does not exist"
        missing: Answer = ec2._error("InvalidInstanceID.NotFound", message, 400)
        return missing
    if protection := param(params, "DisableApiTermination.Value"):
        instance["DisableApiTermination"] = protection.lower() == "true"
    done: Answer = ec2._xml(200, "ModifyInstanceAttributeResponse", "<return>true</return>")
    return done


def _show(ec2: Any, show: Callable[[Params], Answer], params: Params) -> Answer:
    """Report the termination protection; ministack always reports it as off."""
    status, headers, body = show(params)
    instance = ec2._instances.get(param(params, "InstanceId"))
    if instance and instance.get("DisableApiTermination"):
        plain = b"<disableApiTermination><value>false<"
        body = body.replace(plain, plain.replace(b"false", b"true"))
    return status, headers, body
