"""The documentation in AWS's models about Ebbtide's calls is reviewed and followed."""

from __future__ import annotations

from functools import cache

import pytest
from botocore import xform_name

from ebbtide.model.service import service
from tests.faults.known import known_fault
from tools.model_sentences import Review, Sentence, all_sentences, calls, read_reviewed, written
from tools.model_sentences import merged as merge

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


def test_every_decision_says_why() -> None:
    assert {review.decision for review in REVIEWED} <= {"fine", "fault", "undecided"}
    decided = [review for review in REVIEWED if review.decision != "undecided"]
    assert [review for review in decided if not review.why] == []


def test_every_rate_is_noted() -> None:
    assert RATES
    assert {review.sentence for review in RATES} == {
        sentence for sentence in found() if sentence.topic == "rate"
    }


@known_fault("awstruth F5: the declarations do not heed what AWS's models say")
def test_every_sentence_is_heeded() -> None:
    assert [review.why for review in REVIEWED if review.decision == "fault"] == []


@pytest.mark.parametrize("review", RATES, ids=lambda review: review.sentence.operation)
def test_rate_is_no_higher_than_aws_grants(review: Review) -> None:
    assert review.per_second
    name, operation = review.sentence.operation.split(".")
    limits = service(name)
    own = limits.operations.get(xform_name(operation), limits.rate)
    assert min(own, limits.rate) <= review.per_second


def test_list_keeps_decisions_and_forgets_what_aws_no_longer_says() -> None:
    kept, gone = REVIEWED[0], REVIEWED[-1]
    new = Sentence("new.Call", "", "rate", "It is new.")
    reviews = merge([kept.sentence, new], [kept, gone])
    assert reviews == [kept, Review(new)]
    assert "decision: undecided" in written(reviews)
