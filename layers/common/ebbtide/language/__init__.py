"""The search language: parse, check and print searches, and find the kinds they rely on."""

from ebbtide.language.checking import check
from ebbtide.language.cleaning import check_cleaning, check_steps
from ebbtide.language.errors import SearchError
from ebbtide.language.parsing import parse_search
from ebbtide.language.printing import print_query
from ebbtide.language.relied_on import kinds_relied_on, kinds_touched
from ebbtide.language.steps import step_faults
from ebbtide.language.syntax import Query

__all__ = [
    "Query",
    "SearchError",
    "check",
    "check_cleaning",
    "check_steps",
    "kinds_relied_on",
    "kinds_touched",
    "parse_search",
    "print_query",
    "step_faults",
]
