"""Explain what the plan of a run says about one resource, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from ebbtide.kinds import registry
from ebbtide.model.lines import ResourceLine
from ebbtide.model.price import price_words
from ebbtide.plan.answers import Answer
from ebbtide.plan.explaining import Explanation, Relative, explain, verdict_of
from ebbtide.plan.planning import decide
from ebbtide.plan.searched import asked_about
from ebbtide.plan.steps import basis_of
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable
from ebbtide.store.run import find_run
from ebbtide.workflow.as_of import as_of
from ebbtide.workflow.asking_jobs import ask_jobs
from ebbtide.workflow.simulating import prepared
from ebbtide_cli.configuration import read_config
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.neighbours import resource_of
from ebbtide_cli.output import inform, one_line, spaced, table_width, warn
from ebbtide_cli.plan_show import state_lines, write_lines
from ebbtide_cli.plan_tables import evidence_texts, wrapped
from ebbtide_cli.planned_runs import Decided, decided_in, last_planned
from ebbtide_cli.progress import watched
from ebbtide_cli.restoring.registry import restorable
from ebbtide_cli.sources import Source
from ebbtide_cli.view import View, view_of

_SAYS = {True: "yes", False: "no", None: "unknown"}
# Names of related resources that a text lists before it counts the rest.
_SHOWN = 20


def write_explanation(
    source: Source, name: str, run: str | None, accounts: list[str], format: str
) -> None:
    """Write everything that decides what happens to the one resource with this id or name."""
    with watched(source.open()) as store:
        view, decided = _view(store, run, accounts)
        line = cast(ResourceLine, resource_of(view, name))
        found = _explained(store, view, decided, line)
        ending = view.snapshot.marks.ending(line)
        account = view.snapshot.account_names.get(line["account"]) or line["account"]
        store.stop()
    if format == "text":
        write_lines(list(_text(found, account, ending)))
    else:
        more = {"ending": dict(ending), "once_deleted": _once_deleted(found)}
        write_documents(format, [{**found.to_json(), **more}])
    if decided is not None and found.verdict.outcome in ("delete", "goes_with"):
        for state in state_lines(decided):
            inform(state)
    inform(f"Snapshot of run {view.snapshot.manifest.run_id}{_whose(decided)}.")


def _whose(decided: Decided | None) -> str:
    return "; no plan was made of it" if decided is None else f"; plan of run {decided.run_id}"


def _view(store: Any, run: str | None, accounts: list[str]) -> tuple[View, Decided | None]:
    """Return the snapshot of a run, by default the last with a plan, and what it decided."""
    decided = last_planned(store) if run is None else None
    at = decided.run_id if decided is not None else run
    view = view_of(store, at, accounts)
    if run is not None and find_run(store, run) is not None and _has_plan(store, run):
        decided = decided_in(store, run)
    return view, decided


def _has_plan(store: Readable, run: str) -> bool:
    return store.find_json(RunKeys(run).plan_summary) is not None


def _explained(
    store: Readable, view: View, decided: Decided | None, line: ResourceLine
) -> Explanation:
    manifest, account = view.snapshot.manifest, line["account"]
    run_id = manifest.run_id if decided is None else decided.run_id
    run = find_run(store, run_id)
    stored = None if decided is None else decided.plan(account)
    if run is None or stored is None:
        if run is None:
            warn(
                f"the record of run {run_id} is missing; the current configuration is used, and "
                "resources of Ebbtide itself cannot be told from others"
            )
        config = read_config(store) if run is None else run.config
        stage = prepared(store, manifest, config, run, (account,))
        run, seen = stage.run, stage.store
    else:
        seen = as_of(store, run, manifest, [account])
    basis = basis_of(seen, run, account, run.manifest or run.keys.manifest)
    if stored is not None:
        basis = replace(basis, first_run=stored.first_run)
    made = decide(basis)
    resource = basis.inventory[line["graph_id"]]
    found = explain(
        made,
        resource.graph_id,
        list(ask_jobs(seen, run, manifest, resource)),
        list(asked_about(seen, run, manifest, basis.inventory, resource)),
    )
    if stored is None:
        return found
    verdict = verdict_of(stored, resource)
    if (verdict.outcome, verdict.code) != (found.verdict.outcome, found.verdict.code):
        warn(
            f"today the plan of run {run_id} would say: {found.verdict.sentence} What it rested on "
            "has changed since, such as a protection"
        )
    return replace(found, verdict=verdict)


def _text(found: Explanation, account: str, ending: Mapping[str, Any]) -> Iterator[str]:
    width, subject = table_width(), found.subject
    name = f" ({subject.name})" if subject.name != subject.id else ""
    yield one_line(f"{subject.kind} {subject.id}{name}")
    yield one_line(f"  account {account}, region {subject.region}")
    yield one_line(f"  {subject.graph_id}")
    if subject.arn:
        yield one_line(f"  {subject.arn}")
    yield from wrapped(f"tags: {_tags(found.tags)}", width, "  ")
    yield from wrapped(price_words(found.price), width, "  ")
    yield ""
    yield from wrapped(found.verdict.sentence, width, "")
    if found.if_selected is not None:
        yield from wrapped(found.if_selected.supposed, width, "")
    yield from wrapped(_ended(ending), width, "")
    afterwards = _once_deleted(found)
    yield from wrapped(f"Once deleted, it {afterwards}." if afterwards else "", width, "")
    if found.first_run:
        yield from wrapped(f"First run of {', '.join(found.first_run)}.", width, "")
    yield from _answers("Rules", found.rules, width)
    yield from _answers("Jobs", found.jobs, width)
    yield from _answers("Automations", found.automations, width)
    yield from _list("Protections", found.protections, width, "none")
    for title, relatives in _relatives(found):
        texts = [_relative(one) for one in relatives[:_SHOWN]]
        more = [f"and {len(relatives) - _SHOWN} more"] if len(relatives) > _SHOWN else []
        yield from _list(title, (*texts, *more), width)
    verdict = found.if_selected or found.verdict
    yield from _list("Breaks, although it stays", verdict.breaks, width)
    yield from _list("Evidence", tuple(evidence_texts(found.evidence)), width)
    yield from _list("Not read completely", found.gaps, width)


def _once_deleted(found: Explanation) -> str | None:
    """Return whether it could be restored, and how; None for what is never deleted."""
    kind = registry().get(found.subject.kind)
    return None if kind is None or kind.delete is None else restorable(kind.name)


def _relatives(found: Explanation) -> list[tuple[str, tuple[Relative, ...]]]:
    return [
        ("Owners", found.owners),
        ("AWS deletes along with it", found.along),
        ("Must be deleted before it", found.before),
        ("Can be deleted only after it", found.waiting),
        ("Would break without it", found.users),
    ]


def _relative(one: Relative) -> str:
    name = f" ({one.name})" if one.name and not one.graph_id.endswith(f"/{one.name}") else ""
    fate = "" if not one.graph_id else ", also to be deleted" if one.goes else ", stays"
    why = f": {one.why}" if one.graph_id and one.why else one.why
    return f"{one.graph_id}{name if one.graph_id else ''}{fate}{why}"


def _answers(title: str, answers: tuple[Answer, ...], width: int) -> Iterator[str]:
    if not answers:
        return
    yield ""
    yield f"{title}:"
    longest = max(len(one.name) for one in answers)
    for one in answers:
        does = f" ({one.off})" if one.off else "" if one.action == "clean" else f" ({one.action})"
        text = f"{_SAYS[one.selects]:<8}{one.name:<{longest}}  "
        lines = wrapped(f"{one.reason}{does}", width - len(text) - 2, "") or [""]
        yield f"  {text}{lines[0]}"
        yield from (f"  {'':<{len(text)}}{line}" for line in lines[1:])
        facts = ", ".join(f"{name}={spaced(value)}" for name, value in one.facts.items())
        if facts:
            yield from wrapped(f"facts: {facts}", width, f"  {'':<{len(text)}}")


def _list(title: str, texts: tuple[str, ...], width: int, none: str = "") -> Iterator[str]:
    if not texts and not none:
        return
    yield ""
    yield f"{title}:" if texts else f"{title}: {none}"
    for text in texts:
        yield from wrapped(text, width, "  ")


def _tags(tags: Mapping[str, str] | None) -> str:
    if tags is None:
        return "could not be read"
    return ", ".join(f"{key}={value}" for key, value in sorted(tags.items())) or "none"


def _ended(ending: Mapping[str, Any]) -> str:
    """Return how the cleanup of a run ended for the resource, or ""."""
    if not ending:
        return ""
    status = "is being deleted" if ending.get("pending") else ending.get("ending")
    if status is None:
        return ""
    reason = f": {ending['ending_reason']}" if ending.get("ending_reason") else ""
    return f"In run {ending['ending_run']}: {str(status).replace('_', ' ')}{reason}."
