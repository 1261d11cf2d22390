"""Reads when resources were last used and how much, for kinds that the configuration asks for.

Reading the last use from an item or a detail call is free. CloudWatch charges 0.01 US dollars per
1,000 metrics requested (GetMetricData), so metrics are counted, and requested 500 per call.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ebbtide.aws import call_answer
from ebbtide.base.clock import to_text
from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter, render
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.details import DetailReader
from ebbtide.collect.to_resource import identify, read_time
from ebbtide.model.call import Call
from ebbtide.model.kind import LastUse
from ebbtide.model.use_metric import UseMetric

type Series = dict[datetime, float]

# Properties of a resource whose last use was read. KNOWN_SINCE is the start of the period that was
# looked at; use before it is unknown.
LAST_USED, KNOWN_SINCE = "last_used", "last_use_known_since"
# Usage name of the metric -> day -> value, for each day of the period that CloudWatch has data for.
USAGE = "usage"

GET_METRIC_DATA = Call("cloudwatch", "get_metric_data", "MetricDataResults[]")
MAX_QUERIES = 500  # GetMetricData, CloudWatch quotas
SECONDS = 86_400


@dataclass(slots=True)
class UseReader:
    """Adds the last use to items; `asked` counts the metrics that CloudWatch charges for.

    An item whose last use cannot be read stays, without the two properties, and `unknown` counts
    it: unknown use is not evidence of disuse.
    """

    now: datetime
    period: timedelta
    asked: int = 0
    unknown: int = 0
    _window: tuple[datetime, datetime] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        # Whole days: each data point covers one day, and a retried call asks for the same period.
        end = self.now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self._window = (end - self.period - timedelta(days=1), end)

    def add(self, caller: Caller, items: list[Item]) -> list[Item]:
        """Return the items, with the properties of last use where they could be read."""
        if caller.kind.metrics:
            self._add_metrics(caller, items)
        use = caller.kind.last_use
        if use is None or use.metrics:
            return items
        if use.detail is not None:
            items = DetailReader(caller, use.detail, needed=False).read(items)
        for item in items:
            if use.detail is not None and use.detail.into not in item:
                self._count(unknown=1)
                continue
            if _is_unreadable(use.path or "", item):
                self._count(unknown=1)
                continue
            at = read_time(getter(use.path or "")(item))
            item[LAST_USED] = None if at is None else to_text(at)
            since = read_time(getter(use.since)(item)) if use.since else None
            item[KNOWN_SINCE] = None if since is None else to_text(since)
        return items

    def _count(self, asked: int = 0, unknown: int = 0) -> None:
        with self._lock:
            self.asked += asked
            self.unknown += unknown

    def _add_metrics(self, caller: Caller, items: list[Item]) -> None:
        metrics = caller.kind.metrics
        size = max(1, MAX_QUERIES // len(metrics))
        chunks = [items[start : start + size] for start in range(0, len(items), size)]
        list(caller.pool.map(lambda chunk: self._add_chunk(caller, metrics, chunk), chunks))

    def _add_chunk(self, caller: Caller, metrics: tuple[UseMetric, ...], items: list[Item]) -> None:
        """Request all metrics of up to MAX_QUERIES // len(metrics) items in one call."""
        documents = [identify(caller.kind, item, caller.place) for item in items]
        queries = [
            _query(f"m{row}_{column}", metric, document)
            for row, document in enumerate(documents)
            for column, metric in enumerate(metrics)
        ]
        self._count(asked=len(queries))
        try:
            results = caller.timed(
                call_answer,
                caller.session,
                _get_metric_data(queries, *self._window),
                caller.place.region,
                {},
            )
        except CallError:
            self._count(unknown=len(items))
            return
        found = _series(results)
        for row, item in enumerate(items):
            names = [f"m{row}_{column}" for column in range(len(metrics))]
            # One missing metric could be the one that shows the use, so none of them counts.
            if not all(name in found for name in names):
                self._count(unknown=1)
                continue
            item[USAGE] = {
                metric.usage_name: {f"{day:%Y-%m-%d}": value for day, value in found[name].items()}
                for metric, name in zip(metrics, names, strict=True)
            }
            if caller.kind.last_use is not None:
                # Kind.metrics lists the metrics of last use before those of usage only.
                self._add_last(item, [found[name] for name in names], caller.kind.last_use)

    def _add_last(self, item: Item, series: list[Series], use: LastUse) -> None:
        days = [
            day for one in series[: len(use.metrics)] for day, value in one.items() if value > 0
        ]
        # A data point covers the whole day, so the last use may have been at its end.
        end = min(max(days) + timedelta(seconds=SECONDS), self.now) if days else None
        item[LAST_USED] = None if end is None else to_text(end)
        item[KNOWN_SINCE] = to_text(self._window[0])


def _is_unreadable(path: str, item: Mapping[str, Any]) -> bool:
    """Say whether AWS answered something at a path that is not a time, which differs from nothing.

    botocore leaves out members without a value, so a None comes from our parser of times.
    """
    *parents, last = path.split(".")
    holder = getter(".".join(parents))(item) if parents else item
    return isinstance(holder, Mapping) and last in holder and holder[last] in (None, "")


def _query(name: str, metric: UseMetric, document: Mapping[str, Any]) -> dict[str, Any]:
    dimensions = [
        {"Name": key, "Value": metric.cut(str(render(template, document)))}
        for key, template in metric.dimensions.items()
    ]
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": dimensions,
            },
            "Period": SECONDS,
            "Stat": metric.statistic,
        },
    }


def _get_metric_data(queries: list[dict[str, Any]], start: datetime, end: datetime) -> Call:
    return Call(
        GET_METRIC_DATA.service,
        GET_METRIC_DATA.operation,
        GET_METRIC_DATA.items,
        MetricDataQueries=queries,
        StartTime=start,
        EndTime=end,
        ScanBy="TimestampDescending",
    )


def _series(results: list[Mapping[str, Any]]) -> dict[str, Series]:
    """Return the value of each day of each metric, in order; a metric may come in several parts.

    Metrics that CloudWatch did not answer completely are left out: a successful answer may lack
    data or be denied it (StatusCode of MetricDataResult), which must not look like "never used".
    """
    found: dict[str, Series] = {}
    statuses: dict[str, set[str]] = {}
    for result in results:
        name = result["Id"]
        statuses.setdefault(name, set()).add(result.get("StatusCode", ""))
        days = [read_time(time) for time in result["Timestamps"]]
        if None in days:
            # A use at an unknown time is a use.
            statuses[name].add("OddTime")
        values = zip(days, result["Values"], strict=True)
        found.setdefault(name, {}).update({day: value for day, value in values if day is not None})
    # PartialData means that a later page has the rest.
    return {
        name: dict(sorted(found[name].items()))
        for name, seen in statuses.items()
        if "Complete" in seen and seen <= {"Complete", "PartialData"}
    }
