"""Follows a run on the console with the sentences of `ebbtide runs watch`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebbtide.report.progress import Narrator
from ebbtide_cli.watching import Log
from local.observation import Look
from local.session import Run, Session, succeeded

_LOOK_SECONDS = 1.0


def watch(
    log: Log,
    session: Session,
    run_id: str,
    names: Mapping[str, str],
    given: Mapping[str, Any] | None = None,
) -> Run:
    """Start a run and report its progress until it ends. Raises RunError unless it succeeds."""
    narrator = Narrator(session.bucket, run_id, names)

    def tell(look: Look) -> None:
        for sentence in narrator.sentences(ended=look.ended):
            log(sentence)

    execution = session.start(run_id, given)
    return succeeded(session.wait(execution, seen=tell, look_seconds=_LOOK_SECONDS))
