"""Metrics of a run: what is counted, per account and over the fleet, and where it is written."""

from ebbtide.metrics.aggregation import aggregate_account
from ebbtide.metrics.publishing import publish_metrics

__all__ = ["aggregate_account", "publish_metrics"]
