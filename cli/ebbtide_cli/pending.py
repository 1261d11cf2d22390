"""Pending jobs: what `| clean`, `| protect` and `| tag` ask the next run to do with what was found.

A snapshot never changes, and only runs may change accounts. Marks and tags therefore become a job
in the configuration, for exactly the resources that were shown, which ends by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ebbtide.base.clock import to_text
from ebbtide.language import print_query
from ebbtide.language.pipeline import Command
from ebbtide.language.syntax import All, And, HasId, Merged, Path, Predicate, Query, Step, Term
from ebbtide.model.lines import ResourceLine
from ebbtide_cli.errors import UsageError

type Job = dict[str, Any]

PREFIX = "pending-"
# A job that is not carried out within this time ends without having acted.
LIFETIME = timedelta(days=7)
PROTECTED_FOR = "30d"
# More ids would make the configuration hard to read; a job of one's own needs none.
MOST = 500
_FIRST_SEEN = Path((Step("metadata"), Step("first_seen")), absolute=True)
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")


@dataclass(frozen=True, slots=True)
class Request:
    """What a command asks for: the action, when in a run, and whether one run is enough."""

    verb: str
    action: Job
    event: str
    once: bool = True

    def job(self, query: Query, lines: Sequence[ResourceLine], seen: str, now: datetime) -> Job:
        """Return the job for these resources of a snapshot, which was made at `seen`.

        Raises UsageError for too many.
        """
        if len(lines) > MOST:
            raise UsageError(
                f"{len(lines):,} resources are too many to name in one job, the limit is {MOST}; "
                "limit the search, or add a job of your own with `ebbtide jobs add`"
            )
        ids = tuple(line["graph_id"] for line in lines)
        moment = now.replace(microsecond=0)
        return {
            "name": f"{PREFIX}{self.verb}-{moment:%Y%m%d-%H%M%S}",
            "event": self.event,
            "search": print_query(pinned(query, ids, seen if "clean" in self.action else None)),
            "action": self.action,
            **({"once": True} if self.once else {}),
            "until": to_text(moment + LIFETIME),
        }


def request_of(command: Command) -> Request:
    """Return what a command asks for. Raises SearchError if it cannot be done."""
    match command.name:
        case "clean":
            return _clean(_text(command) or "marked by hand")
        case "protect":
            return _protect(_text(command) or "protected by hand")
        case "tag":
            return _tag(command)
    key, value = _setting(command)
    if command.name == "set_desired" and key == "clean":
        return _clean("marked by hand") if value else _keep()
    if command.name == "set_metadata" and key == "protected":
        if value:
            return _protect("protected by hand")
        raise command.error(
            "a search cannot lift a protection: docs/operations.md says how to lift that of a job, "
            "and tags and the configuration are changed where they are"
        )
    raise command.error(
        f"{command.name} knows no {key} here; to keep a note with a resource, use | tag update"
    )


def _clean(reason: str) -> Request:
    return Request("clean", {"clean": {"reason": reason}}, "cleanup_plan", once=False)


def _protect(reason: str) -> Request:
    action = {"protect": {"reason": reason, "expires": PROTECTED_FOR}}
    return Request("protect", action, "pre_cleanup_plan")


def _keep() -> Request:
    return Request("keep", {"protect": {"reason": "kept by hand"}}, "pre_cleanup_plan")


def _tag(command: Command) -> Request:
    words = [word.text for word in command.words if word.text != "--nowait"]
    match words:
        case ["update", key, value]:
            return Request("tag", {"tag": {"update": {key: value}}}, "post_collect")
        case ["delete", key]:
            return Request("tag", {"tag": {"delete": [key]}}, "post_collect")
    raise command.error("write | tag update KEY VALUE or | tag delete KEY")


def _text(command: Command) -> str:
    return " ".join(word.text for word in command.words)


def _setting(command: Command) -> tuple[str, bool | None]:
    """Return the first setting of `set_desired clean=false`, and its value if it is a boolean."""
    if not command.words:
        raise command.error(f"{command.name} needs a setting, as in | {command.name} KEY=VALUE")
    key, _, value = command.words[0].text.partition("=")
    if len(command.words) > 1 or value not in (*_TRUE, *_FALSE):
        return f"{key}={value}", None
    return key, value in _TRUE


def pinned(query: Query, ids: tuple[str, ...], seen: str | None = None) -> Query:
    """Return a search for those of these resources that still match.

    Which resources a limit or an order chose is settled by their ids. With `seen`, a resource that
    was made again since then under the same id does not match.
    """
    query = unlimited(query)
    last = query.parts[-1]
    term = _narrowed(last.term, HasId(ids))
    if seen is not None:
        term = _narrowed(term, Predicate(_FIRST_SEEN, "<=", seen))
    return replace(query, parts=(*query.parts[:-1], replace(last, term=term)), at=None)


def unlimited(query: Query) -> Query:
    """Return a search without the order and the limit of its results."""
    last = replace(query.parts[-1], sort=(), limit=None, reverse=False)
    return replace(query, parts=(*query.parts[:-1], last))


def _narrowed(term: Term, more: Term) -> Term:
    if isinstance(term, Merged):
        return replace(term, before=_narrowed(term.before, more))
    return more if isinstance(term, All) else And(term, more)
