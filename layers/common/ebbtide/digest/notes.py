"""Notes in the bucket about what each receiver was told last; replaced by compare and swap.

The intention to send is noted before the call, and the success after it. A function that is killed
between the two sends again: each receiver gets a digest at least once, unless all attempts fail,
and at most as often as MOST_ATTEMPTS for one run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.errors import ConflictError, MissingError
from ebbtide.digest.changes import Last
from ebbtide.digest.receivers import Receiver
from ebbtide.store.formats import require_format
from ebbtide.store.keys import DIGESTS_LOOKED, told_key
from ebbtide.store.run import Run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

FORMAT = 1
MOST_ATTEMPTS = 3
# A call takes less; after it, whoever noted the intention is taken for dead.
LEASE = timedelta(minutes=1)
# Attempts at a compare and swap before giving up.
ROUNDS = 5

type Record = dict[str, Any]
# go: send it. told: it was told about this run or a later one. busy: somebody else may be sending
# it at this moment. given_up: all attempts for this run are used up.
type Permit = Literal["go", "told", "busy", "given_up"]


@dataclass(frozen=True, slots=True)
class Told:
    """What a receiver is told about: the fingerprint of a digest, and its items if not too many."""

    fingerprint: str
    items: Mapping[str, str] | None


class Notes:
    """The notes of one owner, or of the team."""

    def __init__(self, bucket: Bucket, owner: str | None) -> None:
        self._bucket, self._owner, self._key = bucket, owner, told_key(owner)
        found = bucket.find_json(self._key)
        self._known = _receivers(found)

    def last(self, receiver: Receiver) -> Last | None:
        """Return what a receiver was told last; None if nothing yet."""
        found = self._known.get(receiver.name, {})
        if "started" not in found:
            return None
        return Last(from_text(found["started"]), found["fingerprint"], found["items"])

    def begin(self, receiver: Receiver, run: Run, now: datetime) -> Permit:
        """Note the intention to send; only with the answer `go`, the caller may send.

        Raises ConflictError if somebody else changes the notes at the same time.
        """
        stored, etag = self._read()
        found = _receivers(stored).get(receiver.name, {})
        if "started" in found and from_text(found["started"]) >= run.started:
            return "told"
        sending = found.get("sending") or {}
        if sending and now < from_text(sending["at"]) + LEASE:
            return "busy"
        attempts = sending.get("attempts", 0) if sending.get("run_id") == run.run_id else 0
        if attempts >= MOST_ATTEMPTS:
            return "given_up"
        intention = {"run_id": run.run_id, "at": to_text(now), "attempts": attempts + 1}
        self._write({**found, "sending": intention}, receiver, stored, etag)
        return "go"

    def end(self, receiver: Receiver, run: Run, told: Told, now: datetime) -> None:
        """Note that a digest was sent. Raises ConflictError if others keep changing the notes."""
        value = {
            "run_id": run.run_id,
            "started": to_text(run.started),
            "sent_at": to_text(now),
            "fingerprint": told.fingerprint,
            "items": None if told.items is None else dict(told.items),
        }
        for _ in range(ROUNDS):
            stored, etag = self._read()
            try:
                self._write(value, receiver, stored, etag)
                return
            except ConflictError:
                continue
        raise ConflictError(f"s3://{self._bucket.name}/{self._key} keeps being replaced")

    def fail(self, receiver: Receiver, run: Run) -> None:
        """Note that AWS refused it, so that the next attempt need not wait for the lease."""
        stored, etag = self._read()
        found = _receivers(stored).get(receiver.name, {})
        sending = found.get("sending") or {}
        if sending.get("run_id") == run.run_id:
            ended = {**sending, "at": to_text(from_text(sending["at"]) - LEASE)}
            self._write({**found, "sending": ended}, receiver, stored, etag)

    def _read(self) -> tuple[Record | None, str | None]:
        try:
            found = self._bucket.read(self._key)
        except MissingError:
            return None, None
        return found.value, found.etag

    def _write(
        self, value: Record, receiver: Receiver, stored: Record | None, etag: str | None
    ) -> None:
        receivers = {**_receivers(stored), receiver.name: value}
        note = {"format": FORMAT, "owner": self._owner, "receivers": receivers}
        if etag is None:
            self._bucket.create_json(self._key, note)
        else:
            self._bucket.replace_json(self._key, note, etag)


def _receivers(stored: Record | None) -> dict[str, Record]:
    if stored is None:
        return {}
    require_format(stored, FORMAT, "note of digests")
    return dict(stored["receivers"])


def looked_at(bucket: Bucket) -> datetime | None:
    """Return the start of the last run whose digests were all decided about; None for none."""
    found = bucket.find_json(DIGESTS_LOOKED)
    return None if found is None else from_text(found["started"])


def note_looked(bucket: Bucket, run: Run) -> None:
    """Note that all digests of a run were decided about, unless those of a later one were."""
    value = {"format": FORMAT, "run_id": run.run_id, "started": to_text(run.started)}
    for _ in range(ROUNDS):
        write: Callable[[], str]
        try:
            stored = bucket.read(DIGESTS_LOOKED)
        except MissingError:
            write = _creating(bucket, value)
        else:
            if from_text(stored.value["started"]) >= run.started:
                return
            write = _replacing(bucket, value, stored.etag)
        try:
            write()
            return
        except ConflictError:
            continue


def _creating(bucket: Bucket, value: Record) -> Callable[[], str]:
    return lambda: bucket.create_json(DIGESTS_LOOKED, value)


def _replacing(bucket: Bucket, value: Record, etag: str) -> Callable[[], str]:
    return lambda: bucket.replace_json(DIGESTS_LOOKED, value, etag)
