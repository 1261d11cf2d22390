"""Each kind has one decision, and what it says exists: paths, rates, kinds, regions."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import jmespath

from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.kinds import registry
from ebbtide.language.shapes import Code, entry, members, properties_of
from ebbtide.model.lines import ResourceLine
from ebbtide.prices.book import Document, PriceBook
from ebbtide.prices.decision import REASONS, Free, Part, Priced, Unknown, Value
from ebbtide.prices.decisions import DECISIONS, GROUPS
from ebbtide.prices.estimating import Estimate, Estimator
from ebbtide.prices.rates import RATES
from tests.support.each_case import for_each
from tests.unit.kinds.test_recorded_answers import list_documents

PRICED = {name: one for name, one in DECISIONS.items() if isinstance(one, Priced)}
NAME = re.compile(r"\{(\w+)\}")


def test_each_kind_has_exactly_one_decision() -> None:
    decided = Counter(kind for group in GROUPS for kind in group)
    assert set(decided) == set(registry())
    assert [kind for kind, count in decided.items() if count > 1] == []


def test_each_decision_says_why() -> None:
    for kind, decision in DECISIONS.items():
        if isinstance(decision, Unknown):
            assert decision.why, kind
        elif isinstance(decision, Free):
            assert REASONS[decision.reason], kind
        else:
            assert decision.parts or decision.unknown_if, kind


@for_each("kind", PRICED)
def test_parts_use_declared_values_and_rates(kind: str) -> None:
    decision = PRICED[kind]
    used = set()
    for part in decision.parts:
        names = set(NAME.findall(part.rate)) | {*part.when, *part.unless}
        names |= {one for one in (*part.quantity, part.above) if isinstance(one, str)}
        assert names <= set(decision.values), f"{part.what}: {names}"
        used |= names
        assert is_sold(part.rate), f"no rate is declared for {part.rate}"
    # Values that only say what was decided are allowed where nothing is counted.
    assert not decision.parts or used == set(decision.values), "a value is used by no part"


def is_sold(template: str) -> bool:
    """Whether a rate could have this key: a name may stand for anything."""
    ours = [NAME.sub("*", step) for step in template.split("/")]
    for rate in RATES:
        theirs = [NAME.sub("*", step) for step in rate.key.split("/")]
        if len(ours) == len(theirs) and all(map(may_be_equal, ours, theirs)):
            return True
    return False


def may_be_equal(one: str, other: str) -> bool:
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".+"), text.replace("*", "x"))
        for pattern, text in ((one, other), (other, one))
    )


def paths_of(decision: Priced) -> Iterator[tuple[str, str]]:
    """The paths of a declaration, each with the kind that it reads; "" for its own."""
    for value in decision.values.values():
        one: Value | None = value
        while one is not None:
            yield value.of, one.path
            one = one.or_else
        if value.by:
            yield "", value.by
    for path in (*decision.unknown_if, *([decision.zone] if decision.zone else [])):
        yield "", path


@for_each("kind", PRICED)
def test_paths_name_properties_that_aws_returns(kind: str) -> None:
    for other, path in paths_of(PRICED[kind]):
        properties = dict(properties_of(other or kind))
        wrong = list(unknown_fields(jmespath.compile(path).parsed, properties)[1])
        assert wrong == [], path


def unknown_fields(node: Any, code: Code) -> tuple[Code, list[str]]:
    """What an expression finds in a form, and the fields that the form does not have."""
    kind, children = node["type"], node["children"]
    if kind == "field":
        inside = code if isinstance(code, dict) else members(code)
        found = (inside or {}).get(node["value"])
        return found, [] if found is not None or code is None else [node["value"]]
    if kind in ("subexpression", "index_expression", "pipe"):
        wrong: list[str] = []
        for child in children:
            code, more = unknown_fields(child, code)
            wrong += more
        return code, wrong
    if kind in ("flatten", "index"):
        inner, wrong = unknown_fields(children[0], code) if children else (code, [])
        item = None if inner is None else entry(inner)
        return ([item] if kind == "flatten" and item is not None else item), wrong
    if kind in ("projection", "filter_projection"):
        base, wrong = unknown_fields(children[0], code)
        item = None if base is None else entry(base)
        wrong += [one for child in children[1:] for one in unknown_fields(child, item)[1]]
        return base, wrong
    results = [unknown_fields(child, code) for child in children]
    return (results[0][0] if results else None), [one for _, more in results for one in more]


class OneForAll(dict[str, Any]):
    """A table that has any key, at 1 USD."""

    def get(self, *_: Any) -> Any:
        return [1.0]


def book() -> PriceBook:
    table: Document = {
        "sources": {"any": {"date": "2026-01-01"}},
        "parts": [{"source": "any", "regions": ["*"], "rates": OneForAll()}],
    }
    return PriceBook(table=lambda _: table)


# Recorded answers that cannot be priced, either because of what they are or because they are short.
UNKNOWN_HERE = {
    "aws_ec2_instance": "platform was not read",
    "aws_ec2_transit_gateway_attachment": "client-vpn",
    "aws_ecs_container_instance": "outside of AWS",
    "aws_emr_cluster": "number of its instances",
    "aws_firehose_delivery_stream": "into a VPC",
    "aws_msk_cluster": "serverless",
    "aws_opensearch_domain": "iops was not read",
    "aws_rds_cluster": "storage was not read",
    "aws_rds_cluster_snapshot": "its engine is not Aurora",
    "aws_rds_instance": "(standby|storage) was not read",
    "aws_redshift_snapshot": "size was not read",
    "aws_route53_health_check": "checks an endpoint at AWS",
    "aws_sagemaker_endpoint": "type was not read",
    "aws_sagemaker_feature_group": "online store",
    "aws_ssm_instance": "advanced tier",
    "aws_workspaces_workspace": "os was not read",
}


def recorded_lines(kind: str) -> list[ResourceLine]:
    declared = registry()[kind]
    place = Place("111122223333", "eu-central-1", "aws")
    return [build_resource(declared, item, place).to_line() for item in list_documents(declared)]


@for_each("kind", PRICED)
def test_recorded_answers_have_all_that_is_asked(kind: str) -> None:
    estimator = Estimator(book())
    found = [estimator.estimate(line) for line in recorded_lines(kind)]
    assert found
    assert all(one.monthly is not None or is_expected(kind, one) for one in found), [
        one.why for one in found
    ]


def is_expected(kind: str, found: Estimate) -> bool:
    return re.search(UNKNOWN_HERE.get(kind, "nothing"), found.why) is not None


def test_parts_are_written_for_people() -> None:
    parts = [part for one in PRICED.values() for part in one.parts]
    assert all(isinstance(part, Part) and part.what[0].isalpha() for part in parts)
