"""Run searches over a snapshot; ebbtide.language defines the language."""

from ebbtide.search.evaluation import Match
from ebbtide.search.explaining import Explanation, explain
from ebbtide.search.extent import Extent, extent_of
from ebbtide.search.searching import (
    Aggregated,
    Answer,
    Unknown,
    aggregate,
    aggregated,
    document_of,
    edges_between,
    find,
    find_edges,
)
from ebbtide.search.snapshot import LineStore, Snapshot

__all__ = [
    "Aggregated",
    "Answer",
    "Explanation",
    "Extent",
    "LineStore",
    "Match",
    "Snapshot",
    "Unknown",
    "aggregate",
    "aggregated",
    "document_of",
    "edges_between",
    "explain",
    "extent_of",
    "find",
    "find_edges",
]
