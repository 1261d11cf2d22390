"""Find out what a path can lead to, given the kinds of the resources that it is about.

Raises MistakeError if no kind knows a name on the path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from ebbtide.kinds import concrete_kinds, known_kinds, registry
from ebbtide.language import shapes
from ebbtide.language.errors import MistakeError, unknown
from ebbtide.language.fields import (
    ACCOUNT_NAME,
    COMMON,
    DESIRED,
    GRAPH_ID,
    METADATA,
    OF_SHORTCUTS,
    PRICE,
    SECTIONS,
    SHORTCUTS,
    STATISTICS,
    kind_names,
    of_shortcut,
)
from ebbtide.language.operands import known_metrics
from ebbtide.language.restricting import kinds_of
from ebbtide.language.shapes import ANY_NAME, ANYTHING, Code
from ebbtide.language.syntax import Path, Step, Term

# The declared kinds that a term can be about; None means all.
type Kinds = frozenset[str] | None

RELATIVES = ("ancestors", "descendants")
OTHER_CLOUDS = ("azure", "gcp", "k8s", "kubernetes", "digitalocean", "hcloud", "hetzner", "github")
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Reported:
    """The section `reported` of resources of these kinds; `attached`: in the result of a merge."""

    kinds: Kinds
    attached: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """The document of resources of these kinds, with the results of merges by name."""

    kinds: Kinds
    results: Mapping[str, Node] = field(default_factory=dict)
    attached: bool = False


@dataclass(frozen=True, slots=True)
class Element:
    """An element of an array: the place of the conditions in braces."""

    codes: tuple[Code, ...]
    name: str


type Place = Node | Element


@dataclass(frozen=True, slots=True)
class Found:
    """What a path can lead to.

    `many`: it leads to several values, each of which is compared. `attached`: in the result of a
    merge, where a list counts as its entries.
    """

    codes: tuple[Code, ...]
    many: bool = False
    attached: bool = False


def narrowed(place: Place, term: Term) -> Place:
    """Return the place of the parts of a term, which may name the kinds that it is about."""
    if isinstance(place, Element):
        return place
    own = kinds_of(term)
    if own is None:
        return place
    both = own if place.kinds is None else own & place.kinds
    # No resource fulfils a term that names two kinds, so its fields do not matter.
    return Node(both or own or None, place.results, place.attached)


def resolve(path: Path, place: Place) -> Found:
    """Return what a path leads to. Raises MistakeError."""
    if isinstance(place, Element):
        if path.absolute:
            message = "a path in braces starts at an element of the array; remove the slash"
            raise MistakeError(message, path.first)
        return _follow(path.steps, place.codes, place.name)
    if path.absolute:
        return _absolute(path.steps, place)
    return _relative(path.steps, place.kinds)


def _relative(steps: tuple[Step, ...], kinds: Kinds) -> Found:
    first, rest = steps[0], steps[1:]
    if first.name in SHORTCUTS:
        known = of_shortcut(first.name)
        _check_shortcut(first.name, rest)
        name = rest[0].name if rest else "name"
        code = ACCOUNT_NAME if (first.name, name) == ("account", "name") else known[name]
        return Found((code,))
    if first.name == "usage":
        return _usage(rest)
    return _follow(steps, (Reported(kinds),))


def _absolute(steps: tuple[Step, ...], node: Node) -> Found:
    length, result = _result_of(steps, node.results)
    if result is not None:
        name = steps[length - 1].name
        return _follow(steps[length:], (result,), name, attached=True)
    section, rest = steps[0].name, steps[1:]
    if section == "security":
        raise MistakeError("/security is not available: no security findings are kept", section)
    if section not in SECTIONS:
        names = (*SECTIONS, *node.results)
        raise MistakeError(unknown(section, "section", names), section)
    if section in RELATIVES:
        return _of_relatives(section, rest)
    if section == "usage" or (section == "reported" and rest and rest[0].name == "usage"):
        return _usage(rest if section == "usage" else rest[1:])
    return _follow(steps, (node,))


def _result_of(steps: tuple[Step, ...], results: Mapping[str, Node]) -> tuple[int, Node | None]:
    """Return the result of the merge that begins a path, and the length of its name in steps."""
    for length in range(len(steps), 0, -1):
        name = ".".join(step.name for step in steps[:length])
        if name in results:
            return length, results[name]
    return 0, None


def _of_relatives(section: str, rest: tuple[Step, ...]) -> Found:
    if not rest:
        message = f"/{section} needs a kind, as in /{section}.aws_vpc.reported.name"
        raise MistakeError(message, section)
    name = rest[0].name
    if section == "ancestors" and name in SHORTCUTS:
        if rest[1:] and rest[1].name != "reported":
            owner = f" of /ancestors.{name}"
            raise MistakeError(unknown(rest[1].name, "section", ["reported"], owner), rest[1].name)
        _check_shortcut(name, rest[2:])
        return _follow(rest[1:], ({"reported": dict(of_shortcut(name))},), name)
    check_kind(name)
    return _follow(rest[1:], (Node(concrete_kinds([name]), attached=True),), name, attached=True)


def check_kind(name: str) -> None:
    """Raise MistakeError for a name that is neither a kind nor a base kind."""
    if name in known_kinds():
        return
    if name.partition("_")[0] in OTHER_CLOUDS:
        message = f"{name} is a kind of another cloud provider; only AWS is collected"
        raise MistakeError(message, name)
    raise MistakeError(unknown(name, "kind", known_kinds()), name)


def _check_shortcut(level: str, rest: tuple[Step, ...]) -> None:
    """Raise MistakeError for a path below cloud, account, region or zone: only two names exist."""
    names = [step.name for step in rest]
    if names and (names[0] not in OF_SHORTCUTS or len(names) > 1):
        known = " and ".join(OF_SHORTCUTS)
        message = f"only {known} of the {level} are available here, not {'.'.join(names)}"
        more = "" if level in ("cloud", "zone") else f"; see /ancestors.aws_{level}.reported"
        raise MistakeError(message + more, names[0])


def _usage(rest: tuple[Step, ...]) -> Found:
    metrics = known_metrics()
    names = [step.name for step in rest]
    if names and names[0] not in metrics:
        raise MistakeError(unknown(names[0], "metric", metrics), names[0])
    if len(names) > 1 and names[1] not in STATISTICS:
        owner = " of a metric"
        raise MistakeError(unknown(names[1], "statistic", STATISTICS, owner), names[1])
    return _follow(rest, ({key: dict(STATISTICS) for key in metrics},))


def _follow(
    steps: tuple[Step, ...], codes: tuple[Code, ...], name: str = "", attached: bool = False
) -> Found:
    """Follow the steps from the codes of the value called `name`."""
    for step in steps:
        is_section = any(isinstance(code, Node) for code in codes)
        codes = _below(step.name, codes, name, attached)
        name = f"/{step.name}" if is_section else step.name
        for _ in step.indexes:
            codes = _entries(codes, name)
    many = attached or any(None in step.indexes for step in steps)
    return Found(codes, many, attached)


def _below(name: str, codes: tuple[Code, ...], owner: str, attached: bool) -> tuple[Code, ...]:
    """Return the codes of a name below a value."""
    if attached:
        codes = tuple(code[0] if isinstance(code, list) else code for code in codes)
    found = tuple(inner for code in codes for inner in lookup(name, code))
    if found:
        return found
    known = sorted({one for code in codes for one in names_below(code)})
    if known or not codes:
        of = next((described(one.kinds) for one in codes if isinstance(one, Reported)), owner)
        hint = f" (write /{name}.)" if of and name in SECTIONS and name not in known else ""
        message = unknown(name, "field", known, f" of {of}" if of else "")
        raise MistakeError(message + hint, name)
    if any(isinstance(code, list) for code in codes):
        message = f"unknown field {name!r}: {owner} is a list; write {owner}[*].{name}"
        raise MistakeError(message, name)
    message = f"unknown field {name!r}: {owner} is {shapes.word_of(codes[0])} without fields"
    raise MistakeError(message, name)


def _entries(codes: tuple[Code, ...], name: str) -> tuple[Code, ...]:
    """Return the codes of a list's entries."""
    found = tuple(
        ANYTHING if code == ANYTHING else code[0]
        for code in codes
        if code == ANYTHING or isinstance(code, list)
    )
    if found:
        return found
    if all(code == shapes.NOTHING for code in codes):
        return codes
    message = f"{name} is {shapes.word_of(codes[0])}, not a list; remove the brackets"
    raise MistakeError(message, name)


def lookup(name: str, code: Code) -> tuple[Code, ...]:
    """Return the codes of a name directly below a value; none if it does not have the name."""
    if isinstance(code, Reported):
        return _reported(name, code.kinds, code.attached)
    if isinstance(code, Node):
        section = _section(name, code)
        return () if section is None else (section,)
    if code in (ANYTHING, shapes.NOTHING):
        return (code,)
    inside = shapes.members(code)
    if inside is None:
        return ()
    found = inside.get(name, inside.get(ANY_NAME))
    return () if found is None else (found,)


def names_below(code: Code) -> Iterable[str]:
    """Return the known names directly below a value."""
    if isinstance(code, Reported):
        return _names_of(code.kinds, code.attached)
    if isinstance(code, Node):
        return (*_sections(code), "usage")
    return shapes.members(code) or ()


def _section(name: str, node: Node) -> Code | None:
    found = _sections(node).get(name)
    # The names of its metrics take the declarations of all kinds.
    if found is None and name == "usage":
        return {key: dict(STATISTICS) for key in known_metrics()}
    return found


def _sections(node: Node) -> Mapping[str, Code]:
    """Return the sections of a document, apart from its usage, and from kinds of relatives."""
    levels = {level: {"reported": dict(of_shortcut(level))} for level in SHORTCUTS}
    return {
        "id": GRAPH_ID,
        "kinds": [shapes.TEXT],
        "reported": Reported(node.kinds, node.attached),
        "desired": dict(DESIRED),
        "metadata": dict(METADATA),
        "ancestors": levels,
        "price": dict(PRICE),
        **node.results,
    }


@lru_cache(maxsize=4096)
def _reported(name: str, kinds: Kinds, attached: bool) -> tuple[Code, ...]:
    if name == "kind":
        return (kind_names(),)
    if name in COMMON:
        return (COMMON[name],)
    if name == "usage" and not attached:
        return ({},)
    found = (shapes.properties_of(kind).get(name) for kind in _each(kinds))
    codes: list[Code] = []
    for code in found:
        if code is not None and code not in codes:
            codes.append(code)
    return tuple(codes)


@cache
def _names_of(kinds: Kinds, attached: bool) -> frozenset[str]:
    names = {name for kind in _each(kinds) for name in shapes.properties_of(kind)}
    more = () if attached else ("usage", *SHORTCUTS)
    return frozenset({"kind", *COMMON, *more, *names})


def _each(kinds: Kinds) -> Iterator[str]:
    return iter(sorted(registry() if kinds is None else kinds))


def described(kinds: Kinds) -> str:
    """Name kinds for an error message: by their base kind if they are all of it."""
    if kinds is None:
        return "any kind"
    base = next((name for name in sorted(known_kinds()) if concrete_kinds([name]) == kinds), None)
    if base is not None and len(kinds) > 1:
        return base
    first, *others = sorted(kinds)
    if len(kinds) > _MOST_NAMED:
        return f"{first} or {len(others)} other kinds"
    return " or ".join((first, *others))
