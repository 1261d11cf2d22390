"""Definitions of metrics with mistakes fail at the start, with a message that says what to do."""

from __future__ import annotations

import pytest

from ebbtide.base.errors import ConfigError
from ebbtide.config import parse_config
from ebbtide.config.metrics import series_names
from ebbtide.language import parse_search

MANY = "aggregate(region: sum(1) as volumes, sum(volume_size) as {}): is(volume)"


def text_of(name: str, search: str, more: str = "") -> str:
    return f"""\
metrics:
  definitions:
    {name}: {{help: Made for a test, search: '{search}'{more}}}
"""


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text)
    return str(caught.value)


def test_a_definition_is_read() -> None:
    text = text_of("old_volumes", "aggregate(region: sum(1)): is(volume) and age > 30d")
    (name,) = parse_config(text + "  disabled: [volumes_total]\n").metrics.definitions
    assert name == "old_volumes"


@pytest.mark.parametrize(
    ("search", "part"),
    [
        ("is(volume)", "a metric needs an aggregate"),
        ("aggregate(region: sum(1) is(volume)", "column"),
        ("aggregate(region: sum(volume_sise)): is(volume)", "did you mean 'volume_size'?"),
        ("aggregate(region: sum(1)): is(volumes)", "unknown kind 'volumes'"),
        ("aggregate(region: sum(1)): is(volume) limit 5", "remove sort, limit and reversed"),
        ("aggregate(region: sum(1)): is(aws_vpc) limit 1 --> is(volume)", "remove sort, limit"),
        ("aggregate(region: sum(1) as n): is(volume) sort n", "remove sort, limit"),
        ("aggregate(/ancestors.account.reported.id: sum(1)): all", "cannot be a label"),
        ('aggregate("{kind} of {region}": sum(1)): all', "cannot be a label"),
        ("aggregate(region, kind as region: sum(1)): all", "two groups are called region"),
        (MANY.format("volumes"), "two functions are called volumes"),
        (MANY.format("VolumeSize"), "cannot be part of the name of a metric"),
        ("aggregate(expand(nothing)): all", "column"),
    ],
)
def test_a_search_that_cannot_be_a_metric_is_refused(search: str, part: str) -> None:
    found = complaint(text_of("mine", search))
    assert part in found
    assert "metrics.definitions.mine" in found
    assert "line 3" in found or ":3" in found


@pytest.mark.parametrize("name", ["Volumes", "old-volumes", "9volumes", "a__b", "a_", "x" * 101])
def test_a_name_that_openmetrics_does_not_allow_is_refused(name: str) -> None:
    assert "metrics.definitions" in complaint(text_of(name, "aggregate(sum(1)): all"))


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("resources_planned", "aggregate(sum(1)): all"),
        ("volume_bytes_unknown", "aggregate(sum(1)): all"),
        ("volumes", "aggregate(sum(1) as volumes_total, sum(2) as volumes_x): all"),
        ("mine", "aggregate(sum(volume_size) as mine, sum(1) as mine_unknown): is(volume)"),
    ],
)
def test_a_name_that_is_taken_is_refused(name: str, search: str) -> None:
    assert "is the name of another metric" in complaint(text_of(name, search))


def test_the_name_of_a_disabled_default_is_free() -> None:
    search = "aggregate(sum(1) as volumes_total, sum(2) as volumes_x): all"
    parse_config(text_of("volumes", search) + "  disabled: [volumes_total]\n")


def test_a_default_is_disabled_by_its_name() -> None:
    found = complaint("metrics: {disabled: [volumes_totl]}\n")
    assert "unknown default metric 'volumes_totl'" in found
    assert "volumes_total" in found


@pytest.mark.parametrize("more", [", type: counter", ", unit: Gallons", ", help: ''", ", x: 1"])
def test_other_mistakes_are_refused(more: str) -> None:
    text = text_of("mine", "aggregate(sum(1)): all", more)
    assert "metrics.definitions.mine" in complaint(text)


def test_a_function_has_the_name_of_the_metric_and_its_own() -> None:
    def names(search: str) -> list[str]:
        aggregate = parse_search(search).aggregate
        assert aggregate is not None
        return series_names("sizes", aggregate)

    assert names("aggregate(sum(volume_size)): is(volume)") == ["ebbtide_sizes"]
    several = "aggregate(sum(1) as sizes_known, max(volume_size) as most): is(volume)"
    assert names(several) == ["ebbtide_sizes_known", "ebbtide_sizes_most"]


def test_an_unknown_key_of_a_definition_gets_a_suggestion() -> None:
    found = complaint(text_of("mine", "aggregate(sum(1)): all", ", untis: Bytes"))
    assert "metrics.definitions.mine.untis: unknown key (did you mean 'unit'?)" in found


@pytest.mark.parametrize(
    ("chosen", "place", "said"),
    [
        ("series: [ResourcesFund]", "metrics.cloudwatch.series.0", "did you mean ResourcesFound"),
        ("series: [ResourcesFound, Plans]", "metrics.cloudwatch.series.1", "called Plans"),
        ("series: [Coverage]", "metrics.cloudwatch.series.0", "mean CoveragePercent"),
        ("by: {resources: [kind]}", "metrics.cloudwatch.by.resources", "must match"),
        ("by: {Resources: [kind]}", "metrics.cloudwatch.by.Resources", "called Resources"),
        ("by: {Buckets: [kind]}", "metrics.cloudwatch.by.Buckets", "its labels are account, reg"),
        ("by: {RunSeconds: [kind]}", "metrics.cloudwatch.by.RunSeconds", "has no labels"),
        ("by: {MineMean: [region]}", "metrics.cloudwatch.by.MineMean", "called MineMean"),
        ("by: {MineSize: [kind]}", "metrics.cloudwatch.by.MineSize", "its labels are place"),
        ("series: [Volumes]", "metrics.cloudwatch.series.0", "Volumes is in metrics.disabled"),
    ],
)
def test_a_name_or_label_that_no_metric_has_fails_at_the_start(
    chosen: str, place: str, said: str
) -> None:
    search = "aggregate(region as place: sum(volume_size) as size, avg(1) as mean): is(volume)"
    text = text_of("mine", search) + f"  disabled: [volumes_total]\n  cloudwatch: {{{chosen}}}\n"
    found = complaint(text)
    assert f"{place}: " in found
    assert said in found
    assert "line 5" in found or ":5:" in found


def test_names_and_labels_of_defaults_built_in_metrics_and_definitions_are_accepted() -> None:
    search = "aggregate(region as place: sum(volume_size) as size, avg(1) as mean): is(volume)"
    chosen = (
        "series: [MineSize, MineSizeUnknown, MonthlyCostUnknown, AccountsCollected, RunSeconds]\n"
        "    by: {MineSize: [place], ResourcesRefused: [code, owner], Buckets: [region]}\n"
    )
    config = parse_config(text_of("mine", search) + f"  cloudwatch:\n    {chosen}")
    assert config.metrics.cloudwatch.by["MineSize"] == ("place",)


def test_mistakes_of_definitions_are_told_first() -> None:
    text = text_of("mine", "is(volume)") + "  cloudwatch: {series: [Mine]}\n"
    assert "metrics.cloudwatch" not in complaint(text)


def test_thousands_of_unknown_names_do_not_take_long() -> None:
    names = ", ".join(f"Resources{chr(65 + at % 26)}{at}" for at in range(3_000))
    with pytest.raises(ConfigError) as caught:
        parse_config(f"metrics: {{cloudwatch: {{series: [{names}]}}}}\n")
    messages = [problem.message for problem in caught.value.problems]
    assert len(messages) == 3_000
    assert sum("did you mean" in message for message in messages) <= 20
