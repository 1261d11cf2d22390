"""A run that is stopped amid its deletions: the next one takes over its claim and finishes them."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from ebbtide.store.keys import CLAIM
from local.estate import REGIONS, SANDBOX, Estate
from local.estate.ground import Site, now
from local.estate.network import abandon_network
from local.session import cleanup
from tests.e2e.scenario import Stage, Told, graph_id

# Two more runs, which take a minute and a half.
pytestmark = pytest.mark.full


@dataclass(frozen=True)
class Scene:
    """The stopped run and the next one, what existed before them, and who held the claim between.

    `aborted` is told after both, because its last tick ends by itself.
    """

    aborted: Told
    after: Told
    waste: Estate
    holder: str


@pytest.fixture(scope="module")
def scene(stage: Stage, killed_cleanup: Told) -> Scene:
    """Stop a run once it has begun to take down a VPC, and make another one."""
    assert killed_cleanup.run.status == "SUCCEEDED", killed_cleanup.run
    session, waste = stage.session, Estate(created=now())
    abandon_network(Site(waste, session.client, SANDBOX, REGIONS[0]))
    session.configure(cleanup=cleanup(dry_run=False))
    mark = session.cloud.mark()
    execution = session.start("stopped")
    deadline = time.monotonic() + 300
    while not session.changes_since(mark):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    session.client("stepfunctions").stop_execution(executionArn=execution)
    ended = session.wait(execution)
    holder = session.bucket.read_json(CLAIM)["run_id"]
    after = stage.run("after-stopped")
    return Scene(stage.tell(ended, mark), after, waste, holder)


def test_the_claim_of_a_run_that_was_stopped_amid_deletions_is_taken_over(scene: Scene) -> None:
    assert (scene.aborted.run.status, scene.holder) == ("ABORTED", "stopped")
    assert scene.after.run.status == "SUCCEEDED"
    assert scene.waste.wasted() & scene.after.existing == set()


def test_the_two_ledgers_have_every_call(scene: Scene) -> None:
    for told in (scene.aborted, scene.after):
        session = f"/ebbtide-cleanup-{told.run.run_id}"
        calls = [one for one in told.unrecorded() if one["principal"].endswith(session)]
        assert calls == []
        assert any(one["principal"].endswith(session) for one in told.changes)


def test_each_resource_ends_in_one_of_the_two_runs(scene: Scene) -> None:
    gone = [
        line["graph_id"]
        for told in (scene.aborted, scene.after)
        for ledger in told.ledgers.values()
        for line in ledger
        if line["event"] == "gone"
    ]
    assert len(gone) == len(set(gone))
    assert {graph_id(key) for key in scene.waste.wasted()} <= set(gone)
