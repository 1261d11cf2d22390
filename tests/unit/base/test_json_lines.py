"""JSON lines come back as they were written, whatever stands in them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.json_lines import LineWriter, decode_line, encode_line, read_lines

# Texts with half a surrogate pair, too: AWS passes on what its customers wrote into a description.
TEXTS = st.text(st.characters(), max_size=5) | st.just("\ud800") | st.just("a\nb\u2028c")
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


@given(VALUES)
def test_a_line_is_read_as_it_was_written(value: Any) -> None:
    line = encode_line(value)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_line(line) == value
    assert json.loads(line) == value


@given(st.lists(st.lists(VALUES, max_size=5), max_size=5))
def test_a_stream_holds_all_lines_in_order(batches: list[list[Any]]) -> None:
    with LineWriter() as writer:
        for batch in batches:
            writer.write(batch)
        found = list(read_lines(writer.finished()))
    assert found == [value for batch in batches for value in batch]
    assert writer.count == len(found)


def test_what_json_does_not_know_becomes_its_text() -> None:
    at = datetime(2026, 11, 25, tzinfo=UTC)
    assert decode_line(encode_line({"path": {1}, "big": 2**70})) == {
        "path": "{1}",
        "big": float(2**70),
    }
    assert decode_line(encode_line(at)).startswith("2026-11-25T00:00:00")


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="line 1 column"):
        decode_line(b'{"a": ')
