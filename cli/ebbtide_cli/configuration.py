"""The configuration of a source: what commands need of it, and how they change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ebbtide.base.errors import ConfigError, MissingError
from ebbtide.config import MOST_READ, Config, parse_config
from ebbtide.store.readable import Readable
from ebbtide_cli.errors import UsageError
from ebbtide_cli.output import inform
from ebbtide_cli.sources import Source

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket, StoredText

CONFIG_KEY = "config/ebbtide.yaml"
_TYPE = "application/yaml"


def read_config(store: Readable) -> Config:
    """Return the configuration, or the defaults if there is none. Raises ConfigError."""
    return parse_config(read_content(store) or b"")


def read_content(store: Readable) -> bytes | None:
    """Return the configuration as it is stored; None if there is none."""
    try:
        return store.read_bytes(CONFIG_KEY, MOST_READ)
    except MissingError:
        return None


def templates_of(store: Readable) -> Mapping[str, str]:
    """Return the text of the snippets that searches may expand(), by name."""
    found: Mapping[str, str] = getattr(read_config(store), "searches", {})
    return found


def address_of(store: Readable) -> str:
    """Return where the configuration of a source is, for messages."""
    from ebbtide.store.bucket import Bucket

    place = f"s3://{store.name}" if isinstance(store, Bucket) else store.name
    return f"{place}/{CONFIG_KEY}"


def stored_config(bucket: Bucket) -> StoredText:
    """Return the text that a change begins with. Raises ConfigError if it is not a text."""
    try:
        return bucket.read_stored_text(CONFIG_KEY)
    except UnicodeDecodeError as error:
        # Says where the first byte is that is wrong.
        parse_config(error.object)
        raise


def write_config(source: Source, bucket: Bucket, text: str, before: StoredText) -> None:
    """Write a valid configuration, unless somebody else wrote it since `before`.

    Raises ConfigError and ConflictError.
    """
    parse_config(text)
    bucket.replace_text(CONFIG_KEY, text, before, _TYPE, source.caller_arn())


def hint_at_schedules(before: str, after: str) -> None:
    """Say that schedules of own workflows changed, which no run makes."""
    if _schedules(before) != _schedules(after):
        inform("Schedules of workflows have changed: `ebbtide workflows apply` makes them.")


def _schedules(text: str) -> set[tuple[str, str, str]]:
    """Return the schedules in a configuration; none if it is not valid."""
    try:
        workflows = parse_config(text).workflows
    except ConfigError:
        return set()
    return {(one.name, one.schedule, one.timezone) for one in workflows if one.schedule}


def as_usage_error(error: ConfigError, path: str) -> UsageError:
    """Return the error for a change of the value at `path` that is not valid.

    Lines of a text that was never written would mislead, so it names the keys only.
    """
    found = [f"{one.path}: {one.message}" for one in error.problems]
    inside = all(f"{one.path}.".startswith(f"{path}.") for one in error.problems) or not path
    lead = "" if inside and found else "the change would make the configuration invalid: "
    return UsageError(lead + ("; ".join(found[:20]) or str(error)))
