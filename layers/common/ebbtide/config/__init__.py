"""The configuration: its model, and a YAML reader whose errors name the line."""

from ebbtide.config.automations import Automation
from ebbtide.config.cleanup import Breakable, CleanupConfig, Limits
from ebbtide.config.cloudwatch import CloudWatchConfig
from ebbtide.config.digest import DigestConfig
from ebbtide.config.jobs import Action, Clean, Job, Notify, Protect
from ebbtide.config.model import (
    CollectConfig,
    Config,
    MetricsConfig,
    ProtectConfig,
)
from ebbtide.config.owners import OwnersConfig
from ebbtide.config.parse import parse_config
from ebbtide.config.tag_action import Tag
from ebbtide.config.yaml_text import MOST_READ

__all__ = [
    "MOST_READ",
    "Action",
    "Automation",
    "Breakable",
    "Clean",
    "CleanupConfig",
    "CloudWatchConfig",
    "CollectConfig",
    "Config",
    "DigestConfig",
    "Job",
    "Limits",
    "MetricsConfig",
    "Notify",
    "OwnersConfig",
    "Protect",
    "ProtectConfig",
    "Tag",
    "parse_config",
]
