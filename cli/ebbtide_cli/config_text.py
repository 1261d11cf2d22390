"""Set and unset single values in the text of a configuration; every comment stays.

Like the changes of jobs (jobs_text.py), each edits the text between positions that the YAML parser
reports, and is refused unless the result means exactly what it should.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from typing import Any, NamedTuple

import yaml

from ebbtide.base.errors import ConfigError
from ebbtide.config.document import read_document
from ebbtide_cli.errors import UsageError
from ebbtide_cli.yaml_lines import (
    comments_in,
    content_end,
    inline,
    is_block,
    line_end,
    line_start,
    nested,
    nested_value,
    newline_of,
    with_newline,
)

type Steps = tuple[str, ...]

# As in a JSON pointer (RFC 6901), the place behind the last item of a list.
END = "-"
_STEP = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^."'\s][^.]*))\s*(?:\.|$)""")


class Entry(NamedTuple):
    """A node, and its key if it is the value of a mapping."""

    key: yaml.Node | None
    node: yaml.Node


class Place(NamedTuple):
    """Where a path leads: the entries from the root on, and the steps that do not exist yet."""

    entries: list[Entry]
    missing: Steps


def steps_of(path: str, document: Any) -> Steps:
    """Parse a path such as cleanup.limits.per_run, jobs.0.active or protect.tags."a.b".

    An item of a list may be given by its `name`. Raises UsageError for anything else.
    """
    steps: list[str] = []
    position = 0
    while position < len(path) or not steps:
        match = _STEP.match(path, position)
        if match is None or (match.end() == len(path) and path.endswith(".")):
            raise UsageError(
                f"invalid path {path!r}; write one such as cleanup.limits.per_run or "
                'protect.tags."a.b"'
            )
        steps.append(next(group for group in match.groups() if group is not None))
        position = match.end()
    return _with_indexes(tuple(steps), document)


def _with_indexes(steps: Steps, document: Any) -> Steps:
    """Replace the names of list items by their indexes."""
    found: list[str] = []
    for step in steps:
        if isinstance(document, list) and not step.isdecimal() and step != END:
            names = [item.get("name") if isinstance(item, dict) else None for item in document]
            if step not in names:
                known = ", ".join(str(name) for name in names if name is not None) or "none"
                raise UsageError(f"{'.'.join(found)} has no item {step!r}; named items: {known}")
            step = str(names.index(step))
        found.append(step)
        document = _child(document, step)
    return tuple(found)


def _child(document: Any, step: str) -> Any:
    if isinstance(document, dict):
        return next((value for key, value in document.items() if str(key) == step), None)
    if isinstance(document, list) and step.isdecimal() and int(step) < len(document):
        return document[int(step)]
    return None


def value_at(document: Any, steps: Steps) -> Any:
    """Return the value at a place of a document; None if there is none."""
    for step in steps:
        document = _child(document, step)
    return document


def with_value(text: str, steps: Steps, value: Any) -> str:
    """Return the text with another value at a place.

    Raises UsageError if there is no such place, or if the rest cannot stay as it is.
    """
    expected = _plain(text)
    _assign(expected, steps, value)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None or not root.value:
        after = _first(text, root, steps, value)
    else:
        place = _place(root, steps)
        last = place.entries[-1]
        after = _inserted(text, place, value) if place.missing else _replaced(text, last, value)
    return _verified(text, after, expected)


def without_value(text: str, steps: Steps) -> str:
    """Return the text without a key or item.

    Raises UsageError if there is none at this place, or if the rest cannot stay as it is.
    """
    expected = _plain(text)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    place = None if root is None else _place(root, steps)
    if place is None or place.missing:
        raise UsageError(f"{'.'.join(steps)} is not set in config/ebbtide.yaml")
    owner = value_at(expected, steps[:-1])
    if isinstance(owner, list):
        del owner[int(steps[-1])]
    else:
        del owner[next(key for key in owner if str(key) == steps[-1])]
    parent = place.entries[-2]
    if not owner and parent.node is not root:
        return _verified(text, _replaced(text, parent, owner), expected)
    return _verified(text, _removed(text, parent.node, place.entries[-1]), expected)


def _assign(document: Any, steps: Steps, value: Any) -> None:
    """Set a value in plain data, and make the sections on the way to it."""
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        inner = value if last else [] if steps[number + 1] == END else {}
        if isinstance(document, list):
            document = _assign_item(document, steps[: number + 1], inner, last=last)
            continue
        if not isinstance(document, dict):
            raise UsageError(f"{'.'.join(steps[:number])} is a single value and has no keys")
        if step == END:
            raise UsageError(f"{'.'.join(steps[:number]) or 'the configuration'} is not a list")
        key = next((key for key in document if str(key) == step), step)
        if last or document.get(key) is None:
            document[key] = inner
        document = document[key]


def _assign_item(items: list[Any], steps: Steps, value: Any, *, last: bool) -> Any:
    step = steps[-1]
    if step == END:
        items.append(value)
        return items[-1]
    if not step.isdecimal() or int(step) >= len(items):
        raise UsageError(
            f"{'.'.join(steps[:-1])} has no item {step}; it has {len(items)}, counted from 0, and "
            f"{END} adds one"
        )
    if last:
        items[int(step)] = value
    return items[int(step)]


def _verified(before: str, after: str, expected: Any) -> str:
    """Return the text if it means what is expected, and has all comments of the text before.

    Types count, because 1 equals true.
    """
    with suppress(ConfigError):
        means = repr(_plain(after)) == repr(expected)
        if means and not Counter(_comments(before)) - Counter(_comments(after)):
            return after
    raise UsageError(
        "cannot change this value without changing other parts of the text; "
        "use `ebbtide config edit`"
    )


def _plain(text: str) -> Any:
    """Return the value of a text, in which what an alias repeats is a value of its own."""
    return read_document(text).value or {}


def _comments(text: str) -> list[str]:
    return comments_in(text, 0, len(text))


def _place(root: yaml.Node, steps: Steps) -> Place:
    entries = [Entry(None, root)]
    for number, step in enumerate(steps):
        node = entries[-1].node
        found = None
        if isinstance(node, yaml.MappingNode):
            pairs = (pair for pair in node.value if str(pair[0].value) == step)
            found = next((Entry(*pair) for pair in pairs), None)
        elif (
            isinstance(node, yaml.SequenceNode) and step.isdecimal() and int(step) < len(node.value)
        ):
            found = Entry(None, node.value[int(step)])
        if found is None:
            return Place(entries, steps[number:])
        entries.append(found)
    return Place(entries, ())


def _folded(steps: Steps, value: Any) -> tuple[Steps, Any]:
    """Return a place without a list in it: a missing list becomes a part of the value."""
    while END in steps:
        first = steps.index(END)
        value, steps = [nested_value(steps[first + 1 :], value)], steps[:first]
    return steps, value


def _first(text: str, root: yaml.Node | None, steps: Steps, value: Any) -> str:
    """Return a text that has no key yet, with its first one."""
    steps, value = _folded(steps, value)
    if root is not None:
        text = text[: root.start_mark.index] + text[root.end_mark.index :].lstrip(" ")
    return with_newline(text) + nested(steps, value, 0, newline_of(text))


def _inserted(text: str, place: Place, value: Any) -> str:
    """Return the text with a value at the end of the last section that exists."""
    last, newline = place.entries[-1], newline_of(text)
    node = last.node
    if isinstance(node, yaml.SequenceNode):
        value = _of_steps(place.missing[1:], value)
        if node.flow_style:
            return _in_braces(text, node, inline(value))
        line = f"{' ' * node.start_mark.column}- {inline(value)}{newline}"
        return _behind(text, node, line)
    steps, value = _folded(place.missing, value)
    if isinstance(node, yaml.ScalarNode):
        # An empty section, or null.
        return _replaced(text, last, nested_value(steps, value))
    if isinstance(node, yaml.CollectionNode) and node.flow_style:
        pair = f"{inline(steps[0])}: {inline(nested_value(steps[1:], value))}"
        return _in_braces(text, node, pair)
    return _behind(text, node, nested(steps, value, node.start_mark.column, newline))


def _of_steps(steps: Steps, value: Any) -> Any:
    keys, value = _folded(steps, value)
    return nested_value(keys, value)


def _behind(text: str, node: yaml.Node, lines: str) -> str:
    end = content_end(text, node)
    return with_newline(text[:end]) + lines + text[end:]


def _in_braces(text: str, node: yaml.Node, written: str) -> str:
    end = node.end_mark.index - 1
    return f"{text[:end]}{', ' if node.value else ''}{written}{text[end:]}"


def _replaced(text: str, entry: Entry, value: Any) -> str:
    """Return the text with another value; comments inside the old one follow on their own lines."""
    key, node = entry
    start, end = node.start_mark.index, node.end_mark.index
    if is_block(node):
        # A block may begin below its key, with comments in between.
        start = start if key is None else text.index(":", key.end_mark.index) + 1
        end = content_end(text, node)
    comments = comments_in(text, start, end)
    space = "" if key is None or text[start - 1] == " " else " "
    changed = f"{text[:start]}{space}{inline(value)}"
    rest = text[end:] if not is_block(node) else newline_of(text) + text[end:]
    indent = (key or node).start_mark.column
    below = line_end(changed + rest, len(changed))
    whole = with_newline((changed + rest)[:below])
    return whole + _lines(comments, indent, text) + (changed + rest)[below:]


def _lines(comments: list[str], indent: int, text: str) -> str:
    return "".join(f"{' ' * indent}{comment}{newline_of(text)}" for comment in comments)


def _removed(text: str, parent: Any, entry: Entry) -> str:
    """Return the text without one of the entries of a node."""
    starts = [(one[0] if isinstance(one, tuple) else one).start_mark.index for one in parent.value]
    ends = [(one[1] if isinstance(one, tuple) else one).end_mark.index for one in parent.value]
    start = (entry.key or entry.node).start_mark.index
    number = starts.index(start)
    following = starts[number + 1] if number + 1 < len(starts) else None
    if parent.flow_style:
        start = ends[number - 1] if following is None and number else start
        return text[:start] + text[ends[number] if following is None else following :]
    if entry.key is None:
        start = text.rfind("-", 0, start)
    first, end = line_start(text, start), content_end(text, entry.node)
    lead = text[first:start]
    if lead.strip() and following is not None:
        # The first key of an item shares its line with the dash, which the next key takes over.
        return text[:start] + text[following:]
    return text[:first] + _lines(comments_in(text, start, end), len(lead), text) + text[end:]
