"""Change calendars of Systems Manager, which ministack lacks: documents, and their state at a time.

Events have a start and an end in UTC; those that repeat are refused. The calls and errors are those
of the API reference (CreateDocument, DeleteDocument, GetCalendarState).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.emulator.engine import Answer, Params, load

_TARGET = "AmazonSSM."
_EVENT = re.compile(r"BEGIN:VEVENT(.*?)END:VEVENT", re.DOTALL)
_WHEN = re.compile(r"^(DTSTART|DTEND):(\d{8}T\d{6}Z)\s*$", re.MULTILINE)
_ISO = "%Y-%m-%dT%H:%M:%SZ"

calendars: Any = None  # name -> Calendar, in the account and region of the current request

type Span = tuple[datetime, datetime]


class CalendarError(Exception):
    """An error that the API reports to its caller."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Calendar:
    """A calendar that is open or closed by default, and the opposite during its events."""

    def __init__(self, content: str) -> None:
        found = re.search(r"^X-CALENDAR-TYPE:DEFAULT_(OPEN|CLOSED)\s*$", content, re.MULTILINE)
        if found is None or "RRULE" in content:
            raise CalendarError(
                "InvalidDocumentContent", "The content for the document is not valid."
            )
        self.usual = found.group(1)
        self.spans = [_span(event) for event in _EVENT.findall(content)]

    def state(self, at: datetime) -> str:
        during = any(start <= at < end for start, end in self.spans)
        return self.usual if not during else "CLOSED" if self.usual == "OPEN" else "OPEN"

    @property
    def moments(self) -> set[datetime]:
        """Return when the state may change."""
        return {moment for span in self.spans for moment in span}


def _span(event: str) -> Span:
    found = dict(_WHEN.findall(event))
    try:
        start, end = (_compact(found[name]) for name in ("DTSTART", "DTEND"))
    except KeyError as error:
        raise CalendarError("InvalidDocumentContent", f"An event has no {error} in UTC") from None
    return start, end


def _compact(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def install() -> None:
    """Answer the calls on calendars, and let IAM check them against the calendar's ARN."""
    global calendars
    calendars = load("core.responses").AccountRegionScopedDict()
    ssm, actions = load("services.ssm"), load("core.iam_actions")
    others, other_arn = ssm.handle_request, actions.extract_resource_arn

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Params
    ) -> Answer:
        action = _ACTIONS.get(headers.get("x-amz-target", "").removeprefix(_TARGET))
        if action is None:
            result: Answer = await others(method, path, headers, body, query)
            return result
        return _answer(action, json.loads(body))

    def extract_resource_arn(service: str, method: str, path: str, *args: Any, **rest: Any) -> Any:
        found = _named(service, *args, *rest.values())
        return found or other_arn(service, method, path, *args, **rest)

    ssm.handle_request = handle_request
    actions.extract_resource_arn = extract_resource_arn


def _named(service: str, *given: Any) -> str | None:
    """Return the ARN of the first calendar that a request names; None if it names none."""
    bodies = [one for one in given if isinstance(one, bytes) and b'"CalendarNames"' in one]
    return _arn(json.loads(bodies[0])["CalendarNames"][0]) if service == "ssm" and bodies else None


def _arn(name: str) -> str:
    responses = load("core.responses")
    place = f"{responses.get_region()}:{responses.get_account_id()}"
    return name if name.startswith("arn:") else f"arn:aws:ssm:{place}:document/{name}"


def _answer(action: Callable[[dict[str, Any]], dict[str, Any]], given: dict[str, Any]) -> Answer:
    responses = load("core.responses")
    try:
        answer: Answer = responses.json_response(action(given))
    except CalendarError as error:
        answer = responses.error_response_json(error.code, str(error), 400)
    return answer


def _create(given: dict[str, Any]) -> dict[str, Any]:
    if given.get("DocumentType") != "ChangeCalendar":
        raise CalendarError("InvalidDocumentContent", "Only change calendars can be created here.")
    if given["Name"] in calendars:
        raise CalendarError("DocumentAlreadyExists", "The specified document already exists.")
    calendars[given["Name"]] = Calendar(given["Content"])
    return {"DocumentDescription": {"Name": given["Name"], "Status": "Active"}}


def _delete(given: dict[str, Any]) -> dict[str, Any]:
    calendars.pop(_known(given["Name"]))
    return {}


def _state(given: dict[str, Any]) -> dict[str, Any]:
    at = datetime.now(UTC)
    if "AtTime" in given:
        at = datetime.strptime(given["AtTime"], _ISO).replace(tzinfo=UTC)
    asked = [calendars[_known(name)] for name in given["CalendarNames"]]
    state = _together(asked, at)
    moments = sorted(moment for one in asked for moment in one.moments if moment > at)
    turns = [moment for moment in moments if _together(asked, moment) != state]
    answer = {"State": state, "AtTime": at.strftime(_ISO)}
    return {**answer, **({"NextTransitionTime": turns[0].strftime(_ISO)} if turns else {})}


def _together(asked: list[Calendar], at: datetime) -> str:
    """Return OPEN only if all calendars are."""
    return "OPEN" if {one.state(at) for one in asked} == {"OPEN"} else "CLOSED"


def _known(name: str) -> str:
    plain = name.rpartition(":document/")[2]
    if plain not in calendars:
        raise CalendarError("InvalidDocument", "The specified SSM document does not exist.")
    return plain


_ACTIONS = {"CreateDocument": _create, "DeleteDocument": _delete, "GetCalendarState": _state}
