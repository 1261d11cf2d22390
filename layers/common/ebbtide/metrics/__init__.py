"""Metrics of a run: counted per account, added up over the fleet, and published; prices."""

from ebbtide.metrics.aggregation import aggregate_account
from ebbtide.metrics.price_list import refresh_prices
from ebbtide.metrics.publishing import publish_metrics

__all__ = ["aggregate_account", "publish_metrics", "refresh_prices"]
