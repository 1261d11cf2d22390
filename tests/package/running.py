"""Makes calls of `ebbtide` in another Python than that of the tests."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.package.calls import Call

PROGRAM = Path(__file__).with_name("in_process.py")


def faults(
    calls: Iterable[Call],
    python: Sequence[str],
    environment: Mapping[str, str],
    places: dict[str, str],
    folder: Path,
) -> list[str]:
    """Make all calls in one process, which begins in the folder; return what went wrong."""
    made = list(calls)
    ended = subprocess.run(
        [*python, str(PROGRAM)],
        # The folder of the program is not to be imported from.
        env={**environment, "PYTHONSAFEPATH": "1"},
        cwd=folder,
        input=json.dumps([call.words(places) for call in made]),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    results = json.loads(ended.stdout)
    found = (call.fault(*result) for call, result in zip(made, results, strict=True))
    return [fault for fault in found if fault is not None]
