"""Changes that AWS makes over time: deletions complete, and interfaces follow their owners."""

import time
from collections.abc import Iterator
from hashlib import sha1
from typing import Any

from local.emulator import classic_elb
from local.emulator.engine import load

NAT_DELETION_SECONDS = 3.0
TERMINATION_SECONDS = 2.0

Record = dict[str, Any]


def settle() -> None:
    """Update EC2's records of the current account and region to their state on AWS at this time."""
    ec2 = load("services.ec2")
    now = time.time()
    for instance in ec2._instances.values():
        if instance["State"]["Name"] == "shutting-down" and instance["_terminated_at"] <= now:
            _terminate(ec2, instance)
    for gateway in ec2._nat_gateways.values():
        if gateway["State"] == "deleting" and gateway["_deleted_at"] <= now:
            gateway["State"] = "deleted"
    _settle_associations(ec2)
    _settle_interfaces(ec2)
    _settle_addresses(ec2)


def _terminate(ec2: Any, instance: Record) -> None:
    """Finish a termination: delete volumes with DeleteOnTermination, detach the others."""
    instance["State"] = {"Code": 48, "Name": "terminated"}
    instance["BlockDeviceMappings"] = []
    for volume_id, volume in ec2._volumes.items():
        for attachment in volume["Attachments"]:
            if attachment["InstanceId"] != instance["InstanceId"]:
                continue
            if attachment["DeleteOnTermination"]:
                ec2._volumes.pop(volume_id, None)
                ec2._tags.pop(volume_id, None)
            else:
                volume.update(State="available", Attachments=[])


def _settle_associations(ec2: Any) -> None:
    """Remove the associations of deleted subnets, and give subnets without ACL the default one."""
    subnets = ec2._subnets
    for table in ec2._route_tables.values():
        table["Associations"] = [
            one
            for one in table["Associations"]
            if one.get("Main") or one.get("SubnetId") in subnets
        ]
    associated = set()
    for acl in ec2._network_acls.values():
        acl["Associations"] = [one for one in acl["Associations"] if one["SubnetId"] in subnets]
        associated |= {one["SubnetId"] for one in acl["Associations"]}
    defaults = {acl["VpcId"]: acl for acl in ec2._network_acls.values() if acl["IsDefault"]}
    for subnet_id, subnet in subnets.items():
        if subnet_id not in associated and (acl := defaults.get(subnet["VpcId"])):
            association = {
                "NetworkAclAssociationId": derived_id("aclassoc", acl["NetworkAclId"], subnet_id),
                "SubnetId": subnet_id,
            }
            acl["Associations"].append(association)


def derived_id(prefix: str, *parts: str) -> str:
    """Return an id derived from its parts, so that it is the same at each call."""
    digest = sha1("|".join(parts).encode(), usedforsecurity=False).hexdigest()
    return f"{prefix}-{digest[:17]}"


def _settle_interfaces(ec2: Any) -> None:
    known = ec2._network_interfaces
    wanted = {record["NetworkInterfaceId"]: record for record in _owned_interfaces(ec2)}
    for interface_id, record in known.items():
        if record.get("_owner") and interface_id not in wanted:
            known.pop(interface_id, None)
        elif (attachment := record.get("Attachment")) and not record.get("_owner"):
            _free_when_terminated(ec2, record, attachment)
    for interface_id, record in wanted.items():
        if interface_id not in known:
            known[interface_id] = record


def _free_when_terminated(ec2: Any, record: Record, attachment: Record) -> None:
    instance = ec2._instances.get(attachment.get("InstanceId"))
    if instance is None or instance["State"]["Name"] == "terminated":
        record.update(Status="available", Attachment=None)


def _owned_interfaces(ec2: Any) -> Iterator[Record]:
    """Yield the interfaces that instances and managed services hold in their subnets."""
    for instance in ec2._instances.values():
        if instance["State"]["Name"] != "terminated":
            yield _of_instance(ec2, instance)
    for gateway in ec2._nat_gateways.values():
        if gateway["State"] != "deleted":
            name = gateway["NatGatewayId"]
            text = f"Interface for NAT Gateway {name}"
            yield _managed(ec2, name, gateway["SubnetId"], text, "nat_gateway", "amazon-aws", [])
    for balancer in load("services.alb")._lbs.values():
        tail = balancer["LoadBalancerArn"].split(":loadbalancer/")[1]
        for subnet in balancer["Subnets"]:
            groups = balancer["SecurityGroups"]
            yield _managed(ec2, tail, subnet, f"ELB {tail}", "interface", "amazon-elb", groups)
    for balancer in classic_elb.balancers.values():
        for subnet in balancer["subnets"]:
            name, groups = balancer["name"], balancer["groups"]
            yield _managed(ec2, name, subnet, f"ELB {name}", "interface", "amazon-elb", groups)
    for endpoint in ec2._vpc_endpoints.values():
        name, groups = endpoint["VpcEndpointId"], endpoint.get("Groups", [])
        for subnet in endpoint["SubnetIds"]:
            text = f"VPC Endpoint Interface {name}"
            yield _managed(ec2, name, subnet, text, "vpc_endpoint", "amazon-aws", groups)
    yield from _of_databases(ec2)


def _of_databases(ec2: Any) -> Iterator[Record]:
    for database in load("services.rds")._instances.values():
        members = (database.get("DBSubnetGroup") or {}).get("Subnets") or []
        subnets = [member["SubnetIdentifier"] for member in members]
        homes = [subnet for subnet in subnets if subnet in ec2._subnets]
        groups = [one["VpcSecurityGroupId"] for one in database.get("VpcSecurityGroups", [])]
        if homes:
            name = database["DBInstanceIdentifier"]
            text = "RDSNetworkInterface"
            yield _managed(ec2, name, homes[0], text, "interface", "amazon-rds", groups)


def _of_instance(ec2: Any, instance: Record) -> Record:
    name = instance["InstanceId"]
    groups = [group["GroupId"] for group in instance["SecurityGroups"]]
    record = _record(ec2, name, instance["SubnetId"], groups)
    return record | {
        "Description": "",
        "InterfaceType": "interface",
        "PrivateIpAddress": instance["PrivateIpAddress"],
        "RequesterManaged": False,
        "Attachment": {
            "AttachmentId": derived_id("eni-attach", name),
            "InstanceId": name,
            "InstanceOwnerId": record["OwnerId"],
            "DeviceIndex": 0,
            "Status": "attached",
            "AttachTime": instance["LaunchTime"],
            "DeleteOnTermination": True,
        },
    }


def _managed(
    ec2: Any, owner: str, subnet: str, text: str, kind: str, requester: str, groups: list[str]
) -> Record:
    """Return the record of an interface that an AWS service creates and removes."""
    return _record(ec2, owner, subnet, groups) | {
        "Description": text,
        "InterfaceType": kind,
        "RequesterManaged": True,
        "RequesterId": requester,
        "Attachment": {
            "AttachmentId": derived_id("ela-attach", owner, subnet),
            "InstanceOwnerId": requester,
            "DeviceIndex": 1,
            "Status": "attached",
            "DeleteOnTermination": False,
        },
    }


def _record(ec2: Any, owner: str, subnet_id: str, groups: list[str]) -> Record:
    responses = load("core.responses")
    subnet = ec2._subnets.get(subnet_id, {})
    digest = sha1(f"{owner}|{subnet_id}".encode(), usedforsecurity=False).digest()
    return {
        "_owner": owner,
        "NetworkInterfaceId": derived_id("eni", responses.get_account_id(), owner, subnet_id),
        "SubnetId": subnet_id,
        "VpcId": subnet.get("VpcId", ec2._DEFAULT_VPC_ID),
        "AvailabilityZone": subnet.get("AvailabilityZone", f"{responses.get_region()}a"),
        "OwnerId": responses.get_account_id(),
        "Status": "in-use",
        "PrivateIpAddress": f"10.0.{digest[0]}.{digest[1] or 1}",
        "SourceDestCheck": True,
        "MacAddress": "02:" + ":".join(f"{byte:02x}" for byte in digest[2:7]),
        "Groups": [
            {
                "GroupId": group,
                "GroupName": ec2._security_groups.get(group, {}).get("GroupName", group),
            }
            for group in groups
        ],
    }


def _settle_addresses(ec2: Any) -> None:
    """Associate elastic IPs with the interfaces that use them, until those are gone."""
    interfaces = {record.get("_owner"): record for record in ec2._network_interfaces.values()}
    gateways = {
        gateway["AllocationId"]: gateway["NatGatewayId"]
        for gateway in ec2._nat_gateways.values()
        if gateway["State"] != "deleted" and gateway.get("AllocationId")
    }
    for allocation, address in ec2._addresses.items():
        interface = interfaces.get(gateways.get(allocation) or address.get("InstanceId"))
        if interface is None:
            free = ("AssociationId", "InstanceId", "NetworkInterfaceId", "PrivateIpAddress")
            address.update(dict.fromkeys(free))
            continue
        association = address["AssociationId"] or derived_id("eipassoc", allocation)
        address.update(
            AssociationId=association,
            NetworkInterfaceId=interface["NetworkInterfaceId"],
            PrivateIpAddress=interface["PrivateIpAddress"],
        )
