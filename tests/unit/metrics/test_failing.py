"""A metric that fails at run time fails alone, and is left out of the whole run."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.config import Config
from ebbtide.metrics import figures
from ebbtide.metrics.choosing import choose
from ebbtide.metrics.combining import failures
from ebbtide.metrics.work import Work
from tests.support.builders import ACCOUNT, NOW, volume
from tests.support.measuring import Estate, config_of, measured, works_of

SEARCHES = {
    "counted": "aggregate(region: sum(1)): is(volume)",
    "single": "aggregate(region: max(volume_size)): is(volume)",
    "near": "aggregate(region: sum(1)): is(volume) with(empty, -->)",
}


def estate() -> Estate:
    return Estate({ACCOUNT: [volume(f"vol-{number}").to_line() for number in range(3)]})


def works(config: Config) -> dict[str, Work]:
    return {work.chosen.name: work for work in works_of(estate(), ACCOUNT, choose(config, NOW))}


@pytest.mark.parametrize("name", SEARCHES)
def test_a_metric_that_fails_does_so_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Work._labels

    def labels(self: Work, line: Any) -> Any:
        if self.chosen.name == name:
            raise RecursionError("too deep")
        return usual(self, line)

    monkeypatch.setattr(Work, "_labels", labels)
    found = works(config_of(**SEARCHES))
    assert {one: work.error for one, work in found.items() if work.error} == {
        name: "RecursionError: too deep"
    }
    assert not found[name].table.rows
    others = [found[one] for one in SEARCHES if one != name]
    assert all(work.table.rows for work in others)


def test_a_metric_that_cannot_be_compiled_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Work.compile

    def compiled(self: Work, context: Any) -> None:
        if self.chosen.name == "counted":
            raise ValueError("odd")
        usual(self, context)

    monkeypatch.setattr(Work, "compile", compiled)
    found = works(config_of(**SEARCHES))
    assert [one for one, work in found.items() if work.error] == ["counted"]


def test_a_metric_with_too_many_series_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MOST_SERIES", 2)
    found = works(config_of(names="aggregate(name: sum(1)): is(volume)"))
    assert "more than 2 combinations of labels" in found["names"].error


def test_a_line_of_another_form_is_evaluated_all_the_same() -> None:
    odd = {**volume("vol-9").to_line(), "region": None}
    lines = [*estate().lines[ACCOUNT], odd]
    samples = measured(
        Estate({ACCOUNT: lines}), config_of(all_volumes="aggregate(sum(1)): is(volume)")
    )
    assert [one.value for one in samples if one.series == "ebbtide_all_volumes"] == [4]


def test_failures_are_counted_over_accounts() -> None:
    documents = [{"failed": {"one": "x"}}, {"failed": {}}, {"failed": {"one": "y", "two": "z"}}]
    assert failures(documents) == {"one": 2, "two": 1}
