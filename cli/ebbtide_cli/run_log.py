"""`ebbtide runs log`: what went wrong in a run, per account and region."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ebbtide.report.problems import Problem, problems_of
from ebbtide.report.words import listed as enumerated
from ebbtide.store.readable import Readable
from ebbtide_cli.accounts import account_names, ids_of, named, with_names
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.machine import SKIPPED, found_machine
from ebbtide_cli.output import inform
from ebbtide_cli.progress import watched
from ebbtide_cli.results import write_records
from ebbtide_cli.run_list import Listed, find_listed, short_time
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

type Record = dict[str, Any]

HEADER = ["step", "account", "region", "what", "state", "permission", "error"]
# Regions and kinds that a row names before it only counts.
_SHOWN = 2


def write_log(source: Source, run_id: str, accounts: list[str], format: str | None) -> None:
    """Write the problems of a run in the order of its steps."""
    chosen = format or usual_format()
    with watched(source.open()) as store:
        run = find_listed(store, found_machine(source, store), run_id, in_full=True)
        names = account_names(store)
        wanted = ids_of(names, accounts, known_only=False)
        found = [one for one in all_problems(store, run) if not wanted or one.account in wanted]
        store.stop()
    if chosen in DOCUMENTS:
        write_documents(chosen, (document(one, names) for one in found))
    else:
        write_records(chosen, HEADER, (row(one, names) for one in found))
    inform(f"{counted_as(len(found), 'problem')} in run {run_id} ({_ended(run)}).")


def _ended(run: Listed) -> str:
    match run.status:
        case "running":
            return f"running since {short_time(run.started)}"
        case status if status == SKIPPED:
            return "skipped, because another run was under way"
        case status:
            return status.replace("_", " ")


def all_problems(store: Readable, run: Listed) -> Iterator[Problem]:
    """Yield the failure of the run itself, then the problems of its steps."""
    execution = run.execution
    if execution is not None and execution.error:
        error = f"{execution.error}: {execution.cause}" if execution.cause else execution.error
        yield Problem("workflow", run.status, error)
    elif run.status == "timed_out":
        yield Problem("workflow", run.status, "the run took a whole day")
    yield from problems_of(store, run.result)


def row(problem: Problem, names: dict[str, str]) -> list[Any]:
    return [
        problem.step,
        named(names, problem.account),
        region_text(problem.regions) if problem.account else None,
        _what(problem),
        problem.state,
        problem.permission or None,
        with_names(names, problem.error),
    ]


def region_text(regions: tuple[str, ...]) -> str:
    return short(regions, "regions") or "all"


def kind_text(kinds: tuple[str, ...]) -> str:
    """Return kinds for a table; all of them, or their number if they are many."""
    return short(kinds, "kinds") or "all"


def short(names: Iterable[str], noun: str) -> str:
    """Return up to two names, or how many there are; "" for none."""
    found = list(names)
    if len(found) > _SHOWN:
        return f"{len(found)} {noun}"
    return ", ".join(found)


def _what(problem: Problem) -> str | None:
    if problem.step == "collect":
        return kind_text(problem.subjects)
    if problem.step == "cleanup":
        ids = [name.split("/", 3)[3] for name in problem.subjects]
        kinds = {name.split("/", 3)[2] for name in problem.subjects}
        return f"{enumerated(sorted(kinds))} {enumerated(ids, _SHOWN)}"
    return short(problem.subjects, "jobs") or None


def document(problem: Problem, names: dict[str, str]) -> Record:
    """Return a problem with everything that it is about."""
    return {
        "step": problem.step,
        "account": problem.account,
        "account_name": named(names, problem.account),
        "regions": list(problem.regions),
        "subjects": list(problem.subjects),
        "state": problem.state,
        "permission": problem.permission or None,
        "error": problem.error,
    }
