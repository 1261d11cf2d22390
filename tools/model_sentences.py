"""Maintain a reviewed list of sentences in AWS's API models about the operations that we call.

Some facts are only in the prose of the models: that AWS pages a list only on request, omits
resources to which the caller has no access, or limits the rate of an operation. This tool collects
such sentences in tools/reviewed/model_sentences.yaml and keeps the decisions there. It marks new
sentences as `undecided`. --check only compares.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, Literal

import yaml
from botocore.model import OperationModel, StructureShape

from ebbtide.collect.discover import LIST_REGIONS
from ebbtide.collect.last_use import GET_METRIC_DATA
from ebbtide.collect.organization import CALLS as ORGANIZATION_CALLS
from ebbtide.collect.probing import PROBES
from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide_cli.shapes import Either, answer, entry, is_list, operation
from tools.generate_policies import collecting, reading_again
from tools.generated import write_or_check
from tools.yaml_files import read_yaml

REVIEWED = Path(__file__).parent / "reviewed" / "model_sentences.yaml"
HEADER = """\
# Sentences in AWS's API models about the operations that read resources, and what we decided.
# tools/model_sentences.py writes the sentences, people write the decision:
#   heeded: `test` is the test that proves it, and `why` says how it is heeded
#   unused: no declaration reads the member that the sentence is about; a test checks it
#   harmless: `why` says why it could not mislead anybody, for this operation
#   fault: the declarations do not heed it yet; `why` names the finding
#   undecided: nobody has decided yet
"""

type Topic = Literal["paging", "condition", "default", "rights", "consistency", "rate", "whole"]

# `condition` is searched in the members of an answer, `paging` in the text of the operation and of
# the paging arguments that we do not send, `default` in the other arguments that we do not send,
# and the other topics in the text of the operation.
TOPICS: dict[Topic, str] = {
    "paging": r"(must|have to) (set|specify|use|include|provide) [^.]*(max|limit|token|page)"
    r"|if (you )?(do not|don.t|omit|did not)[^.]*(maxresults|maxrecords|maxitems|limit|page)"
    r"|if this parameter (is not|isn.t) (used|specified)|if no value"
    r"|maximum of [\d,]+ (results|items|queues|records)|unpaginated|paginated requests",
    "condition": r"only (returned|included|present|populated|available) (if|when|for)"
    r"|(returned|included|present) only (if|when)|if the request contains"
    r"|(is|are) (not|n.t) (returned|included) (if|when|unless|by)",
    "default": r"by default,? [^.]*\b(not|only|aren.t|isn.t|SELF)\b|default filtering"
    r"|if you omit this parameter|default (value )?(of|is) (FALSE|SameAccount)"
    r"|default is to include|to include entries|even if [^.]*hidden|use .?all.? to return",
    "rights": r"permissions? (to|needed to) access|that you have permission|have access to"
    r"|only returns information about|leaves out|not authorized to (see|view)",
    "consistency": r"eventual(ly)? consisten|recently (created|added|deleted|terminated|enabled)"
    r"|not in the available state|most recent (results|changes)|cached",
    "rate": r"(calls|transactions|requests|times) (per|a) (second|minute)|\bTPS\b|once every",
    "whole": r"(may|might|can) return (an )?(empty|fewer)|return fewer"
    r"|(does not|doesn.t|do not) (return|list|include) ",
}
_OF_OPERATIONS: tuple[Topic, ...] = ("paging", "rights", "consistency", "rate", "whole")
_PATTERNS: dict[Topic, re.Pattern[str]] = {
    topic: re.compile(pattern, re.IGNORECASE) for topic, pattern in TOPICS.items()
}
# Sentences that only link to other pages, and one that is in every text of Secrets Manager.
_IDLE = re.compile(r"For (more information|guidance|example)|Do not include sensitive information")
_PAGE_ARGUMENT = re.compile(r"max|limit|token|marker|page", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Sentence:
    """A sentence of a model; `where` is the member that it describes, "" for the operation."""

    operation: str
    where: str
    topic: Topic
    says: str


def calls() -> Iterator[Call]:
    """Yield each call that reads resources."""
    yield from (LIST_REGIONS, *ORGANIZATION_CALLS, *PROBES, GET_METRIC_DATA)
    for kind in registry().values():
        yield from collecting(kind)
        yield from reading_again(kind)


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a documentation text with HTML markup."""
    without_inline = re.sub(r"</?(a|b|code|i)\b[^>]*>", "", text)
    plain = " ".join(unescape(re.sub(r"<[^>]+>", " ", without_inline)).split())
    yield from (each for each in re.split(r"(?<=[.!?])\s+", plain) if not _IDLE.match(each))


def found_in(model: OperationModel, call: Call) -> Iterator[Sentence]:
    """Yield the sentences of a model about one call of its operation."""
    name = f"{call.service}.{model.name}"
    members = model.input_shape.members if model.input_shape else {}
    for topic in _OF_OPERATIONS:
        text = model.documentation or ""
        yield from (Sentence(name, "", topic, one) for one in about(topic, text))
    required = model.input_shape.required_members if model.input_shape else ()
    for argument, shape in members.items():
        if argument not in call.args and argument not in required:
            of_argument: Topic = "paging" if _PAGE_ARGUMENT.search(argument) else "default"
            found = about(of_argument, shape.documentation or "")
            yield from (Sentence(name, argument, of_argument, one) for one in found)
    for where, text in answered(call):
        yield from (Sentence(name, where, "condition", one) for one in about("condition", text))


def about(topic: Topic, text: str) -> Iterator[str]:
    """Yield the sentences of a documentation text about one topic."""
    return (says for says in sentences(text) if _PATTERNS[topic].search(says))


def answered(call: Call) -> Iterator[tuple[str, str]]:
    """Yield the name and documentation of each member of an answered item."""
    form: Any = answer(call)
    form = entry(form) if is_list(form) else form
    for each in form.forms if isinstance(form, Either) else [form]:
        if isinstance(each, StructureShape):
            for name, shape in each.members.items():
                yield name, shape.documentation or ""


def all_sentences(declared: Iterable[Call]) -> list[Sentence]:
    """Return the sentences about all calls, each once, sorted."""
    found = {
        sentence
        for call in declared
        for sentence in found_in(operation(call.service, call.operation), call)
    }
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Review:
    """A sentence and the decision about it.

    `test` is the path and name of the test that proves that the sentence is heeded, and
    `per_second` the rate that it allows.
    """

    sentence: Sentence
    decision: str = "undecided"
    why: str = ""
    test: str = ""
    per_second: float | None = None

    def to_yaml(self) -> dict[str, Any]:
        sentence = self.sentence
        entry = {
            "where": sentence.where,
            "topic": sentence.topic,
            "says": sentence.says,
            "decision": self.decision,
            "why": self.why,
            "test": self.test,
            "per_second": self.per_second,
        }
        return {name: value for name, value in entry.items() if value}


def read_reviewed() -> list[Review]:
    """Read the committed list; it is empty if the file does not exist."""
    stored = read_yaml(REVIEWED) if REVIEWED.exists() else {}
    return [
        Review(
            Sentence(name, one.get("where", ""), one["topic"], one["says"]),
            one["decision"],
            one.get("why", ""),
            one.get("test", ""),
            one.get("per_second"),
        )
        for name, entries in stored.items()
        for one in entries
    ]


def merged(found: Iterable[Sentence], reviewed: Iterable[Review]) -> list[Review]:
    """Return a review for each sentence found: the committed one, or an undecided one."""
    known = {review.sentence: review for review in reviewed}
    return [known.get(sentence, Review(sentence)) for sentence in found]


def written(reviews: Iterable[Review]) -> str:
    """Return the text of the list, a mapping of operation to reviews."""
    document: dict[str, list[Any]] = {}
    for review in reviews:
        document.setdefault(review.sentence.operation, []).append(review.to_yaml())
    return HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=96)


def main(arguments: list[str]) -> int:
    reviews = merged(all_sentences(calls()), read_reviewed())
    return write_or_check(__doc__, {REVIEWED: written(reviews)}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
