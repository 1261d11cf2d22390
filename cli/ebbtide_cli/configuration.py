"""The parts of the configuration in the bucket that commands need."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.base.errors import MissingError
from ebbtide.config import Config, parse_config
from ebbtide.store.readable import Readable

CONFIG_KEY = "config/ebbtide.yaml"


def read_config(store: Readable) -> Config:
    """Return the configuration, or the defaults if there is none. Raises ConfigError."""
    try:
        return parse_config(store.read_text(CONFIG_KEY))
    except MissingError:
        return Config()


def templates_of(store: Readable) -> Mapping[str, str]:
    """Return the text of the snippets that searches may expand(), by name."""
    found: Mapping[str, str] = getattr(read_config(store), "searches", {})
    return found
