"""The built-in rules: what each selects for cleanup, why, and on which evidence.

Every `Rule(...)` constant in a module of this folder is a rule; its options are a section of the
configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any, cast

from pydantic import Field, create_model

from ebbtide.options.section import Section
from ebbtide.rules.rule import Rule, RuleOptions

MODULES = tuple(sorted(found.name for found in iter_modules(__path__)))


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

    def of[O: RuleOptions](self, rule: Rule[O]) -> O:
        """Return the options of a rule."""
        return cast(O, getattr(self, rule.name))


@cache
def section() -> type[Rules]:
    """Build the model of the section `rules` from the registry."""
    fields: dict[str, Any] = {
        rule.name: (rule.options, Field(default_factory=rule.options))
        for rule in registry().values()
    }
    return create_model("RulesConfig", __base__=Rules, __doc__=Rules.__doc__, **fields)
