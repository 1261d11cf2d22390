"""Check the value of a comparison against the types of its field, and convert it.

A field can have several types, because kinds differ. A value must suit one of them. The forms
that Fix accepts are converted: `yes` and `false` for a boolean, `"5"` for a number, and a duration
for a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ebbtide.language import shapes
from ebbtide.language.errors import MistakeError, most_similar, unknown
from ebbtide.language.moments import Moment, advice_for, moment_in
from ebbtide.language.scopes import Found, Node, Reported, lookup, names_below
from ebbtide.language.shapes import Choice, Code
from ebbtide.language.syntax import Operator, Predicate
from ebbtide.language.texts import read_number, write_path

_ORDERS = ("<", "<=", ">", ">=")
_LISTS = ("in", "not in")
_PATTERNS = ("=~", "!~")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
# As Fix reads the value of a boolean.
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_MOST_VALUES = 10


@dataclass(frozen=True, slots=True)
class _Field:
    """What a path leads to, and how error messages call it."""

    name: str
    codes: tuple[Code, ...]
    now: datetime


def checked_value(term: Predicate, found: Found, now: datetime) -> Predicate:
    """Return a comparison with its value in the type of the field. Raises MistakeError."""
    operator, value = term.operator, term.value
    if operator in _ORDERS and (value is None or isinstance(value, bool | list | dict)):
        message = f"`{operator}` needs a number, a text or a time, not {_written(value)}"
        raise MistakeError(message, term.path.first)
    codes = _compared(term, found)
    if codes is None:
        value = ordered_text(value, now) if operator in _ORDERS else value
        return Predicate(term.path, operator, value, term.quantifier)
    asked = _Field(write_path(term.path), codes, now)
    if operator in _PATTERNS:
        _check_pattern(asked)
    elif operator in _ORDERS:
        value = _ordered(asked, value)
    elif operator in _LISTS:
        value = [one for each in value for one in _alternatives(asked, each)]
    else:
        operator, value = _equal(asked, operator, value)
    return Predicate(term.path, operator, value, term.quantifier)


def _compared(term: Predicate, found: Found) -> tuple[Code, ...] | None:
    """Return the types of the single values that are compared; None if any value is possible."""
    codes = tuple(code for code in found.codes if code != shapes.NOTHING)
    if found.attached:
        codes = tuple(code[0] if isinstance(code, list) else code for code in codes)
    if shapes.ANYTHING in codes or not codes:
        return None
    lists = tuple(code for code in codes if isinstance(code, list))
    if term.quantifier is not None and not found.many:
        if not lists:
            word = shapes.word_of(codes[0])
            message = f"{write_path(term.path)} is {word}, not a list; remove `{term.quantifier}`"
            raise MistakeError(message, term.quantifier)
        return _known(tuple(code[0] for code in lists))
    if term.value is None or (isinstance(term.value, list) and term.operator not in _LISTS):
        return None if lists or term.value is None else codes
    # An array is compared through its elements.
    return _known(tuple(code[0] if isinstance(code, list) else code for code in codes))


def _known(codes: tuple[Code, ...]) -> tuple[Code, ...] | None:
    return None if shapes.ANYTHING in codes or shapes.NOTHING in codes else codes


def _check_pattern(asked: _Field) -> None:
    texts = (shapes.TEXT, shapes.NUMBER, shapes.TIME)
    if not any(code in texts or _is_choice(code) for code in asked.codes if _is_simple(code)):
        word = shapes.word_of(asked.codes[0])
        message = f"{asked.name} is {word}, which no regular expression matches"
        raise MistakeError(message, asked.name)


def _is_simple(code: Code) -> bool:
    return isinstance(code, str | Choice)


def _is_choice(code: Code) -> bool:
    return isinstance(code, Choice) or shapes.values(code) is not None


def _equal(asked: _Field, operator: Operator, value: Any) -> tuple[Operator, Any]:
    found = list(_alternatives(asked, value))
    if len(found) == 1:
        return operator, found[0]
    return ("in" if operator == "==" else "not in"), found


def _alternatives(asked: _Field, value: Any) -> Iterator[Any]:
    """Yield the values that equal what the search says, one for each type of the field."""
    if value is None:
        yield value
        return
    found: list[Any] = []
    reasons: list[str] = []
    for code in asked.codes:
        try:
            one = _converted(asked, code, value)
        except ValueError as error:
            reasons.append(str(error))
            continue
        if not any(type(one) is type(other) and one == other for other in found):
            found.append(one)
    if not found:
        raise MistakeError(_closest(asked, value, reasons), _word(value))
    # A text that reads as a number equals the number, too.
    if len(found) > 1 and value in found and isinstance(value, str):
        found = [one for one in found if type(one) not in (int, float)]
    yield from found


def _closest(asked: _Field, value: Any, reasons: list[str]) -> str:
    """Return the message for a value that suits no type of a field."""
    choices = {one: None for code in asked.codes for one in _values(code)}
    if choices and isinstance(value, str):
        return _unknown_value(asked.name, value, tuple(choices))
    return reasons[0]


def _values(code: Code) -> tuple[str, ...]:
    return code.known if isinstance(code, Choice) else shapes.values(code) or ()


def _unknown_value(name: str, value: str, known: tuple[str, ...], more: str = "") -> str:
    close = most_similar(value, known)
    if close:
        hint = f"did you mean {close!r}?"
    elif len(known) <= _MOST_VALUES:
        hint = f"one of {', '.join(known)}"
    else:
        hint = "if AWS has added it since, use =~"
    return f"{name} is never {value!r} ({more or hint})"


def _converted(asked: _Field, code: Code, value: Any) -> Any:
    """Return a value in one type. Raises ValueError with the reason if it does not suit it."""
    name = asked.name
    if isinstance(code, Choice):
        return _chosen(name, code, value)
    if not isinstance(code, str):
        return _of_structure(name, code, value)
    if isinstance(value, dict | list):
        raise ValueError(f"{name} is {shapes.word_of(code)}, not {_written(value)}")
    match code:
        case shapes.BOOLEAN:
            if isinstance(value, str):
                value = _WORDS.get(value.lower(), value)
            if not isinstance(value, bool):
                raise ValueError(f"{name} is true or false, not {_written(value)}")
            return value
        case shapes.NUMBER:
            return _number(name, value)
        case shapes.TIME:
            return _moment(asked, value)
        case shapes.SPAN:
            return value
    text = str(value).lower() if isinstance(value, bool) else value
    known = shapes.values(code)
    if known is not None and str(text) not in known:
        raise ValueError(_unknown_value(name, str(text), known))
    return text


def _chosen(name: str, choice: Choice, value: Any) -> Any:
    text = str(value)
    if isinstance(value, dict | list | bool) or not re.fullmatch(choice.pattern, text):
        advice = "" if most_similar(text, choice.known) else choice.advice
        if choice.known:
            raise ValueError(_unknown_value(name, text, choice.known, advice))
        raise ValueError(f"{text!r} is not {choice.what}; {choice.advice}")
    return value


def _of_structure(name: str, code: Code, value: Any) -> Any:
    if isinstance(code, list):
        raise ValueError(f"{name} is a list, not {_written(value)}")
    if isinstance(value, dict):
        return value
    known = sorted(names_below(code))
    fields = f"; compare one of its fields: {', '.join(known[:_MOST_VALUES])}" if known else ""
    raise ValueError(f"{name} is a structure, not {_written(value)}{fields}")


def _number(name: str, value: Any) -> int | float:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return read_number(value.removeprefix("+"))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is a number, not {_written(value)}")
    return value


def _moment(asked: _Field, value: Any) -> Moment:
    found = moment_in(value, asked.now) if isinstance(value, str) else None
    if found is None:
        advice = advice_for(value) if isinstance(value, str) else None
        more = advice or "write a time such as 2026-11-25, or a duration from now such as -30d"
        raise ValueError(f"{asked.name} is a time, not {_written(value)}; {more}")
    return found


def _ordered(asked: _Field, value: Any) -> Any:
    """Return the value for a comparison of order, in which a text may be several things."""
    simple = [code for code in asked.codes if _is_simple(code) and code != shapes.BOOLEAN]
    if not simple:
        word = shapes.word_of(asked.codes[0])
        raise MistakeError(f"{asked.name} is {word} and has no order; use = or !=", asked.name)
    try:
        if shapes.TIME in simple:
            return _moment(asked, value)
        if all(code == shapes.NUMBER for code in simple):
            return _number(asked.name, value)
    except ValueError as error:
        raise MistakeError(str(error), _word(value)) from None
    return ordered_text(value, asked.now) if shapes.SPAN not in simple else value


def ordered_text(value: Any, now: datetime) -> Any:
    """Return a value for a comparison with texts, some of which may be times."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    found = moment_in(value, now)
    advice = None if found else advice_for(value)
    if advice is not None:
        raise MistakeError(f"{value!r} is not a time; {advice}", _word(value))
    return value if found is None else found


def check_keys(found: Found, names: list[str], field: str) -> None:
    """Raise MistakeError if has_key asks for names that the field cannot have."""
    codes = tuple(code for code in found.codes if code != shapes.NOTHING)
    if shapes.ANYTHING in codes or not codes:
        return
    structures = [code for code in codes if isinstance(code, Reported | Node | int | dict)]
    if not structures:
        word = shapes.word_of(codes[0])
        raise MistakeError(f"has_key asks for names, but {field} is {word}", field)

    for name in names:
        if not any(lookup(name, code) for code in structures):
            known = sorted({one for code in structures for one in names_below(code)})
            raise MistakeError(unknown(name, "field", known, f" of {field}"), name)


def check_address(found: Found, field: str) -> None:
    """Raise MistakeError if in_subnet asks a field that cannot be an address."""
    codes = [code[0] if isinstance(code, list) else code for code in found.codes]
    texts = (shapes.ANYTHING, shapes.NOTHING, shapes.TEXT)
    if not any(code in texts for code in codes if isinstance(code, str)):
        word = shapes.word_of(found.codes[0])
        raise MistakeError(f"in_subnet asks for an address, but {field} is {word}", field)


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) else str(value) if type(value) in (int, float) else None


def _written(value: Any) -> str:
    words = {True: "true", False: "false"}
    return words[value] if isinstance(value, bool) else "null" if value is None else repr(value)
