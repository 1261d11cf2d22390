"""Read and validate configurations from files, stdin and the source."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ebbtide.base.errors import ConfigError, Problem
from ebbtide.config import MOST_READ, Config
from ebbtide.config.document import Document, read_document
from ebbtide.config.parse import config_of
from ebbtide_cli.configuration import address_of, read_content
from ebbtide_cli.effective import Effective
from ebbtide_cli.output import inform, one_line, warn
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Text:
    """A configuration as it was read, and where from."""

    name: str
    content: bytes

    @property
    def lines(self) -> list[str]:
        return self.content.decode(errors="backslashreplace").splitlines(keepends=True)

    def where(self, problem: Problem) -> str:
        """Return a problem as compilers write it, so that editors find the place."""
        path = f"{problem.path}: " if problem.path else ""
        place = f"{self.name}:{problem.line}:{problem.column}"
        return one_line(f"{place}: {path}{problem.message}")

    def effective(self) -> Effective:
        """Return the values of the configuration. Raises ConfigError with its name."""
        try:
            document: Document = read_document(self.content)
            config: Config = config_of(document)
        except ConfigError as error:
            raise ConfigError("\n".join(map(self.where, error.problems)), error.problems) from error
        return Effective(config, document)


def file_text(name: str) -> Text:
    """Read a file, or stdin for `-`."""
    if name == STDIN:
        return Text(name, sys.stdin.buffer.read(MOST_READ))
    with Path(name).open("rb") as file:
        return Text(name, file.read(MOST_READ))


def current_text(source: Source) -> Text:
    """Read the configuration of a source; it is empty if there is none."""
    store = source.open()
    return Text(address_of(store), read_content(store) or b"")


def validate(text: Text, format: str) -> bool:
    """Write all problems of a configuration to stdout, and return whether there are none.

    `text` has a line for each, such as compilers write; `json` a document.
    """
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    try:
        warnings = text.effective().config.warnings
    except ConfigError as error:
        problems = error.problems
    if format == "json":
        _write_json(text, problems, warnings)
    else:
        _write_lines(text, problems, warnings)
    return not problems


def _write_lines(text: Text, problems: tuple[Problem, ...], warnings: tuple[str, ...]) -> None:
    for one in problems:
        sys.stdout.write(f"{text.where(one)}\n")
    for warning in warnings:
        warn(f"{text.name}: {warning}")
    inform(f"{counted_as(len(problems), 'problem')}." if problems else f"{text.name} is valid.")


def _write_json(text: Text, problems: tuple[Problem, ...], warnings: tuple[str, ...]) -> None:
    import json

    found: dict[str, Any] = {"file": text.name, "valid": not problems}
    found["problems"] = [one._asdict() for one in problems]
    found["warnings"] = list(warnings)
    sys.stdout.write(f"{json.dumps(found, indent=2)}\n")
