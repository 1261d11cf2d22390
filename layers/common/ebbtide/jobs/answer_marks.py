"""Checks the answer of an automation: its form, and whether it may give these marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel, ValidationError

from ebbtide.base.clock import to_text
from ebbtide.base.errors import EbbtideError, MissingError
from ebbtide.config import Automation
from ebbtide.config.jobs import PROTECT_UNTIL
from ebbtide.deployment.answers import (
    LARGEST_BYTES,
    LATEST_ANSWER,
    LONGEST_KEEP,
    Answer,
    Mark,
    StoredAnswer,
)
from ebbtide.deployment.events import is_after
from ebbtide.deployment.inputs import AnswerRequest
from ebbtide.graph.manifest import AccountEntry, current_manifest_key, read_manifest
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run, read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# S3 refuses longer keys, and an answer with one would never be taken ("Naming Amazon S3 objects" in
# its user guide).
LONGEST_KEY = 1_024
# Mistakes that a sentence names.
SHOWN = 3
_JSON = {list: "a list", str: "a text", type(None): "null", bool: "true or false"}


class AnswerError(EbbtideError):
    """An answer that does not count; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class GivenMark:
    """A mark that counts; `ends` is the time until which a keep lasts, empty for this run."""

    id: str
    mark: str
    reason: str
    ends: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """The marks of an answer by account, in the snapshot whose manifest has this key."""

    manifest: str = ""
    accounts: Mapping[str, Sequence[GivenMark]] = field(default_factory=dict)


def marks_of_answer(request: AnswerRequest, automation: Automation, bucket: Bucket) -> Given:
    """Return the marks of an answer. Raises AnswerError if anything in it does not count.

    All of an answer counts or nothing: a part would not be what its sender decided.
    """
    marks = _read(request, bucket)
    if not marks:
        return Given()
    run = read_run(bucket, request.run_id)
    _require_none(_mistakes(marks, automation, run))
    key = current_manifest_key(bucket)
    if key is None:
        raise AnswerError("there is no snapshot yet, so there is nothing to mark")
    by_account = defaultdict(list)
    for one in marks:
        by_account[one.id.partition("/")[0]].append(_given(one))
    entries = {entry.account: entry for entry in read_manifest(bucket, key).accounts}
    _require_none(
        problem
        for account, given in by_account.items()
        for problem in _unknown(bucket, entries.get(account), given)
    )
    return Given(key, dict(sorted(by_account.items())))


def _read(request: AnswerRequest, bucket: Bucket) -> tuple[Mark, ...]:
    _require_unicode(request.answer)
    answer = _valid(Answer, request.answer, "the answer")
    if answer.marks_key is None:
        return answer.marks
    key, prefix = answer.marks_key, RunKeys(request.run_id).answers
    if not key.startswith(prefix):
        raise AnswerError(f"marks_key is {key}, which is not below {prefix}")
    if len(key.encode()) > LONGEST_KEY or not key.isprintable():
        raise AnswerError(
            f"marks_key is no key of an object: it has more than {LONGEST_KEY:,} bytes, or "
            "characters that cannot be printed"
        )
    try:
        content = bucket.read_bytes(key, LARGEST_BYTES + 1)
    except MissingError as error:
        raise AnswerError(f"{key} does not exist") from error
    if len(content) > LARGEST_BYTES:
        raise AnswerError(f"{key} has more than {LARGEST_BYTES:,} bytes")
    try:
        stored = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise AnswerError(f"{key} is not JSON: {error}") from error
    return _valid(StoredAnswer, stored, key).marks


def _require_unicode(answer: Any) -> None:
    """Refuse what JSON can say and no file can hold: half of a pair, such as the escape \\ud800."""
    try:
        orjson.dumps(answer)
    except TypeError as error:
        raise AnswerError(f"the answer cannot be stored: {error}") from error


def _valid[Model: BaseModel](model: type[Model], value: Any, what: str) -> Model:
    if not isinstance(value, dict):
        found = _JSON.get(type(value), "a number")
        raise AnswerError(f'{what} is {found}; give an object such as {{}} or {{"marks": [...]}}')
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = error.errors()
        said = [f"{'.'.join(map(str, one['loc'])) or what}: {one['msg']}" for one in problems]
        raise AnswerError(f"{what} is not valid: {_few(said)}") from error


def _mistakes(marks: Sequence[Mark], automation: Automation, run: Run) -> Iterator[str]:
    """Yield what speaks against marks before anybody looks for the resources."""
    late = is_after(automation.event, PROTECT_UNTIL)
    seen: set[str] = set()
    for one in marks:
        if one.mark not in automation.marks:
            yield (
                f"{one.id} is marked {one.mark}, which the configuration does not allow "
                f"{automation.name}: add `{one.mark}` to its `marks`"
            )
        if one.id in seen:
            yield f"{one.id} is marked twice"
        seen.add(one.id)
        if one.mark == "keep" and one.until is None and late:
            yield f"{one.id} is kept at {automation.event}, which is too late without `until`"
        if one.until is not None and one.until <= run.started:
            yield f"{one.id} is kept until {one.until.isoformat()}, which is before the run began"
        if one.until is not None and one.until > run.started + LATEST_ANSWER + LONGEST_KEEP:
            yield f"{one.id} is kept for more than {LONGEST_KEEP.days} days"


def _given(mark: Mark) -> GivenMark:
    ends = "" if mark.until is None else to_text(mark.until.astimezone(UTC))
    return GivenMark(mark.id, mark.mark, mark.reason, ends)


def _unknown(
    bucket: Bucket, entry: AccountEntry | None, given: Sequence[GivenMark]
) -> Iterator[str]:
    """Yield the marked resources that are not in the snapshot of their account."""
    left = {one.id for one in given}
    if entry is not None:
        for line in bucket.read_lines(entry.resources):
            left.discard(line["graph_id"])
    for name in sorted(left):
        yield f"{name} is not in the snapshot"


def _require_none(problems: Iterator[str]) -> None:
    found = list(problems)
    if found:
        raise AnswerError(_few(found))


def _few(said: Sequence[str]) -> str:
    more = len(said) - SHOWN
    return "; ".join([*said[:SHOWN], *([f"and {more} more"] if more > 0 else [])])
