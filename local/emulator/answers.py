"""Completes EC2's answers with fields that AWS always returns and ministack omits."""

from collections.abc import Callable
from typing import Any

from local.emulator.engine import Answer, Params, load, member_list, param
from local.emulator.listings import LISTINGS, interface_xml

_CORES = {  # (default cores, threads per core), from the Amazon EC2 user guide
    "t2.micro": (1, 1),
    "t2.small": (1, 1),
    "t2.medium": (2, 1),
    "t3.nano": (1, 2),
    "t3.micro": (1, 2),
    "t3.small": (1, 2),
    "t3.medium": (1, 2),
    "t3.large": (1, 2),
    "m5.large": (1, 2),
    "m5.xlarge": (2, 2),
    "m5.2xlarge": (4, 2),
    "c5.large": (1, 2),
    "r5.large": (1, 2),
    "r5.xlarge": (2, 2),
    "t4g.micro": (2, 1),
    "m6g.large": (2, 1),
}
_UNKNOWN_TYPE = (1, 2)


def install() -> None:
    """Replace the functions that render incomplete answers."""
    ec2 = load("services.ec2")
    _extend(ec2, "_instance_xml", lambda record: _instance_extra(ec2, record))
    _extend(ec2, "_vpce_fields_xml", lambda record: _endpoint_extra(ec2, record))
    ec2._eni_fields_xml = lambda record, tag="item": f"<{tag}>{interface_xml(ec2, record)}</{tag}>"
    volume_xml = ec2._volume_inner_xml
    ec2._volume_inner_xml = lambda record: volume_xml(record) + _throughput(record)
    for action, answer in LISTINGS.items():
        ec2._ACTION_MAP[action] = _bind(ec2, answer)
    for action, completion in _COMPLETIONS.items():
        ec2._ACTION_MAP[action] = _completed(ec2, ec2._ACTION_MAP[action], completion)
    attribute = ec2._ACTION_MAP["DescribeInstanceAttribute"]
    ec2._ACTION_MAP["DescribeInstanceAttribute"] = lambda params: _with_value(attribute(params))
    launch = ec2._launch_instances_internal

    def launch_where_asked(*args: Any, **options: Any) -> list[dict[str, Any]]:
        launched: list[dict[str, Any]] = launch(*args, **options)
        for instance in launched:
            _place(ec2, instance)
        return launched

    ec2._launch_instances_internal = launch_where_asked


def _with_value(answer: Answer) -> Answer:
    """Return an attribute of an instance with its value, which ministack leaves out for some."""
    status, headers, body = answer
    name = "disableApiStop"
    value = f"<{name}><value>false</value></{name}>"
    return status, headers, body.replace(f"<{name}/>".encode(), value.encode())


def _bind(ec2: Any, answer: Callable[[Any, Params], Answer]) -> Callable[[Params], Answer]:
    return lambda params: answer(ec2, params)


def _extend(ec2: Any, name: str, extra: Callable[[dict[str, Any]], str]) -> None:
    """Append elements inside the outermost element that a rendering function returns."""
    render = getattr(ec2, name)

    def extended(record: dict[str, Any], *args: Any, **options: Any) -> str:
        text: str = render(record, *args, **options)
        end = text.rindex("</")
        return text[:end] + extra(record) + text[end:]

    setattr(ec2, name, extended)


def _completed(
    ec2: Any, action: Callable[[Params], Answer], complete: Callable[[Any, Params, set[str]], None]
) -> Callable[[Params], Answer]:
    """Wrap an action so that `complete` gets the ids of the records that the action added."""
    stores = (ec2._network_interfaces, ec2._vpc_endpoints, ec2._instances, ec2._network_acls)

    def run(params: Params) -> Answer:
        before = {key for store in stores for key in store}
        answer = action(params)
        complete(ec2, params, {key for store in stores for key in store} - before)
        return answer

    return run


def _place(ec2: Any, instance: dict[str, Any]) -> None:
    """Move an instance to its subnet's zone and, without a group, to its VPC's default group."""
    subnet = ec2._subnets.get(instance["SubnetId"])
    if subnet is None:
        return
    instance["Placement"]["AvailabilityZone"] = subnet["AvailabilityZone"]
    for mapping in instance["BlockDeviceMappings"]:
        volume = ec2._volumes.get(mapping["Ebs"]["VolumeId"])
        volume["AvailabilityZone"] = subnet["AvailabilityZone"]
    if [one["GroupId"] for one in instance["SecurityGroups"]] == [ec2._DEFAULT_SG_ID]:
        group = ec2._vpcs[subnet["VpcId"]]["DefaultSecurityGroupId"]
        instance["SecurityGroups"] = [{"GroupId": group, "GroupName": "default"}]


def _complete_instances(ec2: Any, params: Params, added: set[str]) -> None:
    for name in added:
        for mapping in ec2._instances[name]["BlockDeviceMappings"]:
            ec2._parse_tag_specs(params, "volume", mapping["Ebs"]["VolumeId"])
        protection = param(params, "DisableApiTermination").lower() == "true"
        ec2._instances[name]["DisableApiTermination"] = protection


def _complete_interface(ec2: Any, params: Params, added: set[str]) -> None:
    for name in added:
        record = ec2._network_interfaces[name]
        ec2._parse_tag_specs(params, "network-interface", name)
        if not member_list(params, "SecurityGroupId"):
            group = ec2._vpcs[record["VpcId"]]["DefaultSecurityGroupId"]
            record["Groups"] = [{"GroupId": group, "GroupName": "default"}]


def _complete_endpoint(ec2: Any, params: Params, added: set[str]) -> None:
    for name in added:
        record = ec2._vpc_endpoints[name]
        record["Groups"] = member_list(params, "SecurityGroupId")
        record["CreationTimestamp"] = ec2._now_ts()


_COMPLETIONS = {
    "CreateNetworkInterface": _complete_interface,
    "CreateVpcEndpoint": _complete_endpoint,
    "RunInstances": _complete_instances,
}


def _throughput(volume: dict[str, Any]) -> str:
    return f"<throughput>{volume['Throughput']}</throughput>" if volume.get("Throughput") else ""


def _instance_extra(ec2: Any, instance: dict[str, Any]) -> str:
    cores, threads = _CORES.get(instance["InstanceType"], _UNKNOWN_TYPE)
    interfaces = "".join(
        f"<item>{interface_xml(ec2, record)}</item>"
        for record in ec2._network_interfaces.values()
        if (record.get("Attachment") or {}).get("InstanceId") == instance["InstanceId"]
    )
    return (
        f"<cpuOptions><coreCount>{cores}</coreCount><threadsPerCore>{threads}</threadsPerCore>"
        "</cpuOptions><ebsOptimized>false</ebsOptimized><enaSupport>true</enaSupport>"
        "<platformDetails>Linux/UNIX</platformDetails>"
        f"<networkInterfaceSet>{interfaces}</networkInterfaceSet>"
    )


def _endpoint_extra(ec2: Any, endpoint: dict[str, Any]) -> str:
    name = endpoint["VpcEndpointId"]
    groups = "".join(
        f"<item><groupId>{group}</groupId></item>" for group in endpoint.get("Groups", [])
    )
    interfaces = "".join(
        f"<item>{record['NetworkInterfaceId']}</item>"
        for record in ec2._network_interfaces.values()
        if record.get("_owner") == name
    )
    created = endpoint.get("CreationTimestamp", ec2._now_ts())
    return (
        f"<groupSet>{groups}</groupSet><networkInterfaceIdSet>{interfaces}</networkInterfaceIdSet>"
        f"<creationTimestamp>{created}</creationTimestamp>"
    )
