"""Write the tables of the search's parsers beside their grammars; --check only compares."""

from __future__ import annotations

import json
import sys
from typing import Any

from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

from ebbtide.language.tables import FOLDER, OPTIONS, grammar_of, made_from
from tools.generated import write_or_check

_SHIFT = 0


def text_of(name: str) -> str:
    """Return the tables of a grammar as JSON, which is the same each time."""
    grammar = grammar_of(name)
    data, memo = Lark(grammar, **OPTIONS[name]).memo_serialize([TerminalDef, Rule])
    data["parser"]["parser"] = numbered(data["parser"]["parser"])
    found = {"made_from": made_from(grammar), "data": data, "memo": memo}
    return json.dumps(found, separators=(",", ":")) + "\n"


def numbered(table: dict[str, Any]) -> dict[str, Any]:
    """Return a parse table with symbols in alphabetical order, and states as they are reached.

    lark numbers both in the order of sets, which is another one each time.
    """
    symbols: dict[int, str] = table["tokens"]
    states: dict[int, dict[int, tuple[int, Any]]] = table["states"]
    reached = [state for _, state in sorted(table["start_states"].items())]
    for state in reached:
        actions = sorted((symbols[one], action) for one, action in states[state].items())
        found = [target for _, (kind, target) in actions if kind == _SHIFT]
        reached += [one for one in dict.fromkeys(found) if one not in reached]
    state_at = {state: number for number, state in enumerate(reached)}
    names = sorted(symbols.values())

    def renumbered(actions: dict[int, tuple[int, Any]]) -> dict[int, tuple[int, Any]]:
        named = {names.index(symbols[one]): action for one, action in actions.items()}
        return {
            one: (kind, state_at[target] if kind == _SHIFT else target)
            for one, (kind, target) in sorted(named.items())
        }

    return {
        **table,
        "tokens": dict(enumerate(names)),
        "states": {state_at[state]: renumbered(states[state]) for state in reached},
        **{
            which: {start: state_at[state] for start, state in sorted(table[which].items())}
            for which in ("start_states", "end_states")
        },
    }


def main(arguments: list[str]) -> int:
    files = {FOLDER / f"{name}.json": text_of(name) for name in OPTIONS}
    return write_or_check(__doc__, files, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
