"""What another version wrote is refused by name, not misread."""

from collections.abc import Callable
from typing import Any

import pytest

from ebbtide.base.errors import FormatError
from ebbtide.cleanup.state import State
from ebbtide.graph import Manifest
from ebbtide.plan import read_plan
from tests.support.builders import inventory, planned, volume


def plan() -> Any:
    return planned(inventory([volume("vol-1")]))


READERS: list[tuple[Callable[[], Any], Callable[[Any], Any]]] = [
    (lambda: Manifest("run", "", None, ()), Manifest.from_json),
    (plan, read_plan),
    (lambda: State.of(plan(), True, ""), State.from_json),
]


@pytest.mark.parametrize(("made", "read"), READERS)
def test_only_the_known_format_is_read(made: Callable[[], Any], read: Callable[[Any], Any]) -> None:
    value = made().to_json()
    assert read(value) == made()
    known = value["format"]
    for other in (known + 1, None, str(known)):
        with pytest.raises(FormatError, match=f"reads only format {known}"):
            read({**value, "format": other})
