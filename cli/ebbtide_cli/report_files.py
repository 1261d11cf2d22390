"""Find the stored report of a run, and open it in the browser."""

from __future__ import annotations

import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import typer

from ebbtide.store.keys import RunKeys
from ebbtide.store.later_runs import later_runs
from ebbtide.store.readable import Readable
from ebbtide_cli.errors import SourceError, UsageError
from ebbtide_cli.output import inform, warn
from ebbtide_cli.progress import watched
from ebbtide_cli.snapshots import find_snapshot, snapshot_chain
from ebbtide_cli.sources import Source

# Snapshots to look through for a report: a week of hourly runs.
_SNAPSHOTS = 168
_BUILD = "`ebbtide report build RUN --output FILE` makes one of a run's other files"


def newest_runs(store: Readable) -> Iterator[str]:
    """Yield the runs whose snapshots are kept, newest first, as far back as a week."""
    if find_snapshot(store) is None:
        return
    for manifest in islice(snapshot_chain(store), _SNAPSHOTS):
        yield from reversed(later_runs(store, manifest.run_id))
        yield manifest.run_id


def last_run(store: Readable) -> str:
    """Return the newest run. Raises SourceError without any."""
    found = next(newest_runs(store), None)
    if found is None:
        raise SourceError(f"no run with a snapshot found in {store.name}")
    return found


def has_report(store: Readable, run_id: str) -> bool:
    key = RunKeys(run_id).report
    return key in islice(store.keys(key), 1)


def last_reported(store: Readable) -> str | None:
    """Return the newest run with a report; None without any."""
    return next((run_id for run_id in newest_runs(store) if has_report(store, run_id)), None)


def reported_run(store: Readable, run_id: str | None) -> str:
    """Return the run, or the last one with a report.

    Raises UsageError if there is no such run, SourceError if there is no report.
    """
    if run_id is None:
        found = last_reported(store)
        if found is None:
            raise SourceError(f"no report found in {store.name}; {_BUILD}")
        return found
    require_run(store, run_id)
    if not has_report(store, run_id):
        raise SourceError(
            f"run {run_id} has no report; it is older than reports, they are disabled "
            f"(report.enabled), or writing it failed (`ebbtide runs log {run_id}`); {_BUILD}"
        )
    return run_id


def require_run(store: Readable, run_id: str) -> None:
    """Raise UsageError if there is no such run."""
    if store.find_json(RunKeys(run_id).run) is None:
        raise UsageError(f"run not found: {run_id}; `ebbtide runs list` lists the runs")


def open_file(source: Source, run_id: str | None, *, print_path: bool) -> None:
    """Open a report in the browser, or print where it is."""
    with watched(source.open()) as store:
        run_id = reported_run(store, run_id)
        path = _path_of(source, store, run_id)
        store.stop()
    if print_path:
        typer.echo(str(path))
        return
    if webbrowser.open(path.as_uri()):
        inform(f"Opened the report of run {run_id}: {path}")
    else:
        warn(f"no browser found; open {path} yourself")


def _path_of(source: Source, store: Readable, run_id: str) -> Path:
    """Return the file of a report; one in a bucket is downloaded first."""
    key = RunKeys(run_id).report
    if source.folder is not None:
        return (source.folder / key).resolve()
    # mkdtemp makes a folder that only the caller can enter; the browser needs the file later on.
    path = Path(tempfile.mkdtemp(prefix="ebbtide-")) / f"{run_id}.html"
    path.write_text(store.read_text(key), encoding="utf-8")
    with suppress(OSError):
        path.chmod(0o600)
    return path
