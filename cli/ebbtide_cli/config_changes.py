"""Set, unset, edit and apply the configuration, unless somebody else changed it in the meantime."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ebbtide.base.errors import ConfigError, ConflictError
from ebbtide.config import parse_config
from ebbtide.config.document import Document, read_document
from ebbtide.config.parse import config_of
from ebbtide.config.sections import is_text
from ebbtide_cli.config_files import file_text
from ebbtide_cli.config_text import Steps, steps_of, value_at, with_value, without_value
from ebbtide_cli.configuration import (
    as_usage_error,
    hint_at_schedules,
    stored_config,
    write_config,
)
from ebbtide_cli.effective import Effective
from ebbtide_cli.errors import UsageError
from ebbtide_cli.output import one_line, say
from ebbtide_cli.sources import Source
from ebbtide_cli.yaml_lines import inline

_NOTE = "# ebbtide: "
_USED = "The next run uses it."


def set_value(source: Source, path: str, value: str) -> None:
    """Give a value to a key. Raises UsageError if the configuration would not be valid."""
    bucket = source.open_bucket()
    before = stored_config(bucket)
    parse_config(before.text)
    document = read_document(before.text)
    steps = steps_of(path, document.value or {})
    old = _old(document, steps)
    failures: list[ConfigError] = []
    for meant in _meanings(steps, value):
        after = with_value(before.text, steps, meant)
        if after == before.text:
            say(f"{path} is already {inline(meant)}; nothing was changed.")
            return
        try:
            write_config(source, bucket, after, before)
        except ConfigError as error:
            failures.append(error)
            continue
        say(f"Set {path} to {inline(meant)}{old}. {_USED}")
        hint_at_schedules(before.text, after)
        return
    raise as_usage_error(failures[0], ".".join(steps))


def _old(document: Document, steps: Steps) -> str:
    """Return the value that a change replaces, in words."""
    effective = Effective(config_of(document), document)
    old = value_at(effective.tree(defaults=True), steps)
    if old is None:
        return ""
    default = ", the default" if effective.line(steps) is None else ""
    return f" (was {inline(old)}{default})"


def _meanings(steps: Steps, value: str) -> list[Any]:
    """Return what a value on the command line can mean, the likeliest first: YAML, or a text."""
    try:
        meant = [read_document(value).value]
    except ConfigError:
        meant = []
    if is_text(steps) and meant != [None]:
        return [value]
    return meant if meant == [value] else [*meant, value]


def unset_value(source: Source, path: str) -> None:
    """Remove a key or item, so that its default applies. Raises UsageError if it is not set.

    A key that keeps the configuration from being valid can be removed, too.
    """
    bucket = source.open_bucket()
    before = stored_config(bucket)
    steps = steps_of(path, read_document(before.text).value or {})
    after = without_value(before.text, steps)
    try:
        write_config(source, bucket, after, before)
    except ConfigError as error:
        raise as_usage_error(error, ".".join(steps)) from error
    say(f"Unset {path}. {_USED}")
    hint_at_schedules(before.text, after)


def apply(source: Source, name: str) -> None:
    """Write a file as the configuration. Raises ConfigError if it is not valid."""
    bucket = source.open_bucket()
    text = file_text(name)
    before = stored_config(bucket)
    text.effective()
    if text.content == before.text.encode():
        say("The configuration is the same already; nothing was changed.")
        return
    write_config(source, bucket, text.content.decode(), before)
    say(f"Applied {name}. {_USED}")
    hint_at_schedules(before.text, text.content.decode())


def edit(source: Source, editor: Callable[[str], str]) -> None:
    """Let a person edit the configuration until it is valid, and write it.

    `editor` returns the edited text. Whatever keeps the text from being written, the text is kept
    in a file. Raises UsageError and ConflictError, which say where.
    """
    bucket = source.open_bucket()
    before = stored_config(bucket)
    shown = text = before.text
    while True:
        try:
            edited = editor(shown)
        except UsageError as error:
            raise error if text == before.text else UsageError(f"{error}. {_kept(text)}") from error
        text = without_notes(edited)
        if text == before.text:
            say("Nothing was changed.")
            return
        try:
            write_config(source, bucket, text, before)
        except ConfigError as error:
            if edited == shown:
                raise UsageError(
                    f"the configuration is still not valid, so it was not saved. {_kept(text)}"
                ) from error
            shown = with_notes(text, error)
            continue
        except ConflictError as error:
            raise ConflictError(f"{error}. {_kept(text)}") from error
        except BaseException:
            say(_kept(text))
            raise
        say(f"Saved. {_USED}")
        hint_at_schedules(before.text, text)
        return


def with_notes(text: str, error: ConfigError) -> str:
    """Return the text below notes that say what is wrong in it, with lines as the editor counts."""
    notes = ["The configuration is not valid. Save it again without a change to give up."]
    height = len(notes) + len(error.problems)
    for one in error.problems:
        path = f"{one.path}: " if one.path else ""
        notes.append(f"line {one.line + height}, column {one.column}: {path}{one.message}")
    return "".join(f"{_NOTE}{one_line(note)}\n" for note in notes) + text


def without_notes(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_NOTE))


def _kept(text: str) -> str:
    """Keep a text in a file of its own, and say where."""
    handle, name = tempfile.mkstemp(prefix="ebbtide-config-", suffix=".yaml")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return (
        f"Your text is in {name}; `ebbtide config diff {name}` compares it, and "
        f"`ebbtide config apply {name}` writes it"
    )


def edit_with_program(text: str) -> str:
    """Return the text as $VISUAL or $EDITOR leaves it. Raises UsageError if that fails."""
    usual = "notepad" if sys.platform == "win32" else "vi"
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or usual
    with tempfile.TemporaryDirectory(prefix="ebbtide-") as folder:
        file = Path(folder) / "ebbtide.yaml"
        file.write_text(text, encoding="utf-8", newline="")
        try:
            ended = subprocess.run([*shlex.split(command), str(file)], check=False)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"cannot start the editor {command!r}; set VISUAL or EDITOR"
            ) from error
        if ended.returncode != 0:
            raise UsageError(
                f"the editor {command!r} ended with code {ended.returncode}; nothing was changed"
            )
        try:
            return file.read_bytes().decode()
        except UnicodeDecodeError as error:
            raise UsageError("the editor did not save UTF-8; nothing was changed") from error
