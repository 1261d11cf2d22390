"""Draw searches from the kinds, edges, tags and values of an estate, so that most match something.

They ask for what `tests.support.search_gaps` leaves unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ebbtide.language.syntax import (
    And,
    ArrayContext,
    FullText,
    Function,
    IsKind,
    Limit,
    Merge,
    Merged,
    Navigation,
    Not,
    Or,
    Part,
    Predicate,
    Query,
    Sort,
    Term,
    With,
)
from tests.support.search_gaps import (
    ARRAYS,
    INSTANCE,
    PRICES,
    PROPERTIES,
    SUBNET,
    VOLUME,
    VPC,
    Pick,
    Situation,
)
from tests.support.search_paths import path

# Path -> values that it may have, for every kind.
VALUES: Mapping[str, Sequence[Any]] = {
    "tags.owner": ("web", "x", None),
    "tags": (None,),
    "name": ("web", "main"),
    "id": ("ume0", "vpc0"),
    "ctime": ("2026-11-01", None),
    "mtime": ("2026-11-24", None),
    "/metadata.protected": (True, False),
    "/metadata.expires": ("2026-12-02", None),
    "/reported.name": ("web", "main"),
    "/reported.tags.owner": ("web", None),
    "/ancestors.zone.reported.name": ("us-east-1a", None),
    "/price.monthly": PRICES,
}
RANKED = (VPC, SUBNET, INSTANCE, VOLUME)


@dataclass(frozen=True)
class Searches:
    """Draws searches about an estate, of its kinds and of those that are unknown there."""

    pick: Pick
    kinds: Sequence[str]
    unknown: Sequence[str]
    # Whether tags of some resource are unknown.
    untagged: bool

    @classmethod
    def about(cls, situation: Situation, pick: Pick) -> Searches:
        """Return searches that ask most for what is unknown and what is beside it."""
        known = situation.known.world.kinds
        unknown = [known[one] for one in situation.focus]
        unknown += [kind for _, kind in sorted(situation.known.unread)]
        lines = (one for found in situation.known.world.lines.values() for one in found)
        untagged = any(one["tags"] is None for one in lines)
        return cls(pick, tuple(known.values()), tuple(unknown), untagged)

    def some(self) -> list[Query]:
        """Draw one search of every form, and more of those that have many forms themselves."""
        often = (self.walk, self.clause, self.clause, self.merge)
        return [form() for form in (self.plain, self.ranked, self.related, *often, *often)]

    def plain(self) -> Query:
        return Query((Part(self.some_of(self.kind()), **self.rank((False, False, True))),))

    def ranked(self) -> Query:
        """Draw a search with a limit, which may sort by what is beside a resource."""
        kind = self.kind()
        term = self.pick((IsKind((kind,)), self.some_of(kind), IsKind((kind, self.kind()))))
        return Query((Part(term, **self.rank((True,), kind)),))

    def walk(self) -> Query:
        kinds = [self.kind()]
        parts = []
        for _ in range(self.pick((1, 1, 2))):
            end = self.beside(kinds[-1])
            way = self.way(kinds[-1], end)
            rank = self.rank((False, False, False, True))
            parts.append(Part(self.any_of(kinds[-1]), navigation=way, **rank))
            kinds.append(end)
        return Query((*parts, Part(self.any_of(kinds[-1]), **self.rank((False, False, True)))))

    def clause(self) -> Query:
        kind = self.kind()
        return Query((Part(self.any_of(kind), with_clause=self.having(kind, depth=2)),))

    def merge(self) -> Query:
        kind = self.kind()
        end = self.beside(kind)
        inner = Part(self.any_of(end), **self.rank((False, True)))
        many = self.pick((True, False, False))
        merge = Merge("m", Query((Part(navigation=self.way(kind, end)), inner)), many)
        below, values = self.field_of(end)
        whole = ("/m", (None,))
        result = self.pick(("/m[*]", "/m[*]", "/m[0]", "/m[1]")) if many else "/m"
        inside = (f"{result}.reported.{below}", values)
        price = (f"{result}.price.monthly", PRICES)
        compared = self.pick((whole, inside, inside, price))
        after = self.pick((self.compares, self.compares, self.denies))(*compared)
        if many and self.pick((True, False)):
            each = self.compares(
                *self.pick(((f"reported.{below}", values), ("price.monthly", PRICES)))
            )
            after = ArrayContext(path("/m[*]"), each)
        return Query((Part(Merged(IsKind((kind,)), (merge,), after)),))

    def related(self) -> Query:
        kind = self.kind()
        asked = self.relation(kind)
        term: Term = And(IsKind((kind,)), self.pick((asked, asked, Not(asked))))
        if self.pick((True, False, False)):
            end = self.beside(kind)
            return Query((Part(term, navigation=self.way(kind, end)), Part(IsKind((end,)))))
        return Query((Part(term),))

    # --- parts of searches ---

    def kind(self) -> str:
        found: str = self.pick(self.pick((self.kinds, self.unknown)) or self.kinds)
        return found

    def beside(self, kind: str) -> str:
        """Draw a kind that a way may lead to from another one, most often an unknown one."""
        place = RANKED.index(kind)
        near = [one for one in RANKED if abs(RANKED.index(one) - place) in (1, 2)]
        unknown = [one for one in self.unknown if one in near]
        found: str = self.pick(self.pick((near, unknown, unknown)) or near)
        return found

    def way(self, start: str, end: str) -> Navigation:
        down = RANKED.index(end) > RANKED.index(start)
        steps = abs(RANKED.index(end) - RANKED.index(start))
        direction = self.pick(("out" if down else "in",) * 5 + ("both",))
        bounds = [(1, steps), (1, 250), (1, steps), (0, 1), (2, 3)] if steps > 1 else [(1, 1)] * 3
        least, most = self.pick((*bounds, (1, 2)))
        if direction == "both":
            return Navigation("both", least, most)
        if self.pick((False,) * 5 + (True,)):
            types = (self.pick(("default", "delete", "owns")), "default")
            types = tuple(dict.fromkeys(types))
            return Navigation(direction, least, most, *((types, ()) if down else ((), types)))
        return Navigation(direction, least, most)

    def having(self, kind: str, depth: int) -> With:
        end = self.beside(kind)
        operator, count = self.pick(
            (("==", 0), (">", 0), (">", 0), ("!=", 0), ("==", 1), ("<", 2), ("!=", 1), (">=", 2))
        )
        inner = also = None
        if depth > 1 and self.pick((True, False)):
            inner = self.having(end, depth - 1)
        if depth > 1 and self.pick((True, False, False, False)):
            also = self.having(kind, depth - 1)
        term = self.any_of(end)
        if self.pick((True, False, False, False, False)):
            term = And(IsKind((end,)), self.relation(end))
        return With(operator, count, self.way(kind, end), term, inner, also)

    def relation(self, kind: str) -> Term:
        end = self.beside(kind)
        below, values = self.field_of(end)
        of_end = relative(kind, end)
        if of_end.startswith("/descendants") and self.pick((True, False, False, False)):
            of_end = of_end.replace(f".{end}", f".{end}[0]")
        path_of_price = f"{of_end.removesuffix('.reported')}.price.monthly"
        own = (f"{of_end}.{below}", values)
        about = self.pick((own, own, own, (path_of_price, PRICES)))
        asked: Term = self.pick((self.compares, self.denies))(*about)
        return asked

    def field_of(self, kind: str) -> tuple[str, Sequence[Any]]:
        """Draw a path of a kind below /reported, with the values that it may have."""
        array, inner = ARRAYS[kind]
        own = (*PROPERTIES[kind].items(), (f"{array}[*].{inner}", ("web", "x")))
        common = [(name, VALUES[name]) for name in ("tags.owner", "tags.owner", "name", "id")]
        more = common if self.untagged else own
        found: tuple[str, Sequence[Any]] = self.pick(self.pick((own, common, more)))
        return found

    def any_of(self, kind: str) -> Term:
        found: Term = self.pick((IsKind((kind,)), self.some_of(kind)))
        return found

    def some_of(self, kind: str) -> Term:
        one: Term = self.condition(kind)
        if self.pick((True, False, False)):
            one = self.pick((And, Or))(one, self.condition(kind))
            one = self.pick((one, Not(one)))
        return And(IsKind((kind,)), one)

    def condition(self, kind: str) -> Term:
        forms = (*[self.value] * 6, self.text, self.key, self.element, self.age)
        found: Term = self.pick(forms)(kind)
        chosen: Term = self.pick((found, found, Not(found)))
        return chosen

    def value(self, kind: str) -> Term:
        asked = self.pick((self.field_of(kind), self.pick(tuple(VALUES.items()))))
        found: Term = self.pick((self.compares, self.compares, self.denies))(*asked)
        return found

    def text(self, kind: str) -> Term:
        del kind
        return FullText(self.pick(("web", "build", "main")))

    def key(self, kind: str) -> Term:
        del kind
        return Function("has_key", path("tags"), (self.pick(("owner", "env")),))

    def element(self, kind: str) -> Term:
        array, inner = ARRAYS[kind]
        return ArrayContext(
            path(f"{array}[*]"), Predicate(path(inner), "==", self.pick(("web", "x")))
        )

    def age(self, kind: str) -> Term:
        del kind
        name, operator = self.pick(("age", "last_update")), self.pick(("<", ">"))
        return Predicate(path(name), operator, self.pick(("10d", "60d")))

    def compares(self, name: str, values: Sequence[Any]) -> Term:
        value = self.pick(values)
        ordered = () if isinstance(value, bool) else ("<", ">=")
        return self.predicate(name, ("==", "==", "in", *ordered), value)

    def denies(self, name: str, values: Sequence[Any]) -> Term:
        value = self.pick((*values, None))
        matched = ("!~",) if name.endswith(("name", "owner")) else ()
        return self.predicate(name, ("!=", "!=", "not in", *matched), value)

    def predicate(self, name: str, operators: Sequence[Any], value: Any) -> Term:
        if value is None:
            return Predicate(path(name), self.pick(("==", "==", "!=")), None)
        operator = self.pick(operators)
        listed = operator in ("in", "not in")
        return Predicate(path(name), operator, [value] if listed else value)

    def rank(self, limited: Sequence[bool], kind: str | None = None) -> dict[str, Any]:
        """Draw a limit with its order; that may be by what is beside resources of a kind."""
        if not self.pick(limited):
            return {}
        names = ("name", "tags.owner", "ctime", "/price.monthly")
        sorts = [Sort(path(self.pick(names)), self.pick((True, False)))]
        if kind is not None:
            own = Sort(path(self.pick(tuple(PROPERTIES[kind]))), self.pick((True, False)))
            end = self.beside(kind)
            of_end = relative(kind, end)
            price = f"{of_end.removesuffix('.reported')}.price.monthly"
            other = self.pick((f"{of_end}.{self.pick(tuple(PROPERTIES[end]))}", price))
            sorts = self.pick((sorts, [own], [Sort(path(other))]))
        return {
            "sort": tuple(self.pick((sorts, sorts, []))),
            "limit": self.pick((Limit(1), Limit(1), Limit(2), Limit(1, 1))),
            "reverse": self.pick((False, False, True)),
        }


def relative(kind: str, end: str) -> str:
    """Return the path from a kind to the fields of its ancestors or descendants of another one."""
    down = RANKED.index(end) > RANKED.index(kind)
    return f"/{'descendants' if down else 'ancestors'}.{end}.reported"


def conditions(kind: str) -> Iterator[Term]:
    """Yield a condition on every field of a kind, and its contrary, for every value from here."""
    array, inner = ARRAYS[kind]
    fields = {**VALUES, **PROPERTIES[kind], f"{array}[*].{inner}": ("web", "x")}
    for name, values in fields.items():
        for value in {*values, None}:
            equal = Predicate(path(name), "==", value)
            yield from (equal, Not(equal))
    has_owner = Function("has_key", path("tags"), ("owner",))
    for found in (FullText("web"), FullText("build"), has_owner):
        yield from (found, Not(found))
    for name in ("age", "last_update"):
        yield from (Predicate(path(name), operator, "10d") for operator in ("<", ">"))
