"""Protections that outlast their run: stored beside the graph until they expire."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from time import sleep
from typing import TYPE_CHECKING

from ebbtide.base.clock import from_text
from ebbtide.base.errors import ConflictError, MissingError
from ebbtide.store.keys import protected_key
from ebbtide.verdict.stored_marks import FORMAT, Protection, Protections, protections_in_force

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket, Stored

# Attempts at a compare and swap before giving up, and the longest pause before the second one. The
# answers of twenty automations may be taken at the same moment.
ROUNDS = 20
PAUSE = 0.02


def prolong(
    bucket: Bucket, account: str, by: str, given: Mapping[str, Protection], now: datetime
) -> None:
    """Protect resources beyond the run that began `now`; never shorten an earlier protection.

    `by` is a job or an automation. Several and people may change the object at the same time, hence
    the compare and swap. Raises ConflictError if others keep changing it.
    """
    for number in range(ROUNDS):
        sleep(random.uniform(0, number * PAUSE))
        stored = _read(bucket, account)
        resources = {} if stored is None else protections_in_force(stored.value, now)
        for name, one in given.items():
            known = resources.setdefault(name, {})
            if by not in known or from_text(known[by]["until"]) < from_text(one["until"]):
                known[by] = one
        try:
            _write(bucket, account, resources, stored)
            return
        except ConflictError:
            continue
    where = f"s3://{bucket.name}/{protected_key(account)}"
    raise ConflictError(f"{where} keeps changing: gave up after {ROUNDS} attempts")


def _read(bucket: Bucket, account: str) -> Stored | None:
    try:
        return bucket.read(protected_key(account))
    except MissingError:
        return None


def _write(bucket: Bucket, account: str, resources: Protections, stored: Stored | None) -> None:
    value = {"format": FORMAT, "account": account, "resources": resources}
    if stored is None:
        bucket.create_json(protected_key(account), value)
    else:
        bucket.replace_json(protected_key(account), value, stored.etag)
