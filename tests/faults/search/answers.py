"""What a search finds in the estate of the unit tests, or how it is refused."""

from __future__ import annotations

from ebbtide.language import SearchError, parse_search
from ebbtide.search import find
from tests.support.search_estate import NOW, snapshot


def found(text: str) -> list[str]:
    """Return the ids of what a search finds; raises SearchError."""
    query = parse_search(text, now=NOW)
    return [str(match.line["id"]) for match in find(query, snapshot(), NOW)]


def refusal(text: str) -> str | None:
    """Return the message with which a search is refused, None if it is accepted."""
    try:
        parse_search(text, now=NOW)
    except SearchError as error:
        return str(error)
    return None


def found_or_refused(text: str) -> list[str] | None:
    """Return the ids of what a search finds, None if it is refused."""
    return found(text) if refusal(text) is None else None
