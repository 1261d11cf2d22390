"""The declaration of a rule: its name, its options and the function that finds resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic import Field

from ebbtide.model.resource import Resource
from ebbtide.options.money import MINIMUM, Monthly
from ebbtide.options.parts import MEANING, WithParts
from ebbtide.options.section import Section
from ebbtide.options.waiting import GRACE, GRACE_RUNS, GraceRuns, GraceTime
from ebbtide.rules.finding import Finding
from ebbtide.rules.situation import Situation


class RuleOptions(Section):
    """The options that all rules share; each rule adds its own in a subclass."""

    enabled: bool = False
    min_monthly: Monthly = Field(default=0.0, description=MINIMUM)
    grace: GraceTime | None = Field(default=None, description=GRACE)
    grace_runs: GraceRuns | None = Field(default=None, description=GRACE_RUNS)


class WholeOptions(RuleOptions):
    """The options of a rule that may select resources with parts."""

    with_parts: WithParts = Field(default=False, description=MEANING)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A kind that a rule looks at besides the resource that it selects."""

    # The declared kind, e.g. "aws_ec2_instance".
    kind: str
    # Path in the properties of the selected resource to the ids of those that matter, such as
    # "dimensions[?name=='InstanceId'].value" of an alarm. These are asked for one by one before the
    # deletion. None: all resources of the kind matter, so the kind is listed.
    ids: str | None = None


# What a resource would be if the advice were followed: property -> value, or a mapping of the
# beginnings of its text to others, such as {"t2.": "t3."}.
type Instead = Mapping[str, str | int | bool | Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Advises:
    """What a rule advises about what it finds, which no plan ever selects.

    `text` completes "you could ...". `instead` is what the resource would be then; the difference
    of the list prices is what that saves. `saves_all`: you could do without the resource, which
    saves its whole price. Without either, the saving is unknown.
    """

    text: str
    instead: Instead = field(default_factory=dict)
    saves_all: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """The search of a rule that is one, and what is said about what it finds.

    For the fields, see ebbtide.rules.search_rule.declare.
    """

    text: str
    reason: str
    question: str = ""
    cannot_see: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    newest_per: str = ""
    advises: Advises | None = None


@dataclass(frozen=True, slots=True)
class Rule[O: RuleOptions]:
    """One built-in rule.

    A rule is declared once, as a constant in a module of this folder, where the registry finds it.
    Its options are the section `rules.<name>` of the configuration.
    """

    # The key of its section in the configuration, and its name in plans and metrics.
    name: str
    # The model of that section. Its docstring describes the rule in docs/configuration.md.
    options: type[O]
    # Yields the findings in one account. It must not modify its arguments.
    find: Callable[[Situation, O], Iterable[Finding]]
    # Returns why the rule has no finding for a resource, with what decided; "" if it has one.
    why_not: Callable[[Situation, O, Resource], str]
    # True if it extends the selections of other rules and jobs, as `vpcs` does. Such a rule runs
    # last, and sees those selections in `Situation.selected`.
    extends: bool = False
    # Pairs of kinds or base kinds, (needed, by): the rule selects the former although one of the
    # latter may break without it. The plan then says what breaks. E.g. ("aws_sns_topic", "alarm").
    may_break: tuple[tuple[str, str], ...] = ()
    # The kinds or base kinds whose last use must be read for these options, such as "volume".
    last_use: Callable[[O], tuple[str, ...]] = lambda _: ()
    # How far back their last use must be known; None if the rule does not ask for it.
    looks_back: Callable[[O], timedelta | None] = lambda _: None
    # What the rule looks at besides the resource that it selects, by the kind of that resource; it
    # is asked for again before the deletion. Kinds that AWS does not let the resource be deleted
    # without may be left out if the rule asks for them only because of that.
    looks_at: Callable[[str], tuple[Neighbour, ...]] = lambda _: ()
    # Whether it decides by tags, whose change is a change of what it reads.
    reads_tags: bool = False
    # The search that finds resources instead of `find`, for rules that are searches, and the
    # defaults of its options that differ from those of the model.
    search: Search | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def advises(self) -> Advises | None:
        """What it advises instead of selecting; None for all rules that select."""
        return None if self.search is None else self.search.advises
