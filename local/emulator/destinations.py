"""Adds the connections and API destinations of EventBridge to CloudFormation.

The service has them, and posts; this adds AWS::Events::Connection and AWS::Events::ApiDestination
(CloudFormation user guide), and sends what an endpoint refuses to the dead-letter queue.
"""

import json
from contextvars import ContextVar
from typing import Any

from local.emulator.engine import load
from local.emulator.undelivered import give_up

Properties = dict[str, Any]
Made = tuple[str, dict[str, str]]

_LOOPBACK = "https://127.0.0.1"
_matched: ContextVar[tuple[dict[str, Any], dict[str, Any]] | None] = ContextVar(
    "matched", default=None
)


def install() -> None:
    """Register the two resource types, and notice what is not delivered."""
    types = load("services.cloudformation.provisioners")._RESOURCE_HANDLERS
    events = load("services.eventbridge")
    types["AWS::Events::Connection"] = _resource_type(
        "connection", events._create_connection, events._update_connection, events._connections
    )
    types["AWS::Events::ApiDestination"] = _resource_type(
        "api-destination",
        events._create_api_destination,
        events._update_api_destination,
        events._api_destinations,
    )
    _notice_refusals(events)


def _resource_type(kind: str, create: Any, update: Any, stored: Any) -> dict[str, Any]:
    """Return the handlers of a resource type whose properties are the arguments of the service."""
    provisioners = load("services.cloudformation.provisioners")
    responses = load("core.responses")

    def made(name: str, answer: tuple[int, Any, bytes]) -> Made:
        if answer[0] >= 400:
            raise ValueError(json.loads(answer[2]).get("message", "refused"))
        place = f"{responses.get_region()}:{responses.get_account_id()}"
        return name, {"Arn": f"arn:aws:events:{place}:{kind}/{name}"}

    def first(logical_id: str, properties: Properties, stack: str) -> Made:
        name = properties.get("Name") or provisioners._physical_name(stack, logical_id, max_len=64)
        return made(name, create({**reachable(properties), "Name": name}))

    def again(name: str, _old: Properties, properties: Properties, _stack: str) -> Made:
        return made(name, update({**reachable(properties), "Name": name}))

    def gone(name: str, _properties: Properties) -> None:
        stored.pop(name, None)

    return {"create": first, "update": again, "delete": gone}


def reachable(properties: Properties) -> Properties:
    """Return the properties with an endpoint that can be called.

    AWS takes HTTPS alone. A server of a test has no certificate, so one on this machine is called
    without TLS.
    """
    endpoint = properties.get("InvocationEndpoint")
    if endpoint is None:
        return properties
    if not endpoint.startswith("https://"):
        raise ValueError("Parameter InvocationEndpoint is not valid. Reason: Must be HTTPS.")
    if endpoint.startswith(_LOOPBACK):
        endpoint = endpoint.replace("https://", "http://", 1)
    return {**properties, "InvocationEndpoint": endpoint}


def _notice_refusals(events: Any) -> None:
    """Keep target and event beside the request, and look at the status that it gets."""
    invoke, build = events._invoke_target, events._build_api_destination_request
    send, deliver = events._api_destination_send_sync, events._deliver_to_api_destination
    responses = load("core.responses")

    def invoke_known(target: Any, event: Any, rule: Any, view: Any = None) -> None:
        view = view or events._pattern_event_view(event)
        token = _matched.set((target, view.event_with_detail()))
        try:
            invoke(target, event, rule, view)
        finally:
            _matched.reset(token)

    def build_known(*given: Any) -> dict[str, Any]:
        place = (responses.get_account_id(), responses.get_region())
        return {**build(*given), "_matched": _matched.get(), "_place": place}

    def send_known(request: dict[str, Any], headers: dict[str, str]) -> int:
        request["_status"] = 0
        status: int = send(request, headers)
        request["_status"] = status
        return status

    def deliver_known(name: str, request: dict[str, Any], *given: Any) -> None:
        deliver(name, request, *given)
        if not 200 <= request.get("_status", 0) < 300 and request["_matched"]:
            with responses.request_scope(*request["_place"]):
                give_up(*request["_matched"])

    events._invoke_target = invoke_known
    events._build_api_destination_request = build_known
    events._api_destination_send_sync = send_known
    events._deliver_to_api_destination = deliver_known
