"""What a cleanup saves: only what is gone, each resource once, in the run that confirms it."""

from __future__ import annotations

from typing import Any

from ebbtide.cleanup.summary import summarise_cleanup
from ebbtide.deployment.inputs import RunRequest
from tests.support.builders import ACCOUNT
from tests.support.cleanup_runs import Cloud, Script, cloud, name, planned
from tests.unit.cleanup.test_pending import next_run


def saved(one: Cloud) -> dict[str, Any]:
    one.bucket.write_json(one.keys.accounts, [{"account": ACCOUNT}])
    bucket: Any = one.bucket
    summarise_cleanup(RunRequest(run_id=one.run_id), bucket)
    found: dict[str, Any] = one.bucket.read_json(one.keys.cleanup_summary)
    return found


def endings(one: Cloud) -> dict[str, tuple[str, Any]]:
    return {
        line["graph_id"]: (line["event"], line["monthly"])
        for line in one.ledger()
        if "monthly" in line
    }


def test_only_what_is_gone_saves_anything() -> None:
    one = cloud(
        a=Script(), b=Script(), free=Script(), odd=Script(), c=Script(protected=True),
        d=Script(becomes="failed", seconds=1),
    )  # fmt: skip
    one.begin(
        "run",
        planned("a", monthly=8.0, owner="web"),
        planned("b", monthly=2.5),
        planned("free", monthly=0.0),
        planned("odd", monthly=None),
        planned("c", monthly=100.0),
        planned("d", monthly=100.0),
    )
    one.finish()
    statuses = {**dict.fromkeys(("a", "b", "free", "odd"), "gone"), "c": "skipped", "d": "failed"}
    assert one.statuses() == statuses
    found = saved(one)
    assert (found["savings"]["monthly"], found["savings"]["unknown"]) == (10.5, 1)
    assert found["savings"]["resources"] == 4
    assert found["savings"]["by"]["rule"] == {
        "expired": {"monthly": 10.5, "unknown": 1, "resources": 4, "currency": "USD"}
    }
    assert {who: sum["monthly"] for who, sum in found["savings"]["by"]["owner"].items()} == {
        "web": 8.0,
        "": 2.5,
    }
    assert found["would_save"]["resources"] == 0
    (account,) = found["accounts"]
    assert account["savings"]["monthly"] == 10.5
    assert endings(one)[name("free")] == ("gone", 0.0)
    assert endings(one)[name("odd")] == ("gone", None)


def test_what_has_no_known_price_saves_an_unknown_amount() -> None:
    one = cloud(a=Script(), b=Script())
    one.begin("run", planned("a", monthly=None), planned("b", monthly=None, owner="web"))
    one.finish()
    found = saved(one)
    sums = [
        found["savings"],
        *(sum for part in found["savings"]["by"].values() for sum in part.values()),
        *(account["savings"] for account in found["accounts"]),
    ]
    assert {(sum["monthly"], sum["unknown"] > 0) for sum in sums} == {(None, True)}
    assert (found["would_save"]["monthly"], found["would_save"]["resources"]) == (0.0, 0)


def test_a_dry_run_would_save() -> None:
    one = cloud(a=Script())
    one.dry_run = True
    one.begin("run", planned("a", monthly=8.0))
    one.finish()
    found = saved(one)
    assert found["savings"]["resources"] == 0
    assert found["would_save"]["monthly"] == 8.0


def test_what_is_carried_over_counts_in_the_run_that_confirms_it() -> None:
    one = cloud(a=Script(seconds=1800))
    one.begin("run-1", planned("a", monthly=8.0, owner="web"))
    one.finish()
    assert one.statuses() == {"a": "pending"}
    assert saved(one)["savings"]["resources"] == 0
    next_run(one, 2)
    assert one.statuses() == {"a": "gone"}
    assert saved(one)["savings"]["by"]["owner"]["web"]["monthly"] == 8.0


def test_what_stays_behind_and_what_is_made_again() -> None:
    one = cloud(owner=Script(), child=Script(stays=True), again=Script(becomes="again", seconds=1))
    one.begin(
        "run",
        planned("owner", monthly=1.0),
        planned("child", action="goes_with", goes_with=name("owner"), monthly=50.0,
                after=(name("owner"),)),
        planned("again", monthly=4.0),
    )  # fmt: skip
    one.finish()
    statuses = one.statuses()
    assert (statuses["owner"], statuses["child"]) == ("gone", "left_behind")
    gone = 1.0 + (4.0 if statuses["again"] == "gone" else 0)
    assert saved(one)["savings"]["monthly"] == gone
