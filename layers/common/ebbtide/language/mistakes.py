"""Explain a syntax error in a search: what was found, and what was expected there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from difflib import get_close_matches

from lark import Lark, Token
from lark.exceptions import UnexpectedInput

from ebbtide.language.habits import habit_at
from ebbtide.language.placeholders import NAMES
from ebbtide.language.source import MisreadError
from ebbtide.language.syntax import AGGREGATES, FUNCTIONS

# If all terminals of the first set are accepted, the words describe them and those of the last set.
_GROUPS: tuple[tuple[set[str], str, set[str]], ...] = (
    (
        {"IS"},
        "a condition such as is(volume) or age > 30d",
        {"ID", "NOT", "ALL", "CALL", "PATH", "STRING", "LPAR", "EDGE_TYPES", "AGGREGATE"},
    ),
    ({"NUMBER", "WORD"}, 'a value such as 30d, 5 or "text"', {"STRING", "LSQB", "LBRACE"}),
    (
        {"COMPARE", "IN", "NOT_IN"},
        "an operator such as ==, <, =~ or in",
        {"MATCH", "QUANTIFIER", "CONTEXT"},
    ),
    ({"BOOLEAN"}, "`and`, `or`", set()),
    ({"FROM", "BACK"}, "a navigation such as -->", set()),
)
_WORDS = {
    "PATH": "the name of a field",
    "STRING": 'a text in "quotes"',
    "WORD": "a name",
    "KEY": "a name",
    "NUMBER": "a number",
    "OPERAND": "a number",
    "INTEGER": "a whole number",
    "CONTEXT": "`.{`",
    "QUANTIFIER": "`all`, `any`, `none`",
    "AT": "--at",
    "COMPARE": "a comparison such as ==",
    "MATCH": "`=~`",
    "MEASURE": "a function such as sum(1)",
    "MOMENT": "a duration or time",
    "EDGE_TYPE": "an edge type",
    "MERGE_NAME": "a name",
    "_NEXT_MERGE": "`,`",
    "ARITHMETIC": "+, -, *, /",
    "RANGE": "`:`",
    "TAG": "#tag",
    "MANY": "`[]`",
    "FROM": "`-`",
    "TO": "`->`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "COMMA": "`,`",
    "COLON": "`:`",
    "EQUAL": "`=`",
    "$END": "the end of the search",
}
_KEYWORDS = {
    "BOOLEAN": ("and", "or"),
    "NOT_IN": ("not in",),
    "QUANTIFIER": ("all", "any", "none"),
}
_WITHOUT_KEYWORD = {*_WORDS, "CALL", "IS", "ID", "BACK", "EDGE_TYPES", "IN"} - set(_KEYWORDS)
# Other words that precede a parenthesis where a function can be.
_BEFORE_PARENTHESIS = ("is", "id", "not", "with", "with_usage", "aggregate", "expand")
_FOUND = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|@\w+@|[\w.-]*\w|\S', re.ASCII)
_LONGEST = 40


def start_of(token: Token) -> int:
    return token.start_pos or 0


def check_name(token: Token) -> None:
    """Raise MisreadError if a token names a function that does not exist."""
    if token.type == "CALL" and token not in FUNCTIONS:
        raise _unknown(token, "function", FUNCTIONS, _BEFORE_PARENTHESIS)
    if token.type == "MEASURE" and token not in AGGREGATES:
        raise _unknown(token, "aggregate function", AGGREGATES)


def _unknown(
    token: Token, what: str, names: tuple[str, ...], others: tuple[str, ...] = ()
) -> MisreadError:
    close = get_close_matches(token.lower(), (*names, *others), 1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"
    return MisreadError(f"unknown {what} {str(token)!r} ({hint})", start_of(token))


def explained(parser: Lark, text: str, start: str) -> MisreadError:
    """Parse the text again, token by token, and return the mistake at which the parser stops."""
    walk = parser.parse_interactive(text, start=start)
    tokens: list[Token] = []
    position = len(text.rstrip())
    try:
        for token in walk.iter_parse():
            check_name(token)
            tokens.append(token)
    except UnexpectedInput as error:
        position = error.pos_in_stream or 0
    # The parser advances on the offending token before it rejects it, so start again without it.
    walk = parser.parse_interactive("", start=start)
    fitting = [token for token in tokens if start_of(token) < position]
    for token in fitting:
        walk.feed_token(token)
    accepted: set[str] = walk.accepts()  # type: ignore[no-untyped-call]
    before = fitting[-1] if fitting else None
    return MisreadError(_sentence(text, position, accepted, before), position)


def _sentence(text: str, position: int, accepted: Set[str], before: Token | None) -> str:
    habit = habit_at(text, position)
    if habit is not None:
        return habit
    match = _FOUND.match(text, position)
    if match is None:
        return f"the search ends here; expected {_expected(accepted)}"
    word = match[0][:_LONGEST]
    if word == '"':
        return "the text that starts here has no closing quote"
    if word == "`":
        return "the name that starts here has no closing back-tick"
    if word == "'":
        return 'found a single quote; use double quotes: "text"'
    close = _suggestion(word, accepted) or _suggestion_before(before)
    hint = f"; did you mean `{close}`?" if close else ""
    return f"found `{word}`, expected {_expected(accepted)}{hint}"


def _expected(accepted: Set[str]) -> str:
    left = set(accepted)
    words: list[str] = []
    for needed, text, covered in _GROUPS:
        if needed <= left:
            words.append(text)
            left -= needed | covered
    words += [text for name, text in _WORDS.items() if name in left and name != "$END"]
    words += sorted(f"`{name.lower()}`" for name in left - set(_WORDS))
    if "$END" in left:
        words.append(_WORDS["$END"])
    *others, last = dict.fromkeys(words)
    return f"{', '.join(others)} or {last}" if others else last


def _keywords(accepted: Iterable[str]) -> Iterator[str]:
    for name in sorted(accepted):
        if name in _KEYWORDS:
            yield from _KEYWORDS[name]
        elif name not in _WITHOUT_KEYWORD:
            yield name.lower()


def _suggestion(word: str, accepted: Set[str]) -> str | None:
    names = [f"@{name}@" for name in NAMES] if word[0] == "@" else list(_keywords(accepted))
    wanted = word.upper() if word[0] == "@" else word.lower()
    return next(iter(get_close_matches(wanted, names, 1)), None)


def _suggestion_before(before: Token | None) -> str | None:
    """Suggest a keyword for the word before the mistake, which the parser took for a field."""
    if before is None or before.type != "PATH":
        return None
    words = ("all", "not", "sort", "limit", "reversed")
    return next(iter(get_close_matches(before.lower(), words, 1)), None)
