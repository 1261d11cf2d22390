"""Renders samples as OpenMetrics text, the format that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import CollectorRegistry, GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector

from ebbtide.metrics.definitions import METRICS
from ebbtide.metrics.sample import Sample


class _Samples(Collector):
    """Hands samples to prometheus_client, whose exposition code asks a Collector for them."""

    def __init__(self, samples: Iterable[Sample], timestamp: float) -> None:
        self._samples, self._timestamp = list(samples), timestamp

    def collect(self) -> Iterator[Metric]:
        for series, metric in METRICS.items():
            family = GaugeMetricFamily(series, metric.help, labels=metric.labels)
            for sample in self._samples:
                if sample.series == series:
                    labels = [sample.labels[name] for name in metric.labels]
                    family.add_metric(labels, sample.value, timestamp=self._timestamp)
            yield family


def openmetrics_text(samples: Iterable[Sample], timestamp: float) -> str:
    """Render samples; `timestamp`, in epoch seconds, applies to all of them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Samples(samples, timestamp))
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text.decode()
