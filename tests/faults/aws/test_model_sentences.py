"""The documentation in AWS's models about Ebbtide's calls is reviewed and followed."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import pytest
from botocore import xform_name

from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.service import service
from ebbtide_cli.shapes import operation
from tests.support.paths import RECORDS
from tools.generate_policies import collecting, reading_again
from tools.model_sentences import Review, Sentence, all_sentences, calls, read_reviewed, written
from tools.model_sentences import merged as merge
from tools.template import REPOSITORY

REVIEWED = read_reviewed()
RATES = [review for review in REVIEWED if review.per_second]


@cache
def found() -> tuple[Sentence, ...]:
    return tuple(all_sentences(calls()))


def names(sentences: set[Sentence]) -> list[str]:
    return sorted(f"{one.operation} {one.where}: {one.says}" for one in sentences)


def test_every_sentence_is_in_the_list_and_every_entry_in_a_model() -> None:
    """Run `python -m tools.model_sentences`, and decide about what it adds."""
    reviewed = {review.sentence for review in REVIEWED}
    assert names(set(found()) - reviewed) == []
    assert names(reviewed - set(found())) == []


def decided(decision: str) -> list[Review]:
    return [review for review in REVIEWED if review.decision == decision]


def test_every_sentence_is_decided() -> None:
    wrong = {review.decision for review in REVIEWED} - {"heeded", "unused", "harmless"}
    assert wrong == set(), "decide about each sentence; `fault` is for work in progress"


def test_each_harmless_sentence_has_a_reason_of_its_own() -> None:
    reasons = Counter(review.why for review in decided("harmless"))
    assert [why for why, number in reasons.items() if number > 1 or not why] == []


def test_each_heeded_sentence_says_how() -> None:
    assert [review for review in decided("heeded") if not review.why] == []


@pytest.mark.parametrize("test", sorted({review.test for review in decided("heeded")}))
def test_what_proves_that_a_sentence_is_heeded_is_a_test_that_passes(test: str) -> None:
    """A test that is marked as a known fault proves nothing yet."""
    path, _, name = test.partition("::")
    source = (REPOSITORY / path).read_text()
    (found,) = [
        one
        for one in ast.parse(source).body
        if isinstance(one, ast.FunctionDef) and one.name == name
    ]
    marks = [ast.unparse(decorator) for decorator in found.decorator_list]
    if any("known_fault" in mark for mark in marks):
        pytest.xfail(f"{name} is a known fault")


def texts(declared: Any) -> Iterator[str]:
    """Yield the paths, conditions and templates of a declaration, without words for people."""
    if isinstance(declared, str):
        yield declared
    elif isinstance(declared, Call):
        yield from texts((declared.items, declared.args))
    elif is_dataclass(declared):
        names = {one.name for one in fields(declared)} - WORDS
        yield from texts([getattr(declared, name) for name in names])
    elif isinstance(declared, Mapping):
        yield from texts(list(declared.values()))
    elif isinstance(declared, (tuple, list, frozenset)):
        for one in declared:
            yield from texts(one)


WORDS = {"source", "sources", "why", "note", "undeletable", "opt_in", "optional"}


@cache
def words_of_kinds() -> Mapping[str, set[str]]:
    """Return the words in the declarations of all kinds that call an operation."""
    found: dict[str, set[str]] = defaultdict(set)
    for kind in registry().values():
        words = set(re.findall(r"\w+", " ".join(texts(kind))))
        for call in (*collecting(kind), *reading_again(kind)):
            found[f"{call.service}.{operation(call.service, call.operation).name}"] |= words
    return found


@pytest.mark.parametrize("review", decided("unused"), ids=lambda review: str(review.sentence))
def test_member_that_is_unused_is_in_no_declaration(review: Review) -> None:
    sentence = review.sentence
    assert sentence.topic == "condition"
    assert sentence.where not in words_of_kinds()[sentence.operation]


def test_words_of_declarations_contain_what_they_read() -> None:
    words = words_of_kinds()
    assert {"VpcId", "AccepterVpcInfo"} <= words["ec2.DescribeVpcPeeringConnections"]
    assert {"BucketRegion", "CreationDate"} <= words["s3.ListBuckets"]
    assert "MultiRegionConfiguration" in words["kms.DescribeKey"]


ON_REQUEST = [
    review.sentence
    for review in REVIEWED
    if review.sentence.topic == "condition" and "request" in review.sentence.says
]


def holds(value: Any, member: str) -> bool:
    """Say whether a recorded answer holds a member, at any depth."""
    if isinstance(value, dict):
        return member in value or any(holds(one, member) for one in value.values())
    return isinstance(value, list) and any(holds(one, member) for one in value)


def test_recorded_members_that_aws_sends_only_on_request_cite_it() -> None:
    """A record is written by hand, so it could hold what AWS would not send."""
    assert {sentence.where for sentence in ON_REQUEST} >= {"BucketRegion", "instanceStatus"}
    cited, uncited = set(), []
    for path in sorted(RECORDS.glob("*.json")):
        for call in json.loads(path.read_text()).get("calls", []):
            name = f"{call['service']}.{operation(call['service'], call['operation']).name}"
            cited |= {(name, member) for member in call.get("on_request", {})}
            uncited += [
                f"{path.name}: {name}, {sentence.where}"
                for sentence in ON_REQUEST
                if sentence.operation == name
                and holds(call["answer"], sentence.where)
                and not call.get("on_request", {}).get(sentence.where)
            ]
    assert uncited == []
    assert cited == {("s3.ListBuckets", "BucketRegion")}


def test_every_rate_is_noted() -> None:
    assert RATES
    assert {review.sentence for review in RATES} == {
        sentence for sentence in found() if sentence.topic == "rate"
    }


@pytest.mark.parametrize("review", RATES, ids=lambda review: review.sentence.operation)
def test_rate_is_no_higher_than_aws_grants(review: Review) -> None:
    assert review.per_second
    name, called = review.sentence.operation.split(".")
    limits = service(name)
    own = limits.operations.get(xform_name(called), limits.rate)
    assert min(own, limits.rate) <= review.per_second


def test_list_keeps_decisions_and_forgets_what_aws_no_longer_says() -> None:
    kept, gone = REVIEWED[0], REVIEWED[-1]
    new = Sentence("new.Call", "", "rate", "It is new.")
    reviews = merge([kept.sentence, new], [kept, gone])
    assert reviews == [kept, Review(new)]
    assert "decision: undecided" in written(reviews)
