"""The built-in rules: what each selects for cleanup, why, and on which evidence.

Every `Rule(...)` constant in a module of this folder or of library/ is a rule; its options are a
section of the configuration. Those in library/ are searches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any, cast

from pydantic import Field, create_model, field_validator

from ebbtide.options.mistakes import Mistake, MistakesError
from ebbtide.options.section import Section
from ebbtide.rules import library
from ebbtide.rules.own_rules import MOST_OWN, OwnName, OwnRule, own_rule
from ebbtide.rules.rule import Rule, RuleOptions
from ebbtide.rules.search_rule import field_of, usual

# Names in plans that are no rules: leftovers of earlier runs, and the question of `plan explain`.
TAKEN = ("leftovers", "explain", "own")
MODULES = tuple(
    sorted(
        [
            *(found.name for found in iter_modules(__path__) if not found.ispkg),
            *(f"library.{found.name}" for found in iter_modules(library.__path__)),
        ]
    )
)


@cache
def registry() -> Mapping[str, Rule[Any]]:
    """Return every declared rule by name, those that extend others last.

    Raises ValueError if two rules share a name.
    """
    found: dict[str, Rule[Any]] = {}
    for module in MODULES:
        for value in vars(import_module(f"{__name__}.{module}")).values():
            if isinstance(value, Rule) and found.setdefault(value.name, value) is not value:
                raise ValueError(f"two rules are called {value.name}")
    ordered = sorted(found.values(), key=lambda rule: (rule.extends, rule.name))
    return MappingProxyType({rule.name: rule for rule in ordered})


class Rules(Section):
    """The section `rules` of the configuration: one field per rule, typed by the rule itself."""

    own: dict[OwnName, OwnRule] = Field(
        default_factory=dict,
        max_length=MOST_OWN,
        description="rules of your own by name, each a search (docs/rules.md#rules-of-your-own)",
    )

    @field_validator("own")
    @classmethod
    def _new_names(cls, value: dict[str, OwnRule]) -> dict[str, OwnRule]:
        mistakes = [
            Mistake((name,), f"{name} is a built-in rule; give your own rule another name")
            for name in value
            if name in registry() or name in TAKEN
        ]
        if mistakes:
            raise MistakesError(mistakes)
        return value

    def of[O: RuleOptions](self, rule: Rule[O]) -> O:
        """Return the options of a rule."""
        found = self.own[rule.name] if rule.name in self.own else getattr(self, rule.name)
        return cast(O, found)

    def every(self) -> Iterator[tuple[Rule[Any], Any]]:
        """Yield all rules that select, with their options: the built-in ones, then the others.

        Those that extend others come last of the built-in ones. Those of `advising` select nothing.
        """
        yield from ((rule, options) for rule, options in self._all() if rule.advises is None)

    def advising(self) -> Iterator[tuple[Rule[Any], Any]]:
        """Yield the rules that only advise, with their options."""
        yield from ((rule, options) for rule, options in self._all() if rule.advises is not None)

    def _all(self) -> Iterator[tuple[Rule[Any], Any]]:
        for rule in registry().values():
            yield rule, self.of(rule)
        for name in sorted(self.own):
            yield own_rule(name, self.own[name]), self.own[name]

    def find(self, name: str) -> Rule[Any] | None:
        """Return the rule of this name; None if there is none."""
        if name in self.own:
            return own_rule(name, self.own[name])
        return registry().get(name)


def _field(rule: Rule[Any]) -> Any:
    if rule.search is not None:
        return field_of(rule), Field(default_factory=partial(usual, rule))
    return rule.options, Field(default_factory=rule.options)


@cache
def section() -> type[Rules]:
    """Build the model of the section `rules` from the registry."""
    fields = {rule.name: _field(rule) for rule in registry().values()}
    return create_model("RulesConfig", __base__=Rules, __doc__=Rules.__doc__, **fields)
