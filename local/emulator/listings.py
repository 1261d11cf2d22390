"""Lists EC2 interfaces, addresses and NAT gateways with all fields that AWS returns."""

from typing import Any
from xml.sax.saxutils import escape

from local.emulator.engine import Answer, Params, member_list


def interface_xml(ec2: Any, record: dict[str, Any]) -> str:
    """Render one network interface, for a list of interfaces or for an instance."""
    groups = "".join(
        f"<item><groupId>{group['GroupId']}</groupId><groupName>{group['GroupName']}</groupName></item>"
        for group in record["Groups"]
    )
    managed = str(record.get("RequesterManaged", False)).lower()
    requester = (
        f"<requesterId>{record['RequesterId']}</requesterId>" if "RequesterId" in record else ""
    )
    address = record["PrivateIpAddress"]
    return f"""<networkInterfaceId>{record["NetworkInterfaceId"]}</networkInterfaceId>
        <subnetId>{record["SubnetId"]}</subnetId><vpcId>{record["VpcId"]}</vpcId>
        <availabilityZone>{record["AvailabilityZone"]}</availabilityZone>
        <description>{escape(record["Description"])}</description>
        <ownerId>{record["OwnerId"]}</ownerId>{requester}
        <requesterManaged>{managed}</requesterManaged>
        <status>{record["Status"]}</status><macAddress>{record["MacAddress"]}</macAddress>
        <privateIpAddress>{address}</privateIpAddress>
        <sourceDestCheck>{str(record["SourceDestCheck"]).lower()}</sourceDestCheck>
        <interfaceType>{record["InterfaceType"]}</interfaceType>
        <groupSet>{groups}</groupSet>
        <privateIpAddressesSet><item><privateIpAddress>{address}</privateIpAddress>
          <primary>true</primary></item></privateIpAddressesSet>
        {_attachment_xml(record.get("Attachment") or {})}
        {ec2._tag_set_xml(record["NetworkInterfaceId"])}"""


def _attachment_xml(attachment: dict[str, Any]) -> str:
    names = {
        "AttachmentId": "attachmentId",
        "InstanceId": "instanceId",
        "InstanceOwnerId": "instanceOwnerId",
        "DeviceIndex": "deviceIndex",
        "Status": "status",
        "AttachTime": "attachTime",
    }
    shown = "".join(
        f"<{tag}>{attachment[key]}</{tag}>" for key, tag in names.items() if key in attachment
    )
    ends = str(attachment.get("DeleteOnTermination", False)).lower()
    if not shown:
        return ""
    return f"<attachment>{shown}<deleteOnTermination>{ends}</deleteOnTermination></attachment>"


def _selected(
    ec2: Any, params: Params, key: str, ids: str, records: Any, fields: dict[str, str]
) -> list[dict[str, Any]]:
    """Return the records that match the id list and the filters of a describe call."""
    wanted, filters = member_list(params, ids), ec2._parse_filters(params)

    def matches(record: dict[str, Any]) -> bool:
        if wanted and record[key] not in wanted:
            return False
        plain = {name: values for name, values in filters.items() if name in fields}
        if any(str(record.get(fields[name])) not in values for name, values in plain.items()):
            return False
        return bool(ec2._resource_matches_tag_filters(record[key], filters))

    return [record for record in records.values() if matches(record)]


def _interfaces(ec2: Any, params: Params) -> Answer:
    missing = set(member_list(params, "NetworkInterfaceId")) - set(ec2._network_interfaces)
    if missing:
        message = f"The networkInterface ID '{missing.pop()}' does not exist"
        unknown: Answer = ec2._error("InvalidNetworkInterfaceID.NotFound", message, 400)
        return unknown
    fields = {
        "vpc-id": "VpcId",
        "subnet-id": "SubnetId",
        "status": "Status",
        "description": "Description",
        "network-interface-id": "NetworkInterfaceId",
    }
    records = ec2._network_interfaces
    found = _selected(ec2, params, "NetworkInterfaceId", "NetworkInterfaceId", records, fields)
    items = "".join(f"<item>{interface_xml(ec2, record)}</item>" for record in found)
    answer: Answer = ec2._xml(
        200,
        "DescribeNetworkInterfacesResponse",
        f"<networkInterfaceSet>{items}</networkInterfaceSet>",
    )
    return answer


def _addresses(ec2: Any, params: Params) -> Answer:
    missing = set(member_list(params, "AllocationId")) - set(ec2._addresses)
    if missing:
        message = f"The allocation ID '{missing.pop()}' does not exist"
        unknown: Answer = ec2._error("InvalidAllocationID.NotFound", message, 400)
        return unknown
    names = {
        "AllocationId": "allocationId",
        "PublicIp": "publicIp",
        "Domain": "domain",
        "AssociationId": "associationId",
        "InstanceId": "instanceId",
        "NetworkInterfaceId": "networkInterfaceId",
        "PrivateIpAddress": "privateIpAddress",
    }
    fields = {"allocation-id": "AllocationId", "public-ip": "PublicIp", "domain": "Domain"}
    items = ""
    for record in _selected(ec2, params, "AllocationId", "AllocationId", ec2._addresses, fields):
        shown = "".join(
            f"<{tag}>{record[key]}</{tag}>" for key, tag in names.items() if record[key]
        )
        items += f"<item>{shown}{ec2._tag_set_xml(record['AllocationId'])}</item>"
    answer: Answer = ec2._xml(
        200, "DescribeAddressesResponse", f"<addressesSet>{items}</addressesSet>"
    )
    return answer


def _nat_gateways(ec2: Any, params: Params) -> Answer:
    missing = set(member_list(params, "NatGatewayId")) - set(ec2._nat_gateways)
    if missing:
        message = f"The Nat Gateway {missing.pop()} was not found"
        unknown: Answer = ec2._error("NatGatewayNotFound", message, 400)
        return unknown
    fields = {"state": "State", "vpc-id": "VpcId", "subnet-id": "SubnetId"}
    records = ec2._nat_gateways
    items = "".join(
        f"<item>{_nat_xml(ec2, record)}</item>"
        for record in _selected(ec2, params, "NatGatewayId", "NatGatewayId", records, fields)
    )
    answer: Answer = ec2._xml(
        200, "DescribeNatGatewaysResponse", f"<natGatewaySet>{items}</natGatewaySet>"
    )
    return answer


def _nat_xml(ec2: Any, record: dict[str, Any]) -> str:
    address = ec2._addresses.get(record.get("AllocationId"))
    shown = ""
    if address and address["NetworkInterfaceId"]:
        shown = (
            f"<item><publicIp>{address['PublicIp']}</publicIp>"
            f"<allocationId>{address['AllocationId']}</allocationId>"
            f"<privateIp>{address['PrivateIpAddress']}</privateIp>"
            f"<networkInterfaceId>{address['NetworkInterfaceId']}</networkInterfaceId></item>"
        )
    return f"""<natGatewayId>{record["NatGatewayId"]}</natGatewayId>
        <subnetId>{record["SubnetId"]}</subnetId><vpcId>{record["VpcId"]}</vpcId>
        <state>{record["State"]}</state><createTime>{record["CreateTime"]}</createTime>
        <connectivityType>{record["ConnectivityType"]}</connectivityType>
        <natGatewayAddressSet>{shown}</natGatewayAddressSet>
        {ec2._tag_set_xml(record["NatGatewayId"])}"""


LISTINGS = {
    "DescribeAddresses": _addresses,
    "DescribeNatGateways": _nat_gateways,
    "DescribeNetworkInterfaces": _interfaces,
}
