"""Reads and writes how long what is selected in an account has waited.

Each run writes its own object before its plan, as a function of what the last published run left:
whoever repeats the step writes the same. What cannot be read begins anew, and so lasts longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ebbtide.base.errors import FormatError
from ebbtide.plan.grace import NO_WAITS, Wait, Waits, terms
from ebbtide.plan.published import Published
from ebbtide.store.formats import require_format
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

FORMAT = 1


def read_waits(store: Readable, published: Published, run: Run, account: str) -> Waits:
    """Return the waits of an account after the last published run that covered everything.

    An account that this run could not plan has those of the run before.
    """
    if not terms(run.config):
        return NO_WAITS
    for name in published.waited_before(run):
        try:
            value = store.find_json(RunKeys(name).waits(account))
        except ValueError:  # no JSON
            return NO_WAITS
        if value is not None:
            return _waits(value, account)
        if account not in published.waited[name].unplanned:
            return NO_WAITS
    return NO_WAITS


def _waits(value: Any, account: str) -> Waits:
    try:
        require_format(value, FORMAT, "record of graces")
        if value["account"] != account:
            return NO_WAITS
        return {
            name: {rule: Wait.from_json(wait) for rule, wait in waits.items()}
            for name, waits in value["waits"].items()
        }
    except (FormatError, KeyError, TypeError, ValueError, AttributeError):
        return NO_WAITS


def write_waits(bucket: Bucket, run: Run, account: str, waits: Waits) -> None:
    """Write the waits of an account after a run; nothing counts before its plan is published."""
    bucket.write_json(run.keys.waits(account), to_json(run, account, waits))


def to_json(run: Run, account: str, waits: Waits) -> Mapping[str, Any]:
    return {
        "format": FORMAT,
        "run_id": run.run_id,
        "account": account,
        "waits": {
            name: {rule: wait.to_json() for rule, wait in sorted(by_rule.items())}
            for name, by_rule in sorted(waits.items())
        },
    }
