"""Identifies the API call in an HTTP request, and renders errors in that call's wire format."""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

import botocore.loaders

from local.emulator.engine import Answer, load

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_OPERATION_PATH = re.compile(r"^/service/[^/]+/operation/(\w+)$")
_READING = (
    "BatchGet|Check|Describe|Detect|Estimate|Filter|Get|Head|List|Lookup|Query|Scan|Search|Select|"
    "Simulate|StartQuery$|Test|Validate|AssumeRole"
)
_READ_ONLY = re.compile(f"^({_READING})")
_IDENTIFIER = re.compile(r"(Id|Name|Names|Arn|Arns|Identifier|Ids)(\.member)?(\.\d+)?(\.\w+Id)?$")

# The service name in a signature may differ from the name of boto3's client.
_CLIENT_NAMES = {
    "airflow": ("mwaa",),
    "bedrock": ("bedrock", "bedrock-agent"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2",),
    "es": ("opensearch",),
    "kinesis-firehose": ("firehose",),
    "monitoring": ("cloudwatch",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "servicecatalog-appregistry": ("servicecatalog",),
    "ses": ("sesv2",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One API call as its sender signed it."""

    service: str
    action: str
    protocol: str  # ec2, query, json, cbor, rest-json or rest-xml
    access_key: str
    region: str
    signed_for: str
    read_only: bool
    params: dict[str, str] = field(default_factory=dict)


def read_call(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> Call | None:
    """Return the call that a request makes, or None if the request is not signed."""
    signature = headers.get("authorization", "")
    parsed = parse_qs(query, keep_blank_values=True)
    if "X-Amz-Credential" in parsed:
        signature = f"Credential={parsed['X-Amz-Credential'][0]}"
    found = _CREDENTIAL.search(signature)
    if not found:
        return None
    access_key, region, signed_for = found.groups()
    service, action, protocol, params = _operation(signed_for, method, path, parsed, headers, body)
    reads = bool(_READ_ONLY.match(action)) or (not action and method in ("GET", "HEAD"))
    action = action or method
    return Call(service, action, protocol, access_key, region, signed_for, reads, params)


def _operation(
    signed_for: str,
    method: str,
    path: str,
    query: dict[str, list[str]],
    headers: dict[str, str],
    body: bytes,
) -> tuple[str, str, str, dict[str, str]]:
    names = _CLIENT_NAMES.get(signed_for, (signed_for,))
    if target := headers.get("x-amz-target"):
        return names[0], target.rpartition(".")[2], "json", _json_params(body)
    if found := _OPERATION_PATH.match(path):
        return names[0], found.group(1), "cbor", {}
    form = query
    if "form-urlencoded" in headers.get("content-type", ""):
        form = query | parse_qs(body.decode("utf-8", errors="replace"))
    if "Action" in form:
        service = "elb" if form.get("Version") == ["2012-06-01"] else names[0]
        params = {key: values[0] for key, values in form.items() if _IDENTIFIER.search(key)}
        return service, form["Action"][0], "ec2" if service == "ec2" else "query", params
    for name in names:
        if route := _best_route(name, method, path, query, headers):
            return name, *route
    return names[0], "", "rest-xml" if signed_for == "s3" else "rest-json", {}


def _json_params(body: bytes) -> dict[str, str]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    texts = {key: value for key, value in document.items() if isinstance(value, str)}
    return {k: v for k, v in texts.items() if _IDENTIFIER.search(k[:1].upper() + k[1:])}


@dataclass(frozen=True, slots=True)
class Route:
    """The HTTP request of a REST operation, according to the service model."""

    action: str
    method: str
    path: re.Pattern[str]
    query: tuple[tuple[str, str], ...]
    required: tuple[str, ...]
    headers: tuple[str, ...]

    @property
    def detail(self) -> int:
        """Specificity of the route: if several match, the one with the highest value wins."""
        literals = len(re.sub(r"\(\?P<\w+>[^)]*\)", "", self.path.pattern))
        return 1000 * (len(self.query) + len(self.required) + len(self.headers)) + literals


def _best_route(
    name: str, method: str, path: str, query: dict[str, list[str]], headers: dict[str, str]
) -> tuple[str, str, dict[str, str]] | None:
    protocol, routes = _routes(name)
    for route in routes:
        found = route.path.match(path) if route.method == method else None
        if (
            found
            and all(query.get(key) == [value] for key, value in route.query)
            and all(key in query for key in route.required)
            and all(key in headers for key in route.headers)
        ):
            return route.action, protocol, {k: unquote(v) for k, v in found.groupdict().items()}
    return None


@cache
def _routes(name: str) -> tuple[str, tuple[Route, ...]]:
    """Return protocol and routes of a service from botocore's model, the most specific first."""
    try:
        model = botocore.loaders.Loader().load_service_model(name, "service-2")
    except botocore.exceptions.UnknownServiceError:
        return "rest-json", ()
    protocol = model["metadata"]["protocol"]
    if not protocol.startswith("rest"):
        return protocol, ()
    routes = [_route(operation, model["shapes"]) for operation in model["operations"].values()]
    return protocol, tuple(sorted(routes, key=lambda route: route.detail, reverse=True))


def _route(operation: dict[str, dict[str, str]], shapes: dict[str, dict[str, object]]) -> Route:
    uri, _, query = operation["http"]["requestUri"].partition("?")
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(uri).replace(r"\-", "-"))
    pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", pattern)
    shape = shapes[operation["input"]["shape"]] if "input" in operation else {}
    members: dict[str, dict[str, str]] = shape.get("members", {})  # type: ignore[assignment]
    required: list[str] = shape.get("required", [])  # type: ignore[assignment]
    where = {name: members[name].get("location") for name in required}

    def located(place: str) -> tuple[str, ...]:
        return tuple(members[name]["locationName"] for name in required if where[name] == place)

    return Route(
        action=str(operation["name"]),
        method=operation["http"]["method"],
        path=re.compile(f"^{pattern.rstrip('/')}/?$"),
        query=tuple((key, values[0]) for key, values in parse_qs(query, True).items()),
        required=located("querystring"),
        headers=tuple(name.lower() for name in located("header")),
    )


_DENIED = {"ec2": "UnauthorizedOperation", "json": "AccessDeniedException"}
_THROTTLED = {
    "ec2": "RequestLimitExceeded",
    "json": "ThrottlingException",
    "rest-json": "TooManyRequestsException",
    "s3": "SlowDown",
}


def denied_code(call: Call) -> str:
    """Return the error code that this call's service uses for missing permissions."""
    fallback = "AccessDeniedException" if call.protocol == "rest-json" else "AccessDenied"
    return _DENIED.get(call.protocol, fallback)


def throttled_code(call: Call) -> tuple[str, int]:
    """Return the error code and HTTP status that this call's service uses for throttling."""
    code = _THROTTLED.get(call.service) or _THROTTLED.get(call.protocol, "Throttling")
    status = {"ec2": 503, "s3": 503, "lambda": 429}.get(call.service, 400)
    return code, status


def error_answer(call: Call, code: str, message: str, status: int) -> Answer:
    """Render an error in the wire format of this call's service."""
    text = escape(message)
    plain = f"<Code>{code}</Code><Message>{text}</Message>"
    if call.protocol == "ec2":
        fault = f"<Errors><Error>{plain}</Error></Errors>"
        xml = f"<Response>{fault}<RequestID>local</RequestID></Response>"
    elif call.service == "s3":
        xml = f"<Error>{plain}<RequestId>local</RequestId></Error>"
    elif call.protocol in ("query", "rest-xml"):
        fault = f"<Error><Type>Sender</Type>{plain}</Error>"
        xml = f"<ErrorResponse>{fault}<RequestId>local</RequestId></ErrorResponse>"
    else:
        return _structured_error(call, code, message, status)
    return status, {"content-type": "text/xml"}, xml.encode()


def _structured_error(call: Call, code: str, message: str, status: int) -> Answer:
    headers = {"x-amzn-errortype": code}
    document = {"__type": code, "message": message, "Message": message}
    if call.protocol != "cbor":
        headers["content-type"] = "application/json"
        return status, headers, json.dumps(document).encode()
    # Services that migrated from the query protocol still send its error code in this header.
    headers |= {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
    headers["x-amzn-query-error"] = f"{code};Sender"
    return status, headers, _cbor(document)


def _cbor(document: dict[str, str]) -> bytes:
    encoded: bytes = import_module("cbor2").dumps(document)
    return encoded


def account_of(access_key: str) -> str:
    """Return the account in which ministack serves requests with this key."""
    responses, app = load("core.responses"), load("app")
    key = app._request_account_scope(access_key) if app.AUTH else access_key
    responses.set_request_account_id(key)
    account: str = responses.get_account_id()
    return account


def principal_of(access_key: str) -> str:
    """Return the ARN of the assumed role behind a key, or the key itself."""
    session = load("services.sts")._sessions.get(access_key)
    return str(session["Arn"]) if session else access_key
