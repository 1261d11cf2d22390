"""Answer a search that is piped into commands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ebbtide.language import check_cleaning, step_faults
from ebbtide.language.piped import Piped, parse_piped
from ebbtide.language.pipeline import parse_pipeline
from ebbtide_cli.answering import SearchRequest, time_of
from ebbtide_cli.errors import UsageError
from ebbtide_cli.explaining import write_explanation
from ebbtide_cli.output import warn
from ebbtide_cli.pending import request_of, unlimited
from ebbtide_cli.piped_output import Printing, printing_of
from ebbtide_cli.piping import find_piped, write_found, write_rows_of
from ebbtide_cli.progress import watched
from ebbtide_cli.results import Form
from ebbtide_cli.sources import Source
from ebbtide_cli.view import view_of


@dataclass(frozen=True, slots=True)
class PipedRequest:
    """A piped search, how to print it, and whether its marks are confirmed or only tried."""

    search: SearchRequest
    form: Form
    format_given: bool = False
    explain: bool = False
    yes: bool = False
    dry_run: bool = False


def answer_piped(source: Source, request: PipedRequest) -> None:
    """Write the results of a piped search; mark or tag them if a command asks for that.

    Raises SearchError or UsageError before anything is read or changed.
    """
    text = request.search.text
    if "expand(" not in text:
        _checked(source, request, parse_piped(text))
    opened = source.open()
    with watched(opened) as store:
        head = replace(request.search, text=parse_pipeline(text).search)
        view = view_of(store, time_of(head, store), request.search.accounts)
        templates = None
        if "expand(" in text:
            from ebbtide_cli.configuration import templates_of

            templates = templates_of(store)
        piped = parse_piped(text, templates, view.now)
        view = replace(view, strict=piped.action is not None)
        printing = _checked(source, request, piped)
        for stage in piped.stages:
            for message, _ in step_faults(stage.query):
                warn(message)
        if request.explain:
            write_explanation(piped.last, view)
        elif piped.action is not None:
            from ebbtide_cli.marking import act

            act(source, view, piped, printing, yes=request.yes, dry_run=request.dry_run)
        elif piped.last.aggregate is not None:
            write_rows_of(view, piped, printing, request.search.limit)
        else:
            found = find_piped(piped, view, request.search.limit)
            write_found(view, found, printing, request.search.limit)


def _checked(source: Source, request: PipedRequest, piped: Piped) -> Printing:
    """Return how to print the results, after checks of all that needs no snapshot."""
    printing = printing_of(piped, request.form, given=request.format_given)
    action = piped.action
    if action is None:
        if request.yes or request.dry_run:
            raise UsageError("--yes and --dry-run are for | clean, | protect and | tag")
        return printing
    if "clean" in request_of(action).action:
        check_cleaning(unlimited(piped.last), request.search.text)
    if piped.typed.at is not None or request.search.at is not None:
        raise UsageError(f"| {action.name} acts on the current snapshot; remove --at")
    if not request.dry_run:
        source.require_bucket()
    return printing
