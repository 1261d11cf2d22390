"""Metrics of CloudWatch that tell whether a resource is used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ebbtide.base.forms import snake


@dataclass(frozen=True, slots=True)
class UseMetric:
    """A CloudWatch metric that is above zero while a resource is used."""

    namespace: str  # e.g. "AWS/EBS"
    name: str  # e.g. "VolumeReadOps"
    # Name of each dimension -> template over the item, e.g. {"VolumeId": "{id}"}.
    dimensions: Mapping[str, str]
    # The statistic of a day that counts; Maximum for gauges such as DatabaseConnections.
    statistic: str = "Sum"
    # Regular expression whose group 1 is the value of the dimension, where the template gives
    # more: a load balancer's dimension is the end of its ARN.
    pattern: str | None = None

    @property
    def usage_name(self) -> str:
        """Return the metric's name in searches: `cpu_utilization` for CPUUtilization."""
        return snake(self.name.replace(".", ""))

    def cut(self, value: str) -> str:
        """Return the part of a dimension's value that `pattern` picks; all of it without one."""
        match = re.search(self.pattern, value) if self.pattern else None
        return match[1] if match else value
