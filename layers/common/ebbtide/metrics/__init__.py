"""Metrics of a run: counted per account, added up over the fleet, and published."""

from ebbtide.metrics.aggregation import aggregate_account
from ebbtide.metrics.publishing import publish_metrics

__all__ = ["aggregate_account", "publish_metrics"]
