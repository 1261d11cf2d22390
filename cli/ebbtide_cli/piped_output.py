"""How the commands behind a search print its results: list, format, dump, jq, uniq and write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ebbtide.language.piped import Piped
from ebbtide.language.pipeline import Command
from ebbtide.language.syntax import Path as FieldPath
from ebbtide.language.texts import read_template, write_path
from ebbtide_cli.columns import Column, parse_columns
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, GRAPHS, Format
from ebbtide_cli.results import Form, Lines

# The options of Resoto's list and format -> the format here.
_LIST = {
    "--csv": "csv",
    "--markdown": "markdown",
    "--json-table": "ndjson",
    "--json_table": "ndjson",
}
_FORMAT = {f"--{name}": name for name in sorted({*DOCUMENTS, *GRAPHS, "csv", "markdown"})}
_NAMES = {"dump": "yaml", "json": "json", "ndjson": "ndjson", "yaml": "yaml"}
# A path as jq writes it: a dot before each name, and all that it means here.
_JQ_PATH = re.compile(r"\.(?P<path>[A-Za-z_]\w*(?:\[\d*\])?(?:\.[A-Za-z_]\w*(?:\[\d*\])?)*)")
_JQ_OPTIONS = ("-r", "--raw-output", "--no-rewrite")
_SECTIONS = ("ancestors", "desired", "metadata", "price", "reported", "usage")
_SHELL_JQ = (
    "only one path works here, such as | jq .name; for more, run jq itself: "
    "ebbtide search '...' --format ndjson | jq '.reported.name'"
)


@dataclass(frozen=True, slots=True)
class Printing:
    """The form of the output, and the file that it goes to; None for stdout."""

    form: Form
    path: Path | None = None


def printing_of(piped: Piped, form: Form, *, given: bool) -> Printing:
    """Return what the commands ask for, beginning with the form that the options ask for.

    `given`: the user typed --format or --columns. Raises SearchError for a command that cannot be
    carried out, UsageError if the format is given twice.
    """
    found = Printing(form)
    chosen: Command | None = None
    for command in piped.outputs:
        if command.name == "write":
            found = replace(found, path=_file_of(command))
        elif command.name == "uniq":
            found = replace(found, form=replace(found.form, unique=True))
        else:
            if given or chosen is not None:
                first = "the options" if chosen is None else f"`{chosen.name}`"
                raise UsageError(f"the format is given twice, by {first} and `{command.name}`")
            chosen = command
            found = replace(found, form=_formed(found.form, command))
    form = found.form
    if form.template is None:
        # Without a command that prints, the options alone decide about the form.
        Form.chosen(form.format, with_edges=form.with_edges, columns=form.columns)
    return found


def _formed(form: Form, command: Command) -> Form:
    match command.name:
        case "list":
            return _listed(form, command)
        case "format":
            return _formatted(form, command)
        case "jq":
            return _queried(form, command)
    if command.words:
        raise command.error(f"{command.name} takes no words", command.words[0])
    return _checked(replace(form, format=_NAMES[command.name]), command)


def _listed(form: Form, command: Command) -> Form:
    options = [word for word in command.words if word.text.startswith("--")]
    for option in options:
        if option.text not in _LIST:
            raise command.error(f"unknown option; list has {', '.join(_LIST)}", option)
    rest = command.rest
    for option in options:
        rest = rest.replace(option.text, "", 1)
    format = _LIST[options[0].text] if options else "list"
    columns = rest.strip() or None
    if columns is not None:
        try:
            parse_columns(columns)
        except UsageError as error:
            raise command.error(str(error), command.words[0]) from None
    return _checked(replace(form, format=format, columns=columns), command)


def _formatted(form: Form, command: Command) -> Form:
    if not command.words:
        raise command.error(
            "format needs an option such as --json, or a text such as '{kind} {id}'"
        )
    first = command.words[0]
    if first.text.startswith("--"):
        if first.text not in _FORMAT or len(command.words) > 1:
            raise command.error(f"format has the options {', '.join(_FORMAT)}", first)
        return _checked(replace(form, format=str(Format(_FORMAT[first.text]))), command)
    text = first.text if len(command.words) == 1 else command.rest
    try:
        parts = read_template(text)
    except ValueError as error:
        raise command.error(str(error), first) from None
    return replace(form, format="list", template=Lines(text, tuple(_columns(parts))))


def _columns(parts: tuple[str | FieldPath, ...]) -> Iterator[str | Column]:
    for part in parts:
        yield part if isinstance(part, str) else parse_columns(write_path(part))[0]


def _queried(form: Form, command: Command) -> Form:
    words = [word.text for word in command.words]
    options = [word for word in words if word in _JQ_OPTIONS]
    found = [_JQ_PATH.fullmatch(word) for word in words if word not in _JQ_OPTIONS]
    if len(found) != 1 or found[0] is None:
        raise command.error(_SHELL_JQ)
    path = found[0]["path"]
    # As jq of Resoto does, a path begins below `reported` unless it names a section of its own.
    first = path.partition(".")[0].partition("[")[0]
    absolute = "--no-rewrite" in options or first in _SECTIONS
    column = parse_columns(f"/{path}" if absolute else path)[0]
    plain = bool({"-r", "--raw-output"}.intersection(options))
    return replace(form, format="list", template=Lines(path, (column,), plain=plain))


def _checked(form: Form, command: Command) -> Form:
    try:
        return replace(
            Form.chosen(form.format, with_edges=form.with_edges, columns=form.columns),
            unique=form.unique,
        )
    except UsageError as error:
        raise command.error(str(error)) from None


def _file_of(command: Command) -> Path:
    if len(command.words) != 1:
        raise command.error("write needs the name of one file, as in | write volumes.csv")
    return Path(command.words[0].text)
