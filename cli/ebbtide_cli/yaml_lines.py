"""Lines, comments and values in the text of a YAML document, by the positions of its nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import inf
from typing import Any

import yaml

_COMMENT = re.compile(r"#[^\r\n]*")
_HEADER = re.compile(r"[|>][^\r\n]*")


def content_end(text: str, node: yaml.Node) -> int:
    """Return the start of the line after a node; comments below the node are not part of it."""
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    mark = node.end_mark
    if is_block_text(node) and mark.column == 0:
        return int(mark.index)
    return line_end(text, mark.index)


def is_block_text(node: yaml.Node) -> bool:
    """Return whether a node is a text of several lines after | or >."""
    return isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")


def is_block(node: yaml.Node) -> bool:
    """Return whether a node ends with its last line, and not with a character of its own."""
    collection = isinstance(node, yaml.CollectionNode) and not node.flow_style
    return collection or is_block_text(node)


def line_end(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def with_newline(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}{newline_of(text)}"


def newline_of(text: str) -> str:
    """Return the line break that a text uses."""
    return "\r\n" if "\r\n" in text else "\n"


def comments_in(text: str, start: int, end: int) -> list[str]:
    """Return the comments between two positions, each beginning with #."""
    return [
        comment
        for gap_start, gap_end in _gaps(text)
        for comment in _COMMENT.findall(text, max(gap_start, start), min(gap_end, end))
    ]


def _gaps(text: str) -> Iterator[tuple[int, int]]:
    """Yield the pieces between the tokens, where nothing but space and comments can be."""
    done = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            header = _HEADER.match(text, token.start_mark.index)
            if header is not None:
                yield token.start_mark.index, header.end()
        yield done, token.start_mark.index
        done = max(done, token.end_mark.index)
    yield done, len(text)


def inline(value: Any) -> str:
    """Return a value as YAML in one line, which can stand in a block and in braces."""
    # A text of its own would end with a marker of the end of the document.
    written = yaml.safe_dump(
        [value], default_flow_style=True, allow_unicode=True, width=inf, sort_keys=False
    )
    return written.strip()[1:-1]


def nested(steps: tuple[str, ...], value: Any, indent: int, newline: str) -> str:
    """Return lines that give a value to the path of these keys, from a column on."""
    lines = []
    for step in steps[:-1]:
        lines.append(f"{' ' * indent}{inline(step)}:")
        indent += 2
    lines.append(f"{' ' * indent}{inline(steps[-1])}: {inline(value)}")
    return "".join(f"{line}{newline}" for line in lines)


def nested_value(steps: tuple[str, ...], value: Any) -> Any:
    """Return the value inside mappings with these keys."""
    for step in reversed(steps):
        value = {step: value}
    return value
