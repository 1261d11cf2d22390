"""What only the snapshot knows of the resources of a plan: tags, creation and price."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self

import orjson

from ebbtide.base.errors import MissingError
from ebbtide.model.price import price_of
from ebbtide.store.readable import Readable

_BEFORE = b'"graph_id":"'


@dataclass(frozen=True, slots=True)
class Detail:
    """Some of a resource's line; what is not known is None."""

    tags: Mapping[str, str] | None = None
    created: str | None = None
    monthly: float | None = None

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Self:
        return cls(line["tags"], line["created"], price_of(line)["monthly"])


NOTHING = Detail()


def details(store: Readable, key: str, names: Collection[str]) -> dict[str, Detail]:
    """Return the details of resources by graph id; without those that the snapshot lacks.

    The lines are read once, and only those that are asked for are decoded.
    """
    wanted = frozenset(names)
    if not wanted:
        return {}
    try:
        return {
            line["graph_id"]: Detail.of(line)
            for line in store.read_lines(key, _filter(wanted))
            if line["graph_id"] in wanted
        }
    except MissingError:
        return {}


def _filter(names: Collection[str]) -> Callable[[bytes], bool]:
    texts = {orjson.dumps(name.encode(errors="replace").decode())[1:-1] for name in names}

    def wanted(line: bytes) -> bool:
        begin = line.find(_BEFORE) + len(_BEFORE)
        text = line[begin : line.find(b'"', begin)]
        # An escape may stand for a quote, or be written in two ways: decoding tells.
        return text in texts or b"\\" in text

    return wanted
