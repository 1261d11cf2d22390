"""What people type out of habit, from Resoto's shell, SQL or other languages, and what to type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

# A command of Resoto's shell -> what does the same here.
_COMMANDS: Mapping[str, str] = {
    "aggregate": "aggregate(...): before the search",
    "ancestors": "<-[1:]- in the search, or `ebbtide ancestors`",
    "app": "a job (docs/jobs.md)",
    "aws": "the AWS command line",
    "chunk": "--format ndjson, and the shell",
    "clean": "a job with the action clean (docs/jobs.md)",
    "count": "aggregate(kind: sum(1) as count): before the search",
    "descendants": "-[1:]-> in the search, or `ebbtide descendants`",
    "discord": "a job with the action notify (docs/jobs.md)",
    "dump": "--format yaml",
    "flatten": "--format ndjson, and the shell",
    "format": "--format and --columns",
    "head": "limit in the search, or --limit",
    "http": "a job with the action notify (docs/jobs.md)",
    "https": "a job with the action notify (docs/jobs.md)",
    "jira": "a job with the action notify (docs/jobs.md)",
    "jq": "--format ndjson, and jq in the shell",
    "list": "--columns, with --format csv or markdown",
    "pagerduty": "a job with the action notify (docs/jobs.md)",
    "predecessors": "<-- in the search, or `ebbtide predecessors`",
    "protect": "a job with the action protect (docs/jobs.md)",
    "query": "an arrow such as --> is(volume) in the search",
    "search": "an arrow such as --> is(volume) in the search",
    "set_desired": "a job with the action clean (docs/jobs.md)",
    "set_metadata": "a job with the action protect (docs/jobs.md)",
    "slack": "a job with the action notify (docs/jobs.md)",
    "sort": "sort in the search",
    "successors": "--> in the search, or `ebbtide successors`",
    "tag": "a job with the action tag (docs/jobs.md)",
    "tail": "sort ... desc limit in the search",
    "uniq": "aggregate(...): before the search",
    "write": "> and a file in the shell",
}
_ELSEWHERE = "the shell, or a job (docs/jobs.md)"


_NAME = r"([\w./\[\]`*-]+)"
_NUMBER = re.compile(r"(\d+)\s*$")
_UNIT = re.compile(r"(second|minute|hour|day|week|month|year)s?\b", re.IGNORECASE)
_SHORT_UNITS = {"month": "M"}
_PREFIX = re.compile(r"\s*(search|query)\s+")
_SELECT = re.compile(r"\s*select\b", re.IGNORECASE)


def habit_at(text: str, position: int) -> str | None:
    """Return the message for a habit that breaks the search at a position; None if it is none."""
    before = text[:position]
    if _SELECT.match(text):
        return "found `select`: a search begins with a condition; did you mean is(...)?"
    if prefix := _PREFIX.fullmatch(before):
        word = re.match(r"\w+|\S|$", text[position:])
        found = word[0] if word else ""
        return f"found `{found}` after `{prefix[1]}`; leave out `{prefix[1]}`, which is the command"
    if (number := _NUMBER.search(before)) and (unit := _UNIT.match(text, position)):
        return _span(number[1], unit)
    for pattern, message in _HABITS:
        if match := pattern.match(text, position):
            return message(match)
    return None


def _span(number: str, unit: re.Match[str]) -> str:
    name = unit[1].lower()
    short = f"{number}{_SHORT_UNITS.get(name, name[0])}"
    return f'found `{unit[0]}`; did you mean `{short}`, or "{number} {unit[0]}" in quotes?'


def _pipe(match: re.Match[str]) -> str:
    command = match[1]
    if command is None:
        return "found `|`: a search has no pipes; did you mean `or`?"
    instead = _COMMANDS.get(command, _ELSEWHERE)
    return (
        f"found `| {command}`: the command {command} is no part of a search; "
        f"did you mean {instead}?"
    )


def _limit(match: re.Match[str]) -> str:
    found = f", not `{match[1]}`" if match[1] else ""
    return f"`limit` needs a whole number, as in limit 10{found}"


def _sort(match: re.Match[str]) -> str:
    found = f", not `{match[1]}`" if match[1] else ""
    return f"`sort` needs the name of a field, as in sort name desc{found}"


def _null(match: re.Match[str]) -> str:
    return f"found `{match[0]}`; did you mean `{'!=' if match[1] else '=='} null`?"


def _habit(
    pattern: str, message: str | Callable[[re.Match[str]], str]
) -> tuple[re.Pattern[str], Callable[[re.Match[str]], str]]:
    compiled = re.compile(pattern, re.IGNORECASE)
    return compiled, message if callable(message) else lambda match: match.expand(message)


# What stands where the search breaks -> the message; the first that fits counts.
_HABITS = (
    _habit(r"&&?", r"found `\g<0>`; did you mean `and`?"),
    _habit(r"\|\|", "found `||`; did you mean `or`?"),
    _habit(r"\|\s*([A-Z_][\w-]*)?", _pipe),
    _habit(r"where\b", "found `where`; did you mean `and`?"),
    _habit(rf"(order|sort)\s+by\s+{_NAME}", r"found `\1 by`; did you mean `sort \2`?"),
    # The parser takes the `by` of `sort by name` for a field.
    _habit(rf"(?<=sort by ){_NAME}", r"found `by`; did you mean `sort \1`?"),
    _habit(r"is\s+(not\s+)?null\b", _null),
    _habit(r"i?like\b", r'found `\g<0>`; did you mean `=~` with a pattern such as "^web"?'),
    _habit(r"limit\b\s*(\S+)?", _limit),
    _habit(r"sort\b\s*(\S+)?", _sort),
)
