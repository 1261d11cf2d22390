"""The section `metrics.cloudwatch`: which metrics go to CloudWatch, and what they may cost."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, field_validator

from ebbtide.options.section import Section

# PutMetricData accepts 30 dimensions.
MOST_DIMENSIONS = 30

SeriesName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]*$")]
LabelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Preset = Literal["default", "classic", "all", "none"]


class CloudWatchConfig(Section):
    """Which metrics go to CloudWatch, and what they may cost there.

    Each name, and each combination of values of its labels, is one metric of CloudWatch.
    """

    series: Preset | tuple[SeriesName, ...] = Field(
        default="default",
        description="default: the ten sums of docs/metrics.md; classic: those of version 0.1 and "
        "ResourcesFound by kind; all: the sum of each metric; none; or a list of names, the most "
        "important first",
    )
    by: dict[SeriesName, tuple[LabelName, ...]] = Field(
        default_factory=dict,
        description="name -> labels that become dimensions, in addition to the sum",
    )
    budget_usd: float = Field(
        default=0.0,
        ge=0,
        description="what the metrics may cost in a month, beyond the ten that are free; those "
        "beyond it are left out, the last ones first",
    )

    @field_validator("by")
    @classmethod
    def _has_labels(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name, labels in value.items():
            if not labels or len(labels) > MOST_DIMENSIONS or len(set(labels)) != len(labels):
                raise ValueError(
                    f"{name} needs different labels, at most {MOST_DIMENSIONS}, such as [kind]"
                )
        return value

    @property
    def is_preset(self) -> bool:
        """Whether no metric is named."""
        return isinstance(self.series, str) and not self.by

    @property
    def is_default(self) -> bool:
        return self.series == "default" and not self.by


def _as_section(value: Any) -> Any:
    """Return the section for true and false, which is what the key was up to version 0.1."""
    if isinstance(value, bool):
        return {} if value else {"series": "none"}
    return value


CloudWatchSection = Annotated[CloudWatchConfig, BeforeValidator(_as_section)]
