"""The search language: text to syntax and back, what a search must not ask, what it relies on."""

from ebbtide.query.checking import check
from ebbtide.query.errors import SearchError
from ebbtide.query.evidence import evidence
from ebbtide.query.parsing import parse_search
from ebbtide.query.printing import print_query
from ebbtide.query.syntax import Query

__all__ = ["Query", "SearchError", "check", "evidence", "parse_search", "print_query"]
