"""The configuration: its model, and a YAML reader whose errors name the line."""

from ebbtide.config.jobs import Action, Clean, Job, Notify, Protect
from ebbtide.config.model import (
    Automation,
    CleanupConfig,
    CollectConfig,
    Config,
    Limits,
    MetricsConfig,
    ProtectConfig,
)
from ebbtide.config.parse import parse_config
from ebbtide.config.tag_action import Tag

__all__ = [
    "Action",
    "Automation",
    "Clean",
    "CleanupConfig",
    "CollectConfig",
    "Config",
    "Job",
    "Limits",
    "MetricsConfig",
    "Notify",
    "Protect",
    "ProtectConfig",
    "Tag",
    "parse_config",
]
