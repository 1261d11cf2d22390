"""The configuration: its model, and reading it from YAML with errors that name the line."""

from ebbtide.config.model import (
    Automation,
    CleanupConfig,
    CollectConfig,
    Config,
    Limits,
    MetricsConfig,
    ProtectConfig,
    RulesConfig,
)
from ebbtide.config.reading import parse_config

__all__ = [
    "Automation",
    "CleanupConfig",
    "CollectConfig",
    "Config",
    "Limits",
    "MetricsConfig",
    "ProtectConfig",
    "RulesConfig",
    "parse_config",
]
