"""Kinds, reasons and lists in plain words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

# AWS's message names the denied action, Ebbtide's the role that could not be assumed.
_DENIED_ACTION = re.compile(r"not authorized to perform: (?!sts:)([\w-]+:[\w*]+)")
_CLOSED_ROLE = re.compile(r"cannot assume \S+:role/([\w+=,.@/-]+)")


def kind_text(kind: str) -> str:
    """Return a kind in plain words: `volume`, `nat gateway`."""
    for prefix in ("aws_", "ec2_", "cloudwatch_", "alb_"):
        kind = kind.removeprefix(prefix)
    return kind.replace("_", " ")


def counted(kinds: Iterable[str]) -> str:
    """Return kinds with their counts, such as `target group, 2 volumes`."""
    counts = Counter(map(kind_text, kinds))
    return ", ".join(f"{n} {_plural(kind)}" if n > 1 else kind for kind, n in counts.items())


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("cy") else f"{noun}s"


def listed(names: Sequence[str], shown: int | None = None) -> str:
    """Return names as an enumeration: `a, b and c`; beyond `shown` names only their number."""
    if shown is not None and len(names) > shown:
        return f"{', '.join(names[:shown])} and {len(names) - shown} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def missing_permission(error: str) -> str:
    """Return the permission that an error of AWS or Ebbtide says is missing; "" if it names none.

    A role that cannot be entered lacks `sts:AssumeRole`, whatever its policies say.
    """
    if closed := _CLOSED_ROLE.search(error):
        return f"sts:AssumeRole on {closed[1]}"
    denied = _DENIED_ACTION.search(error)
    return denied[1] if denied else ""


def in_short(kind: str, state: str, error: str) -> str:
    """Return in a few words why a kind was not read completely."""
    if closed := _CLOSED_ROLE.search(error):
        return f"the role {closed[1]} cannot be assumed"
    if denied := _DENIED_ACTION.search(error):
        return f"{denied[1]} is denied"
    return f"{kind_text(kind)} is {state} ({error})"
