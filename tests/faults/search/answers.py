"""Runs searches on the estate of the unit tests, and returns results or error messages."""

from __future__ import annotations

from ebbtide.language import SearchError, parse_search
from ebbtide.search import find
from tests.support.search_estate import NOW, snapshot


def found(text: str) -> list[str]:
    """Return the ids that a search finds. Raises SearchError if the search is refused."""
    query = parse_search(text, now=NOW)
    return [str(match.line["id"]) for match in find(query, snapshot(), NOW)]


def refusal(text: str) -> str | None:
    """Return the error message for a search, or None if it is accepted."""
    try:
        parse_search(text, now=NOW)
    except SearchError as error:
        return str(error)
    return None


def found_or_refused(text: str) -> list[str] | None:
    """Return the ids that a search finds, or None if the search is refused."""
    return found(text) if refusal(text) is None else None
