"""`ebbtide cleanup restore`: bring back what a cleanup deleted, with the caller's credentials."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ebbtide.aws import AccountSession
from ebbtide.deployment.settings import Settings
from ebbtide.kinds import registry
from ebbtide.model.resource import Subject
from ebbtide.store.readable import Readable
from ebbtide.store.run import find_run
from ebbtide_cli.asking import agreed
from ebbtide_cli.errors import NO, SOURCE, SourceError, UsageError
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.output import inform, one_line, report, say, write_all
from ebbtide_cli.progress import watched
from ebbtide_cli.restoring.access import enter
from ebbtide_cli.restoring.model import WAYS, Lost, Restoration
from ebbtide_cli.restoring.performing import Performer, RestoreError
from ebbtide_cli.restoring.presence import Looker, Present, looking, replacements
from ebbtide_cli.restoring.registry import restoration_of
from ebbtide_cli.restoring.relatives import Relatives, relatives_of
from ebbtide_cli.restoring.steps import NEW, Step, Work, new_of
from ebbtide_cli.restoring.stored import Stored, find_stored
from ebbtide_cli.sources import Source

# Roles of Ebbtide, whatever the run says that they are called.
_USUAL = Settings(bucket="", account_id="")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller chose."""

    run_id: str
    name: str
    role: str | None = None
    replace: Mapping[str, str] = field(default_factory=dict)
    protect: bool = True
    resume: bool = False
    yes: bool = False
    dry_run: bool = False
    format: str = "text"


def restore(source: Source, asked: Asked) -> int:
    """Show the calls that bring a resource back, ask, and make them. Return the exit code.

    Raises UsageError for what was not deleted, is there or cannot be restored, SourceError if its
    description has expired.
    """
    with watched(source.open()) as store:
        stored = find_stored(store, asked.run_id, asked.name)
        declared = restoration_of(stored.subject.kind)
        if isinstance(declared, Lost):
            raise UsageError(f"{stored.subject.id} cannot be restored: {declared.why}")
        relatives, forbidden = relatives_of(store, stored), _own_roles(store, asked.run_id)
        store.stop()
    session = enter(source, stored.subject.account, asked.role, forbidden)
    with looking(session) as looker:
        attempt = prepared(looker, stored, declared, relatives, asked)
        _write(attempt, relatives, asked.format)
        attempt.require_parents()
        if asked.dry_run:
            inform("Nothing was changed (--dry-run).")
            return 0
        if not agreed(f"Restore {stored.subject.id}?", yes=asked.yes):
            say("Nothing was changed.")
            return NO
        return carry_out(attempt, relatives)


def _own_roles(store: Readable, run_id: str) -> tuple[str, ...]:
    run = find_run(store, run_id)
    return (_USUAL.reader_role, _USUAL.cleaner_role, *(run.own.roles if run is not None else ()))


@dataclass(slots=True)
class Attempt:
    """A restoration that is ready to be carried out; `present` is what an earlier one made."""

    looker: Looker
    work: Work
    present: Present | None

    @property
    def session(self) -> AccountSession:
        return self.looker.session

    @property
    def steps(self) -> list[Step]:
        """Return the calls to make; those after the first name the new resource as `<new>`."""
        if self.present is None:
            return [self.work.first(), *self.work.follows(NEW)]
        return list(self.work.follows(self.new_of(self.present)))

    def new_of(self, present: Present) -> str:
        return new_of(self.work.declared, present.description.item, present.subject.id)

    def require_parents(self) -> None:
        """Raise UsageError if the first call names what is gone."""
        first = None if self.present is not None else self.work.first()
        if first is not None and first.missing:
            run_id = self.work.stored.run_id
            commands = "; ".join(f"`ebbtide cleanup restore {run_id} {id}`" for id in first.missing)
            raise UsageError(
                f"{', '.join(first.missing)} is gone: restore it first ({commands}), or name "
                "another one with --replace OLD=NEW"
            )


def prepared(
    looker: Looker,
    stored: Stored,
    declared: Restoration,
    relatives: Relatives,
    asked: Asked,
) -> Attempt:
    """Look for what is there, and fill in the calls. Raises UsageError if it is there again."""
    present = looker.find(stored, declared, adopt=asked.resume)
    if present is not None and not present.ours:
        raise UsageError(
            f"{stored.subject.id} is there: somebody made it again, or it never went; if an "
            "interrupted restoration made it, --resume makes the calls that follow its creation"
        )
    work = Work(stored, declared, looker.session.partition.name, asked.protect)
    work.check()
    missing = list(_gone(looker, relatives.named, asked.replace))
    for one, successor in missing:
        work.replaced |= replacements(one, successor) if successor is not None else {}
    work.replaced |= asked.replace
    work.missing = tuple(one for one, successor in missing if successor is None)
    _look_for_copy(looker, work)
    if present is not None:
        work.known_as(new_of(declared, present.description.item, present.subject.id))
    return Attempt(looker, work, present)


def _gone(
    looker: Looker, named: Sequence[Subject], replaced: Mapping[str, str]
) -> Iterator[tuple[Subject, Present | None]]:
    """Yield what is gone of the resources that the description names, and what replaces it."""
    for one in named:
        if one.id not in replaced and looker.is_gone(one):
            yield one, looker.successor(one)


def _look_for_copy(looker: Looker, work: Work) -> None:
    finding = work.finding()
    if finding is not None:
        performer = Performer(looker.session, work.stored.subject.region)
        try:
            work.found = performer.make(finding)
        except RestoreError as error:
            raise SourceError(f"cannot look for a copy: {error}") from error


def carry_out(attempt: Attempt, relatives: Relatives, performer: Performer | None = None) -> int:
    """Make the calls of a restoration, and say what it has become. Return the exit code."""
    work = attempt.work
    region = work.stored.subject.region
    performer = performer or Performer(attempt.session, region, say)
    old = work.stored.subject
    try:
        new = _created(attempt, performer)
        failed = performer.follow(work, new)
    except RestoreError as error:
        hint = "; --resume completes one that an earlier attempt made" if error.exists else ""
        report(f"{old.id} is not restored: {error}{hint}")
        return SOURCE
    present = attempt.looker.find(work.stored, work.declared, adopt=False)
    now = present.subject.id if present is not None else new
    say(f"Restored {old.kind} {now}" + (f", which was {old.id}." if now != old.id else "."))
    if registry()[old.kind].tags is None and work.protect:
        say(f"It has no tags: list {now} in protect.ids, or a run may select it again.")
    _tell_neighbours(relatives, changed=now != old.id)
    for reason in failed:
        report(reason)
    if failed:
        report("the same command makes the calls that failed")
    return SOURCE if failed else 0


def _created(attempt: Attempt, performer: Performer) -> str:
    """Bring the resource back, unless an earlier attempt has; return how calls name it."""
    work = attempt.work
    if attempt.present is not None:
        new = attempt.new_of(attempt.present)
    else:
        made = performer.make(work.first())
        old = new_of(work.declared, work.stored.description, work.stored.subject.id)
        new = old if made is None else made
    performer.wait(attempt.looker, work)
    work.known_as(new)
    return new


def _tell_neighbours(relatives: Relatives, *, changed: bool) -> None:
    if not relatives.known:
        inform("The snapshot has expired, so that what named it is not known.")
    elif changed and relatives.named_by:
        names = ", ".join(one.graph_id for one in relatives.named_by[:_SHOWN])
        more = len(relatives.named_by) - _SHOWN
        say(f"These named the old one: {names}{f' and {more} more' if more > 0 else ''}.")


def _write(attempt: Attempt, relatives: Relatives, format: str) -> None:
    if format == "text":
        write_all(f"{line}\n" for line in _text(attempt, relatives))
    else:
        write_documents(format, [_document(attempt, relatives)])


def _text(attempt: Attempt, relatives: Relatives) -> Iterator[str]:
    work, subject = attempt.work, attempt.work.stored.subject
    name = f" ({subject.name})" if subject.name != subject.id else ""
    yield one_line(f"{subject.kind} {subject.id}{name}")
    yield f"  account {subject.account}, region {subject.region}, run {work.stored.run_id}"
    yield f"  comes back {WAYS[work.declared.way]}"
    if work.found is not None:
        yield one_line(f"  from {work.found}")
    if attempt.present is not None:
        yield one_line(f"  is there as {attempt.present.subject.id}: an earlier attempt made it")
    for number, step in enumerate(attempt.steps, 1):
        yield f"{number:>3}. {step.title}"
        for key, value in step.arguments.items():
            yield one_line(f"       {key}: {json.dumps(value, ensure_ascii=False)}")
        if step.missing:
            yield f"       names {', '.join(step.missing)}, which is gone"
    yield f"Not restored: {work.declared.lost}"
    if work.unknown_policies:
        yield f"Inline policies whose text is not known: {', '.join(work.unknown_policies)}"
    for old, new in work.replaced.items():
        yield one_line(f"Instead of {old}: {new}")
    for one in relatives.named_by[:_SHOWN]:
        yield one_line(f"Named by {one.graph_id}")


def _document(attempt: Attempt, relatives: Relatives) -> dict[str, Any]:
    work, subject = attempt.work, attempt.work.stored.subject
    return {
        "run_id": work.stored.run_id,
        "graph_id": subject.graph_id,
        "way": work.declared.way,
        "copy": work.found,
        "present": attempt.present.subject.id if attempt.present is not None else None,
        "calls": [
            {
                "service": step.call.service,
                "operation": step.call.operation,
                "arguments": step.arguments,
                "missing": list(step.missing),
            }
            for step in attempt.steps
        ],
        "not_restored": work.declared.lost,
        "unknown_policies": list(work.unknown_policies),
        "replaced": dict(work.replaced),
        "named_by": [one.graph_id for one in relatives.named_by],
    }
