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
from ebbtide.metrics.budget import monthly_price
from ebbtide.metrics.choice_cost import ChoiceCost, choice_cost
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
    config: Config | None = None
    try:
        config = text.effective().config
    except ConfigError as error:
        problems = error.problems
    if format == "json":
        _write_json(text, problems, config)
    else:
        _write_lines(text, problems, config)
    return not problems


def _write_lines(text: Text, problems: tuple[Problem, ...], config: Config | None) -> None:
    for one in problems:
        sys.stdout.write(f"{text.where(one)}\n")
    if config is None:
        inform(f"{counted_as(len(problems), 'problem')}.")
        return
    for warning in config.warnings:
        warn(f"{text.name}: {warning}")
    inform(f"{text.name} is valid.")
    inform(_cost_words(choice_cost(config)))


def _cost_words(cost: ChoiceCost) -> str:
    """Say what the chosen metrics cost in CloudWatch, and what the budget does not pay for."""
    text = f"In CloudWatch: {counted_as(cost.sums, 'sum')}, {cost.least:.2f} USD a month"
    if cost.sums < cost.wanted:
        text += f"; all {cost.wanted} would cost {monthly_price(cost.wanted):.2f} USD"
    if not cost.by:
        return f"{text}."
    return (
        f"{text}; with {' and '.join(cost.by)}, at most {cost.most:.2f} USD a month, which is the "
        "budget. `ebbtide metrics cost` computes it from a run."
    )


def _write_json(text: Text, problems: tuple[Problem, ...], config: Config | None) -> None:
    import json

    found: dict[str, Any] = {"file": text.name, "valid": not problems}
    found["problems"] = [one._asdict() for one in problems]
    found["warnings"] = [] if config is None else list(config.warnings)
    found["cloudwatch"] = None if config is None else choice_cost(config).to_json()
    sys.stdout.write(f"{json.dumps(found, indent=2)}\n")
