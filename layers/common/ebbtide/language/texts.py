"""Read and write the texts, names, numbers and paths of a search."""

from __future__ import annotations

import json
import re
from typing import Any

from ebbtide.language.syntax import Path, Step

_NAME = r"(?:[A-Za-z_][A-Za-z0-9_]*(?:-+[A-Za-z0-9_]+)*|`(?:[^`]|``)*`)"
_INDEXES = r"(?:\[(?:[0-9]{1,9}|\*)?\])*"
_STEP = re.compile(rf"({_NAME})({_INDEXES})")
_INDEX = re.compile(r"\[([0-9]*)\*?\]")
PATH = rf"/?{_NAME}{_INDEXES}(?:\.{_NAME}{_INDEXES})*"
_BRACES = re.compile(rf"\{{\{{|\}}\}}|\{{\s*({PATH})\s*\}}|[{{}}]")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:-+[A-Za-z0-9_]+)*")
_MAX_DIGITS = 1000  # More than any field holds, and fewer than Python refuses to convert (4300).
# Keywords that can start a term, so that a field of such a name needs back-ticks.
_RESERVED = frozenset({"all", "limit", "not", "reversed", "sort"})

# Other escapes keep their backslash, so that "\d" and "\b" keep their meaning in a pattern.
_ESCAPE = re.compile(r"\\(?:(u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*)|([\"'\\/nrt]))")
_CONTROL = {"n": "\n", "r": "\r", "t": "\t"}
_SPECIAL = re.compile(r'["\\\x00-\x1f\x7f]')
_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def read_text(quoted: str) -> str:
    """Return the text between the quotes, with escapes resolved."""
    return _ESCAPE.sub(_unescaped, quoted[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return str(json.loads(f'"\\{match[1]}"'))
    return _CONTROL.get(match[2], match[2])


def write_text(text: str) -> str:
    return f'"{_SPECIAL.sub(_escaped, text)}"'


def _escaped(match: re.Match[str]) -> str:
    return _ESCAPED.get(match[0]) or f"\\u{ord(match[0]):04x}"


def read_number(text: str) -> int | float:
    """Parse a number. Raises ValueError if it has too many digits or is out of range."""
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"number too long: the limit is {_MAX_DIGITS} digits")
    if text.lstrip("-").isdigit():
        return int(text)
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"number too large: {text}")
    return number


def read_word(text: str) -> Any:
    """Return the value of an unquoted word: true, false, null, or the word as text."""
    return {"true": True, "false": False, "null": None}.get(text, text)


def read_path(text: str) -> Path:
    steps = tuple(
        Step(
            _read_name(name), tuple(int(index) if index else None for index in _INDEX.findall(all))
        )
        for name, all in _STEP.findall(text)
    )
    return Path(steps, text.startswith("/"))


def _read_name(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def write_path(path: Path) -> str:
    """Write a path, with back-ticks around names that need them."""
    steps = ".".join(map(_write_step, path.steps))
    if not path.absolute and steps in _RESERVED:
        return f"`{steps}`"
    return f"/{steps}" if path.absolute else steps


def _write_step(step: Step) -> str:
    name = step.name
    if not _PLAIN_NAME.fullmatch(name):
        name = f"`{name.replace('`', '``')}`"
    return name + "".join("[*]" if index is None else f"[{index}]" for index in step.indexes)


def read_template(text: str) -> tuple[str | Path, ...]:
    """Split "{a}-{b}" into texts and paths; a double brace means a literal one.

    Raises ValueError for a single brace that does not enclose a path.
    """
    parts: list[str | Path] = []
    done, literal = 0, ""
    for match in _BRACES.finditer(text):
        literal += text[done : match.start()]
        done = match.end()
        if match[1]:
            parts += [literal, read_path(match[1])] if literal else [read_path(match[1])]
            literal = ""
        elif len(match[0]) == 2:
            literal += match[0][0]
        else:
            raise ValueError("braces must enclose a path, as in {kind}; double a literal brace")
    literal += text[done:]
    return (*parts, literal) if literal else tuple(parts)


def write_template(parts: tuple[str | Path, ...]) -> str:
    return write_text(
        "".join(
            f"{{{write_path(part)}}}"
            if isinstance(part, Path)
            else part.replace("{", "{{").replace("}", "}}")
            for part in parts
        )
    )
