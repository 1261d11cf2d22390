"""What a report says in sentences: what is held, what went wrong, what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ebbtide.graph.manifest import Manifest
from ebbtide.plan.today import sentences
from ebbtide.report.gaps import Gap, gaps_of
from ebbtide.report.problems import Problem
from ebbtide.report.runs import RunResult
from ebbtide.report.words import listed
from ebbtide.store.readable import Readable

# Names in one sentence, gaps of an account and problems of a run before the rest is only counted.
_NAMES, _GAPS, _PROBLEMS = 5, 200, 200


def outcome_of(result: RunResult) -> str:
    """Return how a run has ended, from what it left: the report is written just before its end."""
    if result.held:
        return "held"
    return "succeeded" if result.is_complete else "incomplete"


def held_sentences(result: RunResult) -> list[str]:
    """Say what keeps the plan, or a part of it, from being carried out."""
    plan, run = result.plan, result.run
    if plan is None:
        return []
    found: list[str] = []
    if plan["held"]:
        reasons = plan["exceeded"] or ("nobody has approved it",)
        found += [f"The plan is held, nothing of it is deleted: {reason}." for reason in reasons]
    elif number := plan.get("held_resources", 0):
        found.append(f"{number:,} planned resources are held: they need an approval.")
    found += [f"{text}." for text in sentences(plan)]
    if result.held_by:
        found.append(f"The plan is held by automation {listed(result.held_by, _NAMES)}.")
    if run is not None and not run.config.cleanup.enabled:
        found.append("Nothing is deleted: cleanup.enabled was false in this run.")
    elif run is not None and run.config.cleanup.dry_run:
        found.append("Nothing is deleted: this run was a dry run.")
    return found


def problem_sentences(problems: Iterable[Problem], names: Mapping[str, str]) -> list[str]:
    """Say what went wrong; after many problems, only how many more there are."""
    found = [_sentence(one, names) for one in problems]
    more = len(found) - _PROBLEMS
    return [*found[:_PROBLEMS], *([f"{more:,} more problems."] if more > 0 else [])]


def _sentence(problem: Problem, names: Mapping[str, str]) -> str:
    account = problem.account
    parts = [problem.step]
    if account is not None:
        parts.append(names.get(account) or account)
    parts += [listed(one, _NAMES) for one in (problem.regions, problem.subjects) if one]
    return f"{', '.join(parts)}: {problem.state}: {problem.error}"


def coverage_of(store: Readable, manifest: Manifest) -> list[dict[str, Any]]:
    """Return each account with its state and its gaps; gaps for one reason are one entry."""
    gaps: dict[str, list[Gap]] = {}
    for gap in gaps_of(store, manifest):
        gaps.setdefault(gap.account, []).append(gap)
    return list(_accounts(manifest, gaps))


def _accounts(manifest: Manifest, gaps: Mapping[str, list[Gap]]) -> Iterator[dict[str, Any]]:
    for entry in manifest.accounts:
        found = gaps.get(entry.account, [])
        state = "incomplete" if found else "complete"
        if entry.stale_since is not None:
            state = "stale"
        yield _account(entry.account, entry.name, state, found)
    for account in manifest.missing:
        yield _account(account, "", "missing", gaps.get(account, []))


def _account(account: str, name: str, state: str, gaps: list[Gap]) -> dict[str, Any]:
    shown = [_gap(one) for one in gaps[:_GAPS]]
    if len(gaps) > _GAPS:
        error = f"{len(gaps) - _GAPS:,} more gaps; `ebbtide coverage` lists them"
        shown.append({"region": "", "kind": "", "state": "", "error": error, "permission": ""})
    return {"account": account, "name": name, "state": state, "gaps": shown}


def _gap(one: Gap) -> dict[str, Any]:
    """Return a gap; an empty region or kind means all of them."""
    return {
        "region": listed(one.regions, _NAMES) if one.regions else "",
        "kind": listed(one.kinds, _NAMES) if one.kinds else "",
        "state": one.state,
        "error": one.error,
        "permission": one.permission,
    }
