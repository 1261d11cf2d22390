"""Print the digest of a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ebbtide.base.durations import moment_of
from ebbtide.digest.as_html import as_html
from ebbtide.digest.as_text import as_text
from ebbtide.digest.document import Document
from ebbtide.digest.facts import Facts, read_facts, with_deletions
from ebbtide.digest.for_owner import owner_digest
from ebbtide.digest.for_team import team_digest
from ebbtide.digest.sending import period_of
from ebbtide.store.run import Run
from ebbtide_cli.errors import SourceError, UsageError
from ebbtide_cli.output import write_all
from ebbtide_cli.planned_runs import planned_run
from ebbtide_cli.progress import watched
from ebbtide_cli.sources import Source

# Owners that an error names.
_NAMED = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """Which digest to print."""

    run: str = "latest"
    owner: str | None = None
    team: bool = False
    since: str | None = None
    html: bool = False


def write_digest(source: Source, asked: Asked) -> None:
    """Print the digest of an owner, or of the team.

    Raises UsageError if the run has no plan, or nothing of the owner.
    """
    if asked.team and asked.owner is not None:
        raise UsageError("give either --owner or --team")
    with watched(source.open()) as store:
        decided = planned_run(store, None if asked.run == "latest" else asked.run)
        run = decided.run
        if run is None:
            raise SourceError(f"the record of run {decided.run_id} is not there, or of old form")
        facts = read_facts(store, run)
        facts = with_deletions(store, run, facts, _since(asked, run))
        store.stop()
    document = _document(facts, asked.owner, run)
    write_all([f"{as_html(document)}\n" if asked.html else as_text(document)])


def _since(asked: Asked, run: Run) -> datetime:
    if asked.since is None:
        return period_of(run, None)
    try:
        return moment_of(asked.since, run.started)
    except ValueError as error:
        raise UsageError(f"--since: {error}") from error


def _document(facts: Facts, owner: str | None, run: Run) -> Document:
    shown = run.config.digest.shown
    if owner is None:
        return team_digest(facts, None, shown)
    owned = facts.by_owner()
    if owner not in owned:
        known = ", ".join(islice(owned, _NAMED)) or "none"
        raise UsageError(
            f"run {run.run_id} has nothing of the owner {owner!r} (tag {facts.tag}); it has "
            f"something of: {known}"
        )
    return owner_digest(owned[owner], owner, None, shown)
