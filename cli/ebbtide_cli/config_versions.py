"""Earlier versions of the configuration, which a versioned bucket keeps: list, compare, restore."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from difflib import unified_diff
from typing import TYPE_CHECKING

from ebbtide.base.clock import now, to_text
from ebbtide.base.durations import moment_of
from ebbtide.base.errors import ConfigError, MissingError
from ebbtide.config import MOST_READ
from ebbtide_cli.config_files import Text, current_text, file_text
from ebbtide_cli.configuration import CONFIG_KEY, as_usage_error, stored_config, write_config
from ebbtide_cli.effective import leaves
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.output import inform, one_line, say
from ebbtide_cli.results import write_records
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket, Version

_HEADER = ["version", "changed", "size", "by", "state"]
# Version ids have 32 characters; a few of them usually tell one from the others.
_SHORTEST = 4


def _author(bucket: Bucket, version: Version, format: str) -> str | None:
    """Return who wrote a version; only the last part of the ARN in a format for people."""
    if version.deleted:
        return None
    arn = bucket.author_of(CONFIG_KEY, version.id)
    return arn if arn is None or format in DOCUMENTS else re.split("[/:]", arn)[-1]


def write_history(source: Source, format: str | None, limit: int | None) -> None:
    """Write the versions of the configuration, the newest first."""
    if source.folder is not None:
        inform(f"0 versions; {source.folder} is a folder, which keeps no earlier configuration.")
        return
    bucket = source.open_bucket()
    versions = bucket.versions(CONFIG_KEY)
    format = format or usual_format()
    rows = (
        [
            one.id,
            to_text(one.changed),
            None if one.deleted else one.size,
            _author(bucket, one, format),
            "deleted" if one.deleted else "current" if one.current else None,
        ]
        for one in versions[:limit]
    )
    write_records(format, _HEADER, rows)
    inform(f"{counted_as(len(versions), 'version')} of s3://{bucket.name}/{CONFIG_KEY}.")
    if [one.id for one in versions] == ["null"]:
        inform("Versioning of the bucket is off, so it keeps no earlier ones.")


def restore(source: Source, name: str) -> None:
    """Write an earlier version as the newest one. Raises UsageError if it is not valid now."""
    bucket = _versioned(source)
    before = stored_config(bucket)
    version = version_of(bucket.versions(CONFIG_KEY), name)
    text = _text_of(bucket, version)
    if text.content.decode(errors="replace") == before.text:
        say(f"The configuration is already that of version {version.id}; nothing was changed.")
        return
    try:
        text.effective()
    except ConfigError as error:
        raise UsageError(
            f"version {version.id} is not valid, so it was not restored: "
            f"{as_usage_error(error, '')}"
        ) from error
    write_config(source, bucket, text.content.decode(), before)
    say(f"Restored version {version.id} of {to_text(version.changed)}. The next run uses it.")


def write_diff(
    source: Source, file: str | None, name: str | None, format: str | None, *, effective: bool
) -> bool:
    """Write how two configurations differ, and return whether they do.

    Compares a version, by default the current one, with a file; or without a file, a version, by
    default the one before, with the current one.
    """
    old, new = _compared(source, file, name)
    if effective:
        rows = list(_differing(old, new))
        write_records(format or usual_format(), ["path", "before", "after"], rows)
        inform(f"{counted_as(len(rows), 'value')} {'differs' if len(rows) == 1 else 'differ'}.")
        return bool(rows)
    lines = list(unified_diff(old.lines, new.lines, old.name, new.name))
    for line in lines:
        sys.stdout.write(f"{one_line(line.rstrip('\r\n'))}\n")
    if not lines:
        inform("No difference.")
    return bool(lines)


def _compared(source: Source, file: str | None, name: str | None) -> tuple[Text, Text]:
    if file is not None:
        new = file_text(file)
        if name is None:
            return current_text(source), new
        bucket = _versioned(source)
        return _text_of(bucket, version_of(bucket.versions(CONFIG_KEY), name)), new
    bucket = _versioned(source)
    versions = bucket.versions(CONFIG_KEY)
    if name is None and len(versions) < 2:
        raise UsageError("there is no earlier version to compare with; give FILE or --version")
    old = versions[1] if name is None else version_of(versions, name)
    return _text_of(bucket, old), current_text(source)


def _differing(old: Text, new: Text) -> Iterable[list[object]]:
    before = dict(leaves(old.effective().tree(defaults=True), named=True))
    after = dict(leaves(new.effective().tree(defaults=True), named=True))
    for place in dict.fromkeys((*before, *after)):
        if before.get(place) != after.get(place):
            yield [".".join(place), before.get(place), after.get(place)]


def _versioned(source: Source) -> Bucket:
    if source.folder is not None:
        raise UsageError(f"{source.folder} is a folder, which keeps no earlier configuration")
    return source.open_bucket()


def _text_of(bucket: Bucket, version: Version) -> Text:
    """Return the text of a version; empty if it says that the configuration was deleted."""
    label = f"{CONFIG_KEY}@{version.id}"
    if version.deleted:
        return Text(label, b"")
    try:
        return Text(label, bucket.read_version(CONFIG_KEY, version.id, MOST_READ))
    except MissingError:
        raise UsageError(f"version {version.id} has expired in the meantime") from None


def version_of(versions: list[Version], name: str) -> Version:
    """Return the version with an id or the beginning of one, or the one as of a time.

    Raises UsageError if there is none.
    """
    for one in versions:
        if one.id == name:
            return one
    found = [one for one in versions if len(name) >= _SHORTEST and one.id.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{len(found)} versions begin with {name!r}; give more of the id")
    try:
        moment = moment_of(name, now())
    except ValueError:
        raise UsageError(
            f"version not found: {name!r}; `ebbtide config history` lists all, and a time or a "
            "duration such as 2d means the version as of then"
        ) from None
    older = [one for one in versions if one.changed <= moment]
    if not older:
        raise UsageError(f"there is no version as of {to_text(moment)}")
    return older[0]
