"""Full text: which values of a node contain the words of a quoted text, one after another.

As in Resoto, a text is split at spaces and at _ - @ : / . ; and case is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from ebbtide.base.json_lines import encode_line
from ebbtide.model.lines import ResourceLine
from ebbtide.search.node import ATTACHED

_BETWEEN = r"[\s_\-@:/.;]"
_SPLIT = re.compile(f"{_BETWEEN}+")
# Words that look the same in an encoded line: nothing to escape, not part of a float's exponent.
_READS_THE_SAME = re.compile(r"""(?=.*[^0-9.e+-])[ !#-\[\]-~]+|[1-9][0-9.]*""")


@lru_cache(maxsize=64)
def phrase(text: str) -> Callable[[str], bool]:
    """Return a test for lower-case texts that contain all words of `text`, in their order.

    A text without any word is in no value.
    """
    words = _words(text)
    if not words:
        return lambda _: False
    inner = f"{_BETWEEN}+".join(map(re.escape, words))
    search = re.compile(f"(?:^|{_BETWEEN}){inner}(?:{_BETWEEN}|$)").search
    return lambda value: search(value) is not None


def _words(text: str) -> list[str]:
    return [word for word in _SPLIT.split(text.lower()) if word]


def contains(text: str) -> Callable[[ResourceLine], bool]:
    """Return a test for nodes of which a value contains the words of a text."""
    said = phrase(text)
    plain = [word for word in _words(text) if _READS_THE_SAME.fullmatch(word)]
    encoded = max(plain, key=len, default="").encode()

    def found_in(line: ResourceLine) -> bool:
        # Searching the encoded line is fast, but it also finds names of properties and parts of
        # words, so this can only exclude a node.
        if encoded:
            found = encode_line(line).lower()
            if encoded not in found and found.isascii():
                return False
        return any(map(said, texts_of_node(line)))

    return found_in


def relevance(texts_wanted: tuple[str, ...], line: ResourceLine) -> int:
    """Score a node: 1 per value that contains a wanted text, 3 per value that equals it."""
    found = list(texts_of_node(line))
    return sum(
        3 if wanted == value else phrase(wanted)(value)
        for wanted in texts_wanted
        for value in found
    )


def texts_of_node(line: ResourceLine) -> Iterator[str]:
    """Yield the values of a node as lower-case texts, without the results of its merges."""
    for name, value in line.items():
        if name not in ATTACHED:
            yield from texts(value)


def texts(value: Any) -> Iterator[str]:
    """Yield all values in a document as lower-case texts, without names of properties."""
    if isinstance(value, Mapping):
        for entry in value.values():
            yield from texts(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from texts(entry)
    elif value is not None and not isinstance(value, bool):
        yield str(value).lower()
