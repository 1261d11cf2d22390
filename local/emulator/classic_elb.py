"""The classic Elastic Load Balancing API (version 2012-06-01), which ministack lacks."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4
from xml.sax.saxutils import escape

from local.emulator.engine import Answer, Params, load, member_list, param

VERSION = "2012-06-01"
_NAMESPACE = f"http://elasticloadbalancing.amazonaws.com/doc/{VERSION}/"
_DEFAULT_PAGE_SIZE = 400  # DescribeLoadBalancers, Elastic Load Balancing API reference

Balancer = dict[str, Any]
balancers: Any = None  # name -> Balancer, in the account and region of the current request


class ElbError(Exception):
    """An error that the API reports to its caller."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def install() -> None:
    """Answer requests for the classic API version before ministack's newer API sees them."""
    global balancers
    balancers = load("core.responses").AccountRegionScopedDict()
    alb = load("services.alb")
    newer = alb.handle_request

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Params
    ) -> Answer:
        params = _form(body, query)
        if param(params, "Version") == VERSION:
            return answer(params)
        result: Answer = await newer(method, path, headers, body, query)
        return result

    alb.handle_request = handle_request


def answer(params: Params) -> Answer:
    """Run one action and wrap its result in the envelope of the query protocol."""
    name = param(params, "Action")
    action = _ACTIONS.get(name)
    try:
        if action is None:
            raise ElbError(
                "InvalidAction", f"Could not find operation {name} for version {VERSION}"
            )
        result = action(params)
    except ElbError as error:
        fault = (
            f"<Type>Sender</Type><Code>{error.code}</Code><Message>{escape(str(error))}</Message>"
        )
        return _envelope(400, "ErrorResponse", f"<Error>{fault}</Error>")
    return _envelope(200, f"{name}Response", f"<{name}Result>{result}</{name}Result>")


def _envelope(status: int, root: str, inner: str) -> Answer:
    metadata = f"<ResponseMetadata><RequestId>{uuid4()}</RequestId></ResponseMetadata>"
    body = f'<{root} xmlns="{_NAMESPACE}">{inner}{metadata}</{root}>'
    return status, {"Content-Type": "text/xml"}, body.encode()


def _form(body: bytes, query: Params) -> Params:
    return {**query, **parse_qs(body.decode("utf-8", errors="replace"), keep_blank_values=True)}


def _create(params: Params) -> str:
    name, subnets = param(params, "LoadBalancerName"), member_list(params, "Subnets.member")
    if name in balancers:
        raise ElbError("DuplicateLoadBalancerName", f"Load balancer {name} already exists")
    ec2 = load("services.ec2")
    region = load("core.responses").get_region()
    homes = [ec2._subnets.get(subnet) for subnet in subnets]
    if not all(homes):
        raise ElbError("SubnetNotFound", "One or more of the specified subnets do not exist")
    zones = [home["AvailabilityZone"] for home in homes]
    balancers[name] = {
        "name": name,
        "dns": f"{name}-{uuid4().int % 10**9}.{region}.elb.amazonaws.com",
        "vpc": homes[0]["VpcId"] if homes else ec2._DEFAULT_VPC_ID,
        "subnets": subnets,
        "zones": zones or member_list(params, "AvailabilityZones.member"),
        "groups": member_list(params, "SecurityGroups.member"),
        "scheme": param(params, "Scheme", "internet-facing"),
        "listeners": _listeners(params),
        "instances": [],
        "tags": _tags(params),
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-4] + "Z",
    }
    return f"<DNSName>{balancers[name]['dns']}</DNSName>"


def _listeners(params: Params) -> list[dict[str, str]]:
    fields = ("Protocol", "LoadBalancerPort", "InstanceProtocol", "InstancePort")
    found: list[dict[str, str]] = []
    while param(params, f"{(prefix := f'Listeners.member.{len(found) + 1}')}.Protocol"):
        listener = {field: param(params, f"{prefix}.{field}") for field in fields}
        listener["InstanceProtocol"] = listener["InstanceProtocol"] or listener["Protocol"]
        found.append(listener)
    return found


def _tags(params: Params) -> dict[str, str]:
    tags: dict[str, str] = {}
    while key := param(params, f"Tags.member.{len(tags) + 1}.Key"):
        tags[key] = param(params, f"Tags.member.{len(tags) + 1}.Value")
    return tags


def _find(name: str) -> Balancer:
    if name not in balancers:
        raise ElbError("LoadBalancerNotFound", f"There is no ACTIVE Load Balancer named '{name}'")
    found: Balancer = balancers[name]
    return found


def _describe(params: Params) -> str:
    names = member_list(params, "LoadBalancerNames.member")
    found = [_find(name) for name in names] if names else list(balancers.values())
    start = int(param(params, "Marker") or 0)
    end = start + int(param(params, "PageSize") or _DEFAULT_PAGE_SIZE)
    marker = f"<NextMarker>{end}</NextMarker>" if end < len(found) else ""
    shown = _members(_xml(balancer) for balancer in found[start:end])
    return f"<LoadBalancerDescriptions>{shown}</LoadBalancerDescriptions>{marker}"


def _members(values: Iterable[str]) -> str:
    return "".join(f"<member>{value}</member>" for value in values)


def _xml(balancer: Balancer) -> str:
    account = load("core.responses").get_account_id()
    listeners = _members(
        f"<Listener>{''.join(f'<{k}>{v}</{k}>' for k, v in listener.items())}</Listener>"
        "<PolicyNames/>"
        for listener in balancer["listeners"]
    )
    return f"""<LoadBalancerName>{balancer["name"]}</LoadBalancerName>
        <DNSName>{balancer["dns"]}</DNSName>
        <CanonicalHostedZoneName>{balancer["dns"]}</CanonicalHostedZoneName>
        <CanonicalHostedZoneNameID>Z35SXDOTRQ7X7K</CanonicalHostedZoneNameID>
        <ListenerDescriptions>{listeners}</ListenerDescriptions>
        <Policies><AppCookieStickinessPolicies/><LBCookieStickinessPolicies/><OtherPolicies/></Policies>
        <BackendServerDescriptions/>
        <AvailabilityZones>{_members(balancer["zones"])}</AvailabilityZones>
        <Subnets>{_members(balancer["subnets"])}</Subnets>
        <VPCId>{balancer["vpc"]}</VPCId>
        <Instances>{_instances_xml(balancer)}</Instances>
        <HealthCheck><Target>TCP:80</Target><Interval>30</Interval><Timeout>5</Timeout>
          <UnhealthyThreshold>2</UnhealthyThreshold><HealthyThreshold>10</HealthyThreshold></HealthCheck>
        <SourceSecurityGroup><OwnerAlias>{account}</OwnerAlias><GroupName>default</GroupName>
        </SourceSecurityGroup>
        <SecurityGroups>{_members(balancer["groups"])}</SecurityGroups>
        <CreatedTime>{balancer["created"]}</CreatedTime>
        <Scheme>{balancer["scheme"]}</Scheme>"""


def _instances_xml(balancer: Balancer) -> str:
    return _members(f"<InstanceId>{instance}</InstanceId>" for instance in balancer["instances"])


def _describe_tags(params: Params) -> str:
    found = [_find(name) for name in member_list(params, "LoadBalancerNames.member")]
    descriptions = _members(
        f"<LoadBalancerName>{balancer['name']}</LoadBalancerName><Tags>"
        + _members(
            f"<Key>{escape(key)}</Key><Value>{escape(value)}</Value>"
            for key, value in balancer["tags"].items()
        )
        + "</Tags>"
        for balancer in found
    )
    return f"<TagDescriptions>{descriptions}</TagDescriptions>"


def _add_tags(params: Params) -> str:
    for name in member_list(params, "LoadBalancerNames.member"):
        _find(name)["tags"].update(_tags(params))
    return ""


def _remove_tags(params: Params) -> str:
    index = 1
    while key := param(params, f"Tags.member.{index}.Key"):
        for name in member_list(params, "LoadBalancerNames.member"):
            _find(name)["tags"].pop(key, None)
        index += 1
    return ""


def _instance_ids(params: Params) -> list[str]:
    found: list[str] = []
    while instance := param(params, f"Instances.member.{len(found) + 1}.InstanceId"):
        found.append(instance)
    return found


def _register(params: Params) -> str:
    balancer = _find(param(params, "LoadBalancerName"))
    known = load("services.ec2")._instances
    for instance in _instance_ids(params):
        if instance not in known:
            raise ElbError("InvalidInstance", f"EC2 instance {instance} not found")
        if instance not in balancer["instances"]:
            balancer["instances"].append(instance)
    return f"<Instances>{_instances_xml(balancer)}</Instances>"


def _deregister(params: Params) -> str:
    balancer = _find(param(params, "LoadBalancerName"))
    leaving = _instance_ids(params)
    balancer["instances"] = [one for one in balancer["instances"] if one not in leaving]
    return f"<Instances>{_instances_xml(balancer)}</Instances>"


def _health(params: Params) -> str:
    balancer = _find(param(params, "LoadBalancerName"))
    instances = load("services.ec2")._instances

    def state(instance: str) -> str:
        record = instances.get(instance)
        running = record is not None and record["State"]["Name"] == "running"
        return "InService" if running else "OutOfService"

    states = _members(
        f"<InstanceId>{one}</InstanceId><State>{state(one)}</State>"
        for one in balancer["instances"]
    )
    return f"<InstanceStates>{states}</InstanceStates>"


def _attributes(params: Params) -> str:
    _find(param(params, "LoadBalancerName"))
    return """<LoadBalancerAttributes>
        <CrossZoneLoadBalancing><Enabled>false</Enabled></CrossZoneLoadBalancing>
        <AccessLog><Enabled>false</Enabled></AccessLog>
        <ConnectionDraining><Enabled>true</Enabled><Timeout>300</Timeout></ConnectionDraining>
        <ConnectionSettings><IdleTimeout>60</IdleTimeout></ConnectionSettings>
        </LoadBalancerAttributes>"""


def _delete(params: Params) -> str:
    # AWS reports success even if the load balancer does not exist.
    balancers.pop(param(params, "LoadBalancerName"), None)
    return ""


_ACTIONS: dict[str, Callable[[Params], str]] = {
    "AddTags": _add_tags,
    "CreateLoadBalancer": _create,
    "DeleteLoadBalancer": _delete,
    "DeregisterInstancesFromLoadBalancer": _deregister,
    "DescribeInstanceHealth": _health,
    "DescribeLoadBalancerAttributes": _attributes,
    "DescribeLoadBalancers": _describe,
    "DescribeTags": _describe_tags,
    "RegisterInstancesWithLoadBalancer": _register,
    "RemoveTags": _remove_tags,
}
