"""Says in a sentence what pydantic found wrong with a value, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ebbtide.config.sections import known_paths, section_at
from ebbtide.options.mistakes import UnknownNameError

# What a value must be, by pydantic's type of error; the words in braces are in its context.
_MUST_BE = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "string": "a text; put it in quotes",
    "tuple": "a list",
    "list": "a list",
    "dict": "a mapping of keys to values",
    "model": "a section with keys; remove the key for its defaults",
    "none": "null",
}
_BOUNDS = {
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be at most {le:g}",
    "less_than": "must be less than {lt:g}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
}
_PATTERNS = {
    r"^\d{12}$": "must be an account id: twelve digits, in quotes",
    r"^[a-z]{2,}(-[a-z]+)+-\d+$": "must be a region, such as eu-central-1",
    r"^(global|[a-z]{2,}(-[a-z]+)+-\d+)$": "must be a region, such as eu-central-1, or global",
    r"^[a-z][a-z0-9_-]{0,39}$": "must be at most 40 lower-case letters, digits, - and _, and begin "
    "with a letter",
    r"^[a-z0-9][a-z0-9_-]{0,63}$": "must consist of lower-case letters, digits, - and _",
}
# Longer words are no misspelt names, and difflib would take long to compare them.
_LONGEST_NAME = 64


def sentence_of(entry: Mapping[str, Any], place: Sequence[str], *, suggest: bool) -> str:
    """Return what is wrong with the value at a place, as pydantic's `entry` describes it.

    With `suggest`, look for the name that was probably meant.
    """
    is_key = entry["loc"][-1:] == ("[key]",)
    return f"{'the key ' if is_key else ''}{_sentence_of(entry, place, suggest=suggest)}"


def _sentence_of(entry: Mapping[str, Any], place: Sequence[str], *, suggest: bool) -> str:
    kind, context = str(entry["type"]), entry.get("ctx", {})
    if kind == "extra_forbidden":
        name = str(entry["loc"][-1])
        return f"unknown key{_belongs(name, place) if suggest else ''}"
    if kind == "missing":
        return f"{entry['loc'][-1]} is missing"
    if kind == "literal_error":
        return f"must be {context['expected']}"
    if kind == "string_pattern_mismatch":
        pattern = context["pattern"]
        return _PATTERNS.get(pattern, f"must match the pattern {pattern}")
    if context.get("min_length") == 1:
        return "must not be empty"
    if kind in _BOUNDS:
        return _BOUNDS[kind].format(**context)
    error = context.get("error")
    if isinstance(error, UnknownNameError) and suggest:
        close = _similar(error.name, error.known())
        if close is not None:
            return f"unknown {error.what} {error.name!r} (did you mean {close!r}?)"
    if isinstance(error, ValueError):
        return str(error)
    word = _MUST_BE.get(kind.partition("_")[0])
    return f"must be {word}" if word else str(entry["msg"])


def _belongs(name: str, place: Sequence[str]) -> str:
    """Return a hint for an unknown key: a similar key of the section, or the place of that name."""
    section = section_at(place[:-1])
    known = () if section is None else tuple(section.model_fields)
    close = _similar(name, known)
    if close is not None:
        return f" (did you mean {close!r}?)"
    elsewhere = [path for path in known_paths() if path.rpartition(".")[2] == name]
    if len(elsewhere) == 1:
        return f" (did you mean {elsewhere[0]!r}?)"
    return f"; the keys are {', '.join(known)}" if 0 < len(known) <= len(_MUST_BE) else ""


def _similar(name: str, known: Iterable[str]) -> str | None:
    # The language loads its parser, which nobody needs for a valid configuration without jobs.
    from ebbtide.language.errors import most_similar

    return most_similar(name, known) if len(name) <= _LONGEST_NAME else None
