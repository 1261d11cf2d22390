"""Renders samples as OpenMetrics text, the format that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.core import CollectorRegistry, GaugeMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector

from ebbtide.metrics.definitions import Metric
from ebbtide.metrics.sample import Sample

# What Prometheus expects of an HTTP server that serves the text.
CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class _Samples(Collector):
    """Hands samples to prometheus_client, whose exposition code asks a Collector for them."""

    def __init__(
        self, samples: Iterable[Sample], timestamp: float | None, metrics: Mapping[str, Metric]
    ) -> None:
        self._timestamp, self._metrics = timestamp, metrics
        self._samples: dict[str, list[Sample]] = {series: [] for series in metrics}
        for sample in samples:
            if sample.series in self._samples:
                self._samples[sample.series].append(sample)

    def collect(self) -> Iterator[Family]:
        for series, metric in self._metrics.items():
            unit = _unit(metric)
            family = GaugeMetricFamily(series, metric.help, labels=metric.labels, unit=unit)
            for sample in self._samples[series]:
                labels = [_whole(str(sample.labels.get(name, ""))) for name in metric.labels]
                family.add_metric(labels, sample.value, timestamp=self._timestamp)
            yield family


def openmetrics_text(
    samples: Iterable[Sample], timestamp: float | None, metrics: Mapping[str, Metric]
) -> str:
    """Render the samples of these metrics, by series; others are left out.

    `timestamp`, in epoch seconds, applies to all of them. Without one, whoever reads the text takes
    the values for those of the moment, as Prometheus and its exporters do best.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Samples(samples, timestamp, metrics))
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text.decode()


def _whole(text: str) -> str:
    """Return a text without half characters, which a tag may have and UTF-8 has not."""
    return text.encode(errors="replace").decode()


def _unit(metric: Metric) -> str:
    """Return the unit, which OpenMetrics allows only if the name of the series ends with it."""
    unit = metric.unit.lower()
    return unit if metric.series.endswith(f"_{unit}") else ""
