"""Write what metrics cost in CloudWatch, as configured or as options say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ebbtide.config import MetricsConfig
from ebbtide.metrics.budget import FREE_METRICS, monthly_price
from ebbtide.metrics.cloudwatch import Selection, select
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.measured import measured_run
from ebbtide_cli.options import split_names
from ebbtide_cli.output import inform, warn
from ebbtide_cli.progress import watched
from ebbtide_cli.results import write_records
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

HEADER = ["metric", "by", "written", "left_out", "usd_a_month"]
_PRESETS = ("default", "classic", "all", "none")


@dataclass(frozen=True, slots=True)
class Change:
    """What options ask for in place of the configuration; empty and None mean as configured."""

    series: Sequence[str] = ()
    by: Sequence[str] = ()
    budget: float | None = None

    def of(self, config: MetricsConfig) -> MetricsConfig:
        """Return the configuration with the change. Raises UsageError if it is none."""
        cloudwatch: dict[str, Any] = {}
        if self.series:
            names = split_names(self.series)
            cloudwatch["series"] = names[0] if names[0] in _PRESETS else names
        if self.by:
            cloudwatch["by"] = dict(_labels(text) for text in self.by)
        if self.budget is not None:
            cloudwatch["budget_usd"] = self.budget
        given = config.cloudwatch.model_dump() | cloudwatch
        try:
            return MetricsConfig.model_validate(config.model_dump() | {"cloudwatch": given})
        except ValidationError as error:
            raise UsageError(f"--series, --by: {error.errors()[0]['msg']}") from error


def _labels(text: str) -> tuple[str, list[str]]:
    name, sign, labels = text.partition("=")
    if not sign:
        raise UsageError(f"--by {text}: write NAME=LABEL, such as ResourcesFound=kind")
    return name.strip(), split_names([labels])


def write_cost(source: Source, change: Change, run_id: str | None, format: str | None) -> None:
    """Write what each metric costs a month; the first ten are free."""
    with watched(source.open()) as store:
        found = measured_run(store, run_id)
        store.stop()
    config = change.of(found.run.config.metrics)
    chosen = select(found.samples, found.metrics, config)
    told = chosen.to_json(config.cloudwatch)
    form = format or usual_format()
    write_records(form, HEADER, _rows(told["groups"], form))
    for name in chosen.unknown:
        warn(f"no metric of run {found.run.run_id} is called {name}")
    inform(_summary(chosen, told))


def _rows(groups: Sequence[Mapping[str, Any]], format: str) -> list[list[Any]]:
    """Return a row for each group; what it costs depends on what comes before it."""
    rows, before = [], 0
    for group in groups:
        total = before + group["written"]
        price = round(monthly_price(total) - monthly_price(before), 2)
        by = group["by"] if format in DOCUMENTS else ", ".join(group["by"]) or None
        rows.append([group["metric"], by, group["written"], group["left_out"], price])
        before = total
    return rows


def _summary(chosen: Selection, told: Mapping[str, Any]) -> str:
    written = counted_as(len(chosen.written), "metric")
    text = (
        f"{written} in CloudWatch, {told['monthly']:.2f} USD a month, if no other metrics use the "
        f"{FREE_METRICS} free ones; the budget is {told['budget']:.2f} USD."
    )
    if not chosen.left_out:
        return text
    left = counted_as(len(chosen.left_out), "metric")
    return f"{text} {left} left out: all would cost {told['wanted_monthly']:.2f} USD a month."
