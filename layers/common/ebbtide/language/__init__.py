"""The search language: text to syntax and back, what a search must not ask, what it relies on."""

from ebbtide.language.checking import check
from ebbtide.language.errors import SearchError
from ebbtide.language.parsing import parse_search
from ebbtide.language.printing import print_query
from ebbtide.language.relied_on import kinds_relied_on
from ebbtide.language.syntax import Query

__all__ = ["Query", "SearchError", "check", "kinds_relied_on", "parse_search", "print_query"]
