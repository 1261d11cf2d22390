"""Searches over a snapshot; the language itself is ebbtide.query."""

from ebbtide.search.evaluation import Match
from ebbtide.search.explaining import Explanation, explain
from ebbtide.search.needs import Needs, needs
from ebbtide.search.searching import aggregate, document, find, find_edges
from ebbtide.search.snapshot import LineStore, Snapshot

__all__ = [
    "Explanation",
    "LineStore",
    "Match",
    "Needs",
    "Snapshot",
    "aggregate",
    "document",
    "explain",
    "find",
    "find_edges",
    "needs",
]
