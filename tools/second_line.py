"""Write how far IAM carries the protection by tag into docs/safety.md; --check only compares.

The data is tools/reviewed/protection_by_tag.yaml, which `make audit` compares with AWS's reference.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from tools.generated import write_or_check
from tools.iam_reference import read_reviewed
from tools.limited_actions import LIMITS, UNLIMITED
from tools.template import REPOSITORY

SAFETY = REPOSITORY / "docs" / "safety.md"


def section(lists: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the lines of the section: the figures, and a row for each service."""
    reached, missed = lists["reached"], lists["not_reached"]
    number = len(reached) + len(missed)
    yield f"AWS evaluates the tag for {len(reached)} of the {number} actions of the cleaner role."
    yield f"For {len(missed)} it does not: only Ebbtide's own check protects what they delete."
    yield ""
    yield "| service | AWS denies if the resource is protected | AWS does not ask for tags |"
    yield "| --- | --- | --- |"
    for service in sorted({action.partition(":")[0] for action in (*reached, *missed)}):
        yield f"| {service} | {names(reached, service)} | {names(missed, service)} |"


def limits() -> Iterator[str]:
    """Yield a row for each action that is no deletion, with how far it is limited."""
    yield "| action | allowed for |"
    yield "| --- | --- |"
    for limit in LIMITS:
        actions = ", ".join(f"`{action}`" for action in limit.actions)
        resources = ", ".join(f"`{arn}`" for arn in limit.resources)
        conditions = "".join(
            f", if `{key}` is `{value}`"
            for operator, keys in limit.condition.items()
            for key, value in keys.items()
            if operator != "Null"
        )
        yield f"| {actions} | {resources}{conditions} |"
    for action, why in sorted(UNLIMITED.items()):
        yield f"| `{action}` | everything: {why} |"


def names(actions: list[str], service: str) -> str:
    found = [f"`{name}`" for prefix, _, name in map(_parts, actions) if prefix == service]
    return ", ".join(found) or "none"


def _parts(action: str) -> tuple[str, str, str]:
    return action.partition(":")


def between_marks(text: str, name: str, lines: Iterator[str]) -> str:
    """Return the page with new lines between the marks of that name.

    Raises ValueError unless the page has these marks exactly once.
    """
    begin, end = f"<!-- BEGIN GENERATED {name} -->\n", f"<!-- END GENERATED {name} -->"
    before, mark, rest = text.partition(begin)
    _, other, after = rest.partition(end)
    if not mark or not other or begin in after:
        raise ValueError(f"docs/safety.md needs the marks of {name} exactly once")
    return f"{before}{begin}\n{'\n'.join(lines)}\n\n{end}{after}"


def main(arguments: list[str]) -> int:
    text = between_marks(SAFETY.read_text(), "reach", section(read_reviewed()))
    text = between_marks(text, "limits", limits())
    return write_or_check(__doc__, {SAFETY: text}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
