"""Answer Ebbtide from a container: keep each planned volume that has no snapshot.

The rule passes the event in the environment variable EVENT. The program answers and ends; with its
exit code, ECS shows whether it has failed.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator

from ebbtide.automation import Asked, LateAnswerError, Mark, keep, parse

VOLUME, SNAPSHOT = "aws_ec2_volume", "aws_ec2_snapshot"

log = logging.getLogger("check")


def decide(asked: Asked) -> Iterator[Mark]:
    """Yield a mark for each planned volume without a complete snapshot in its account."""
    plan = asked.plan()
    for account in plan.accounts:
        volumes = [one for one in plan.of(account) if one.kind == VOLUME]
        if not volumes:
            continue
        saved = with_snapshot(asked, account)
        for one in volumes:
            if (one.region, one.id) not in saved:
                yield keep(one.graph_id, "the volume has no snapshot")


def with_snapshot(asked: Asked, account: str) -> set[tuple[str, str]]:
    """Return region and id of each volume of which the graph has a complete snapshot."""
    found = set()
    for _, node in asked.graph(account).nodes(data=True):
        said = node["properties"]
        if node["kind"] == SNAPSHOT and said.get("snapshot_status") == "completed":
            found.add((node["region"], said.get("volume_id", "")))
    return found


def main() -> int:
    """Answer the event in EVENT; return the exit code."""
    logging.basicConfig(format="%(levelname)s %(message)s")
    log.setLevel(logging.INFO)
    asked = parse(os.environ["EVENT"])
    try:
        try:
            marks = list(decide(asked))
        except Exception as error:
            # An answer now is better than a run that waits an hour for none.
            log.exception("run %s: the check has failed", asked.run_id)
            asked.refuse(f"the check has failed: {type(error).__name__}")
            return 1
        asked.answer(marks)
        log.info("run %s: answered, %d volumes are kept", asked.run_id, len(marks))
    except LateAnswerError as late:
        log.warning("run %s: nothing to do: %s", asked.run_id, late)
    return 0


if __name__ == "__main__":
    sys.exit(main())
