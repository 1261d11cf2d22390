"""What a rule is: a declaration of its name, its options and the function that finds resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from ebbtide.options.section import Section
from ebbtide.rules.finding import Finding
from ebbtide.rules.situation import Situation


class RuleOptions(Section):
    """The options that every rule has; a rule adds its own in a subclass."""

    enabled: bool = False


@dataclass(frozen=True, slots=True)
class Rule[O: RuleOptions]:
    """One built-in rule.

    A rule is declared once, as a constant in a module of this folder, and the registry finds it:
    the section `rules.<name>` of the configuration is its options.
    """

    # The key of its section in the configuration, and what plans and metrics call it.
    name: str
    # The model of that section. Its docstring is what docs/configuration.md says of the rule.
    options: type[O]
    # Yields what it finds in one account. It must not change what it is given.
    find: Callable[[Situation, O], Iterable[Finding]]
    # Whether it adds to what other rules and jobs selected, as `vpcs` does. Such a rule runs last
    # and sees their selections in `Situation.selected`.
    extends: bool = False
    # The kinds or base kinds whose last use has to be read for these options, such as "volume".
    last_use: Callable[[O], tuple[str, ...]] = lambda _: ()
    # How far back their last use has to be known; None if the rule does not ask for it.
    looks_back: Callable[[O], timedelta | None] = lambda _: None
