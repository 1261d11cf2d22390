"""The ledger of a cleanup: old entries in segments, which never change, the rest in the state.

Each save of the state would otherwise write all entries again. A segment holds entries that a
stored state already had, and its key follows from its first sequence number. So writing it twice
writes the same, also by a tick that has lost the state to another one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ebbtide.cleanup.state import State
from ebbtide.store.keys import RunKeys

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# Entries per segment.
SEGMENT = 200
LINES = "application/x-ndjson"


def store_segments(bucket: Bucket, state: State, stored: int) -> None:
    """Move full segments out of the state; `stored` counts the entries that the bucket has.

    The state must be replaced afterwards; if that never happens, the segments are written again.
    """
    while stored - state.in_segments >= SEGMENT:
        entries = state.ledger[:SEGMENT]
        bucket.write_text(_key(state, state.in_segments + 1), _text(entries), LINES)
        del state.ledger[:SEGMENT]
        state.in_segments += SEGMENT


def write_ledger(bucket: Bucket, state: State) -> None:
    """Write ledger.jsonl, for readers, from the segments and the state."""
    key = RunKeys(state.run_id).cleanup(state.account, "ledger.jsonl")
    bucket.write_text(key, "".join(ledger_texts(bucket, state)), LINES)


def ledger_texts(bucket: Bucket, state: State) -> Iterator[str]:
    """Yield the lines of the ledger, in order, many in each text."""
    for first in range(1, state.in_segments + 1, SEGMENT):
        yield bucket.read_text(_key(state, first))
    yield _text(state.ledger)


def _key(state: State, first: int) -> str:
    return RunKeys(state.run_id).cleanup(state.account, f"ledger/{first:08d}.jsonl")


def _text(entries: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in entries)
