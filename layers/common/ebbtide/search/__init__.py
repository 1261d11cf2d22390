"""Searches over a snapshot; the language itself is ebbtide.language."""

from ebbtide.search.evaluation import Match
from ebbtide.search.explaining import Explanation, explain
from ebbtide.search.needs import Needs, needs
from ebbtide.search.searching import aggregate, document_of, find, find_edges
from ebbtide.search.snapshot import LineStore, Snapshot

__all__ = [
    "Explanation",
    "LineStore",
    "Match",
    "Needs",
    "Snapshot",
    "aggregate",
    "document_of",
    "explain",
    "find",
    "find_edges",
    "needs",
]
