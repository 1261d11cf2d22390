"""What the command line needs of the configuration in the bucket."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.base.errors import MissingError
from ebbtide.config import Config, parse_config
from ebbtide.store.readable import Readable

CONFIG_KEY = "config/ebbtide.yaml"


def read_config(store: Readable) -> Config:
    """The configuration; an absent one means the defaults. Raises ConfigError."""
    try:
        return parse_config(store.read_text(CONFIG_KEY))
    except MissingError:
        return Config()


def templates_of(store: Readable) -> Mapping[str, str]:
    """The snippets that searches may expand(), by name."""
    found: Mapping[str, str] = getattr(read_config(store), "searches", {})
    return found
