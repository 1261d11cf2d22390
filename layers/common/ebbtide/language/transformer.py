"""Build the abstract syntax from the parser's rules."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import reduce
from typing import Any, Literal, cast

from lark import Token, Transformer, v_args

from ebbtide.language import syntax
from ebbtide.language.mistakes import check_name, start_of
from ebbtide.language.source import MisreadError
from ebbtide.language.texts import read_number, read_path, read_template, read_text, read_word

type Names = tuple[str, ...]
type Range = tuple[int, int]
type _At = tuple[Token, str]

_COUNTS = ("==", "!=", "<", "<=", ">", ">=")


def _operator(token: Token) -> syntax.Operator:
    text = {"=": "==", "~": "=~"}.get(token, " ".join(token.split()))
    return cast(syntax.Operator, text)


@v_args(inline=True)
class Builder(Transformer[Token, Any]):
    """One method per rule of grammar.lark; lark calls it with the results of the rule's parts."""

    def nothing(self) -> None:
        return None

    def search(self, before: _At | None, query: syntax.Query, after: _At | None) -> syntax.Query:
        if before is not None and after is not None:
            raise MisreadError("--at is given twice", start_of(after[0]))
        given = before or after
        return query if given is None else replace(query, at=given[1])

    def at(self, word: Token, moment: str) -> _At:
        return word, moment

    def query(self, head: dict[str, Any], first: syntax.Part, *rest: Any) -> syntax.Query:
        parts = [first]
        for way, part in zip(rest[::2], rest[1::2], strict=True):
            parts[-1] = replace(parts[-1], navigation=way)
            parts.append(part)
        return syntax.Query(tuple(parts), **head)

    def no_head(self) -> dict[str, Any]:
        return {}

    def head(self, *given: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for one in given:
            if isinstance(one, syntax.Aggregate):
                found["aggregate"] = one
            else:
                found["edge_types"] = tuple(re.findall(r"\w+", one.partition("=")[2]))
        return found

    def part(
        self,
        usage: syntax.Usage | None,
        term: syntax.Term | None,
        with_clause: syntax.With | None,
        tag: str | None,
        sort: tuple[syntax.Sort, ...],
        limit: syntax.Limit | None,
        reverse: bool,
    ) -> syntax.Part:
        return syntax.Part(term or syntax.All(), usage, with_clause, tag, sort, limit, reverse)

    def combined(self, left: syntax.Term, word: Token, right: syntax.Term) -> syntax.Term:
        return syntax.And(left, right) if word == "and" else syntax.Or(left, right)

    def negated(self, _: Token, term: syntax.Term) -> syntax.Term:
        return syntax.Not(term)

    def is_kind(self, _: Token, names: Names) -> syntax.Term:
        return syntax.IsKind(names)

    def has_id(self, _: Token, names: Names) -> syntax.Term:
        return syntax.HasId(names)

    def function(self, name: Token, path: Token, *arguments: Any) -> syntax.Term:
        check_name(name)
        return syntax.Function(str(name), read_path(path), arguments)

    def predicate(self, path: Token, operator: Token, value: Any) -> syntax.Term:
        return syntax.Predicate(read_path(path), _operator(operator), value)

    def quantified(self, path: Token, which: Token, operator: Token, value: Any) -> syntax.Term:
        quantifier = cast(syntax.Quantifier, str(which))
        return syntax.Predicate(read_path(path), _operator(operator), value, quantifier)

    def context(self, path: Token, _: Token, *terms: syntax.Term) -> syntax.Term:
        return syntax.ArrayContext(read_path(path), reduce(syntax.And, terms))

    def full_text(self, token: Token) -> syntax.Term:
        return syntax.FullText(read_text(token))

    def all(self, _: Token) -> syntax.Term:
        return syntax.All()

    def merged(
        self,
        before: syntax.Term,
        merges: tuple[syntax.Merge, ...],
        after: syntax.Term | None = None,
    ) -> syntax.Term:
        return syntax.Merged(before, merges, after)

    def merges(self, *merges: syntax.Merge) -> tuple[syntax.Merge, ...]:
        return merges

    def merge(self, name: Token, query: syntax.Query) -> syntax.Merge:
        return syntax.Merge(name.removeprefix("/"), query)

    def merge_many(self, name: Token, _: Token, query: syntax.Query) -> syntax.Merge:
        return syntax.Merge(name.removeprefix("/"), query, many=True)

    def names(self, *names: str) -> Names:
        return names

    def text(self, token: Token) -> str:
        return read_text(token)

    def word(self, token: Token) -> str:
        return str(token)

    def bare(self, token: Token) -> Any:
        return read_word(str(token))

    def bare_pattern(self, token: Token) -> str:
        text = str(token)
        if len(text) > 2 and text[0] == text[-1] == "/":
            message = f'found `{text}`; did you mean "{text[1:-1]}"? A pattern needs no slashes'
            raise MisreadError(message, start_of(token))
        return text

    def number(self, token: Token) -> int | float:
        try:
            return read_number(token)
        except ValueError as error:
            raise MisreadError(str(error), start_of(token)) from None

    def array(self, *values: Any) -> list[Any]:
        return list(values)

    def object(self, *pairs: tuple[str, Any]) -> dict[str, Any]:
        return dict(pairs)

    def pair(self, key: str, value: Any) -> tuple[str, Any]:
        return key, value

    def usage(self, _: Token, start: str, metrics: Names) -> syntax.Usage:
        return syntax.Usage(start, metrics)

    def usage_between(self, _: Token, start: str, end: str, metrics: Names) -> syntax.Usage:
        return syntax.Usage(start, metrics, end)

    def with_clause(
        self,
        _: Token,
        condition: tuple[syntax.Operator, int],
        navigation: syntax.Navigation,
        term: syntax.Term | None,
        inner: syntax.With | None,
    ) -> syntax.With:
        return syntax.With(*condition, navigation, term or syntax.All(), inner)

    def with_clauses(self, first: syntax.With, *more: syntax.With) -> syntax.With:
        for clause in reversed(more):
            first = replace(first, also=replace(clause, also=first.also))
        return first

    def empty(self, _: Token) -> tuple[syntax.Operator, int]:
        return "==", 0

    def any(self, _: Token) -> tuple[syntax.Operator, int]:
        return ">", 0

    def count(self, _: Token, operator: Token, number: Token) -> tuple[syntax.Operator, int]:
        compare = _operator(operator)
        if compare not in _COUNTS:
            known = ", ".join(_COUNTS)
            raise MisreadError(f"a count needs one of {known}, not {operator}", start_of(operator))
        return compare, int(number)

    def tag(self, token: Token) -> str:
        return token[1:].strip()

    def sort_opt(self) -> tuple[syntax.Sort, ...]:
        return ()

    def sorts(self, _: Token, *sorts: syntax.Sort) -> tuple[syntax.Sort, ...]:
        return sorts

    def sort(self, path: Token, order: Token | None = None) -> syntax.Sort:
        return syntax.Sort(read_path(path), order == "desc")

    def limit(self, _: Token, first: Token, second: Token | None = None) -> syntax.Limit:
        if second is None:
            return syntax.Limit(int(first))
        return syntax.Limit(int(second), int(first))

    def reversed_opt(self) -> bool:
        return False

    def reversed(self, _: Token) -> bool:
        return True

    def outward(self, start: Token, edge: _Edge, _: Token) -> syntax.Navigation:
        return edge.navigation("out", start)

    def inward(self, start: Token, edge: _Edge, _: Token) -> syntax.Navigation:
        return edge.navigation("in", start)

    def both_ways(self, start: Token, edge: _Edge, _: Token) -> syntax.Navigation:
        return edge.navigation("both", start)

    def edge(self, before: Names, bounds: Any = None, after: Names = ()) -> _Edge:
        return _Edge(before, after, *(bounds or ((1, 1), None)))

    def bounds(self, *given: Any) -> tuple[Range, syntax.Term | None]:
        depths = next((one for one in given if isinstance(one, tuple)), (1, 1))
        return depths, next((one for one in given if not isinstance(one, tuple)), None)

    def exact_range(self, depth: Token) -> Range:
        return _range(depth, int(depth), int(depth))

    def open_range(self, depth: Token, _: Token) -> Range:
        return _range(depth, int(depth), syntax.MAX_DEPTH)

    def range(self, minimum: Token, _: Token, maximum: Token) -> Range:
        return _range(minimum, int(minimum), int(maximum))

    def edge_filter(self, term: syntax.Term) -> syntax.Term:
        return term

    def types_opt(self) -> Names:
        return ()

    def types(self, *names: Token) -> Names:
        return tuple(map(str, names))

    def aggregate(self, _: Token, *lists: Any) -> syntax.Aggregate:
        return syntax.Aggregate(lists[0] if len(lists) == 2 else (), lists[-1])

    def groups(self, *groups: syntax.Group) -> tuple[syntax.Group, ...]:
        return groups

    def path_group(self, path: Token, name: str | None) -> syntax.Group:
        return syntax.Group(read_path(path), name)

    def template_group(self, text: Token, name: str | None) -> syntax.Group:
        try:
            return syntax.Group(syntax.Template(read_template(read_text(text))), name)
        except ValueError as error:
            raise MisreadError(str(error), start_of(text)) from None

    def alias_opt(self, _: Token, name: str) -> str:
        return name

    def measures(self, *measures: syntax.AggregateFunction) -> tuple[syntax.AggregateFunction, ...]:
        return measures

    def measure(self, function: Token, operand: Any, *rest: Any) -> syntax.AggregateFunction:
        check_name(function)
        return syntax.AggregateFunction(str(function), operand, rest[:-1], rest[-1])

    def path(self, path: Token) -> syntax.Path:
        return read_path(path)

    def operation(self, sign: Token, number: Token) -> tuple[syntax.Arithmetic, int | float]:
        value = self.number(number)
        if sign == "/" and value == 0:
            raise MisreadError("cannot divide by 0", start_of(number))
        return cast(syntax.Arithmetic, str(sign)), value

    def expansion(self, name: str, *arguments: tuple[str, Any]) -> tuple[str, dict[str, Any]]:
        return name, dict(arguments)

    def expansion_object(self, name: str, *pairs: tuple[str, Any]) -> tuple[str, dict[str, Any]]:
        return name, dict(pairs)

    def argument(self, key: Token, value: Any) -> tuple[str, Any]:
        return str(key), value


class _Edge:
    """The content of an arrow between its two ends."""

    def __init__(
        self, before: Names, after: Names, depths: Range, edge_filter: syntax.Term | None
    ) -> None:
        self.before, self.after = before, after
        self.depths, self.edge_filter = depths, edge_filter

    def navigation(
        self, direction: Literal["out", "in", "both"], start: Token
    ) -> syntax.Navigation:
        """Build the navigation; types on both sides of the brackets need an arrow with two heads.

        The types before the brackets are then those of edges in, the others those of edges out.
        """
        if direction == "both":
            out_types, in_types = self.after or self.before, self.before
        elif self.before and self.after:
            message = "put edge types before or after the brackets, not on both sides"
            raise MisreadError(message, start_of(start))
        else:
            types = self.before or self.after
            out_types, in_types = (types, ()) if direction == "out" else ((), types)
        return syntax.Navigation(direction, *self.depths, out_types, in_types, self.edge_filter)


def _range(token: Token, minimum: int, maximum: int) -> Range:
    if maximum > syntax.MAX_DEPTH:
        raise MisreadError(
            f"navigation too deep: the limit is {syntax.MAX_DEPTH} edges", start_of(token)
        )
    if minimum > maximum:
        message = f"depth {minimum} is greater than {maximum}; put the lower one first"
        raise MisreadError(message, start_of(token))
    return minimum, maximum
