"""Show what `| clean`, `| protect` or `| tag` is about, ask, and add the pending job."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

from ebbtide.config import Config
from ebbtide.config.tag_action import is_tag_value
from ebbtide.language import print_query
from ebbtide.language.piped import Piped
from ebbtide.language.pipeline import Command
from ebbtide.language.tag_values import is_template, query_with_values, templates_in
from ebbtide.search import Match
from ebbtide.search.filling import Filling, UnknownValueError
from ebbtide_cli.configuration import read_config
from ebbtide_cli.errors import UsageError
from ebbtide_cli.job_changes import add_pending_job, require_valid
from ebbtide_cli.output import one_line, say
from ebbtide_cli.pending import PREFIX, PROTECTED_FOR, Job, Request, request_of, unlimited
from ebbtide_cli.piped_output import Printing
from ebbtide_cli.piping import Found, find_piped, write_found
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as
from ebbtide_cli.view import View

# Resources whose new values are shown before the tags are set.
_SHOWN = 5


def act(
    source: Source, view: View, piped: Piped, printing: Printing, *, yes: bool, dry_run: bool
) -> None:
    """Print the resources, then add the job for them, unless it is a dry run or nobody agrees.

    Raises UsageError if the job would be invalid, or if nobody can be asked.
    """
    command = piped.action
    assert command is not None
    request = request_of(command)
    found = find_piped(piped, view)
    matches = list(found.matches)
    write_found(view, Found(found.query, matches, found.answers), printing)
    if not matches:
        say("Nothing to do.")
        return
    lines = [match.line for match in matches]
    job = request.job(piped.typed, lines, view.snapshot.manifest.created, view.asked)
    require_valid(job)
    number = "this resource" if len(matches) == 1 else f"these {len(matches):,} resources"
    for sentence in plan_of(request, job, number, read_config(view.store)):
        say(sentence)
    for sentence in values_of(piped, request, view, matches):
        say(sentence)
    if dry_run:
        say("Nothing was changed (--dry-run).")
    elif yes or _agreed(command):
        name = add_pending_job(source, job, PREFIX, view.asked)
        say(f"Added job {name}. To take it back: ebbtide jobs delete {name}")
    else:
        say("Nothing was changed.")


def plan_of(request: Request, job: Job, number: str, config: Config) -> list[str]:
    """Return what the pending job will do, and what keeps it from doing so as things are."""
    cleanup = config.cleanup
    when = f"at {request.event}, until {job['until']}"
    acts = cleanup.enabled and not cleanup.dry_run
    idle = "cleanup is disabled" if not cleanup.enabled else "cleanup.dry_run is true"
    match request.verb:
        case "clean":
            sentences = [f"Each run selects {number} for its plan, {when}."]
            if not acts:
                sentences.append(f"As configured, nothing is deleted, because {idle}.")
            elif cleanup.first_run == "report":
                sentences.append("The next run only reports them; the one after it deletes them.")
        case "protect":
            sentences = [f"The next run protects {number} for {PROTECTED_FOR}, {when}."]
        case "keep":
            sentences = [f"The next run keeps {number}; marks are made anew in each run."]
        case _:
            sentences = [f"The next run changes the tags of {number}, {when}."]
            if not acts:
                sentences.append(f"As configured, no tag is changed, because {idle}.")
    return sentences


def values_of(piped: Piped, request: Request, view: View, matches: list[Match]) -> Iterator[str]:
    """Say which values a template of a tag has as things are, and for which it has none."""
    values = {
        key: value
        for key, value in request.action.get("tag", {}).get("update", {}).items()
        if is_template(value)
    }
    if not values:
        return
    query = query_with_values(print_query(unlimited(piped.typed)), values, now=view.now)
    filling = Filling(templates_in(query), view.snapshot.context(view.now))
    skipped: Counter[str] = Counter()
    for position, match in enumerate(matches):
        try:
            found = filling.of(match.line)
        except UnknownValueError as error:
            skipped[str(error)] += 1
            continue
        if bad := [value for value in found.values() if not is_tag_value(value)]:
            skipped[f"{one_line(bad[0])!r} is no value of a tag"] += 1
        elif position < _SHOWN:
            yield f"  {match.line['id']}: {', '.join(f'{k}={v}' for k, v in found.items())}"
    for why, count in skipped.items():
        yield f"Skipped as things are: {counted_as(count, 'resource')}, because {why}."


def _agreed(command: Command) -> bool:
    """Ask on the terminal. Raises UsageError if there is nobody to ask."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"| {command.name} changes the configuration and nothing was changed; "
            "add --yes to confirm it, or --dry-run"
        )
    sys.stderr.write("Add a job for the next run to the configuration? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
