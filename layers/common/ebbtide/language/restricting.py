"""Determine from the is(...) of a term which kinds it can match."""

from __future__ import annotations

from ebbtide.kinds import concrete_kinds, registry
from ebbtide.language.syntax import And, IsKind, Merged, Or, Term


def kinds_of(term: Term) -> frozenset[str] | None:
    """Return the declared kinds that a term can match; None if it can match any kind."""
    match term:
        case IsKind(kinds):
            return concrete_kinds(kinds)
        case And(left, right):
            one, other = kinds_of(left), kinds_of(right)
            if one is None or other is None:
                return other if one is None else one
            return one & other
        case Or(left, right):
            one, other = kinds_of(left), kinds_of(right)
            return None if one is None or other is None else one | other
        case Merged(before, _, after):
            return kinds_of(before) if after is None else kinds_of(And(before, after))
        case _:
            # Any other term can match any kind, and so can `not is(a)`.
            return None


def named_kind(term: Term) -> str | None:
    """Return the single declared kind that a term requires, as in is(aws_vpc) and ..., or None."""
    match term:
        case IsKind((name,)) if name in registry():
            return name
        case And(left, right):
            return named_kind(left) or named_kind(right)
        case Merged(before, _, _):
            return named_kind(before)
        case _:
            return None
