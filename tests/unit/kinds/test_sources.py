"""What a declaration claims and no model proves says where AWS says it, or is counted here.

tests/data/claims_without_source.json has, for each sort of claim, how many have no source. A new
claim needs a source; whoever finds the source of an old one lowers the number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields

import pytest

from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation
from ebbtide_cli.references import linked, url_of
from ebbtide_cli.shapes import operation
from tests.support.paths import REPOSITORY

DATA = REPOSITORY / "tests" / "data"
CEILINGS = DATA / "claims_without_source.json"
KINDS = sorted(registry().values(), key=lambda kind: kind.name)

# Fields of a kind whose values cannot carry a source themselves.
BY_FIELD = ("fingerprint", "settles", "ended", "unique", "gives_back")
# The same for fields of its Delete.
BY_FIELD_OF_DELETE = ("failed", "usual")


def modelled_codes(call: Call) -> set[str]:
    shapes = operation(call.service, call.operation).error_shapes
    return {shape.metadata.get("error", {}).get("code", shape.name) for shape in shapes}


def listed_codes(service: str) -> set[str]:
    pages = json.loads((DATA / "error_codes.json").read_text()).get(service, {})
    return {code for codes in pages.values() for code in codes}


def claims_of_ownership(kind: Kind) -> Iterator[str]:
    for relation in kind.relations:
        if (relation.owns or relation.owned_by) and not relation.source:
            yield f"{kind.name} {'owns' if relation.owns else 'is owned by'} {relation.kind}"


def claims_of_order(kind: Kind) -> Iterator[str]:
    """Orders that AWS is not known to enforce: the later deletion has no documented refusal."""
    for relation in kind.relations:
        if relation.source or not (relation.deleted_after or relation.deleted_before):
            continue
        later, first = kind.name, relation.kind
        if relation.deleted_before:
            later, first = first, later
        delete = registry()[later].delete
        if delete and not refuses(delete):
            yield f"{later} after {first}"


def refuses(delete: Delete) -> bool:
    known = modelled_codes(delete.call) | listed_codes(delete.call.service)
    return bool(delete.blocked and (delete.source or known & set(delete.blocked)))


def claims_of_never_delete(kind: Kind) -> Iterator[str]:
    for state in kind.never_delete:
        if not state.source:
            yield f"{kind.name} when {state.when}"


def claims_of_fingerprint(kind: Kind) -> Iterator[str]:
    if kind.fingerprint and "fingerprint" not in kind.sources:
        yield f"{kind.name}: {', '.join(kind.fingerprint)}"


def claims_of_settles(kind: Kind) -> Iterator[str]:
    if kind.settles and "settles" not in kind.sources:
        yield f"{kind.name}: {', '.join(kind.settles)}"


def claims_of_error_codes(kind: Kind) -> Iterator[str]:
    """Codes that neither the model nor a listed page has: those that a record calls unmodelled."""
    if kind.delete is None or kind.delete.source:
        return
    path = DATA / "kinds" / f"{kind.name}.json"
    record = json.loads(path.read_text()) if path.exists() else {}
    for code in record.get("unmodelled", ()):
        yield f"{kind.name} answers {code}"


SORTS = {
    "owns": claims_of_ownership,
    "order": claims_of_order,
    "never_delete": claims_of_never_delete,
    "fingerprint": claims_of_fingerprint,
    "settles": claims_of_settles,
    "error_codes": claims_of_error_codes,
}


HINTS = {
    "owns": 'give the new Relation a source: where AWS says it, e.g. source="ec2:DeleteVolume"',
    "order": "give the new Relation a source, or its Delete a `blocked` code that AWS documents",
    "never_delete": 'give the new NeverDelete a source, e.g. source="ec2:Volume"',
    "fingerprint": 'give the new Kind sources={"fingerprint": the type of the item, "ec2:Volume"}',
    "settles": 'give the new Kind sources={"settles": where AWS says it, e.g. "ec2:Volume"}',
    "error_codes": "give the new Delete a source: the page that lists its `unmodelled` codes",
}


@pytest.mark.parametrize("sort", SORTS)
def test_number_of_claims_without_a_source_only_goes_down(sort: str) -> None:
    ceiling: int = json.loads(CEILINGS.read_text())[sort]
    unsourced = [claim for kind in KINDS for claim in SORTS[sort](kind)]
    listing = "\n".join(unsourced)
    assert len(unsourced) <= ceiling, f"{HINTS[sort]}; all without a source:\n{listing}"
    assert len(unsourced) == ceiling, f"set {sort} to {len(unsourced)} in {CEILINGS.name}"


def test_every_sort_of_claim_has_a_ceiling() -> None:
    assert json.loads(CEILINGS.read_text()).keys() == SORTS.keys() == HINTS.keys()


def sources() -> Iterator[tuple[str, str]]:
    for kind in KINDS:
        found = [relation.source for relation in kind.relations]
        found += [state.source for state in kind.never_delete]
        found += [kind.delete.source] if kind.delete else []
        yield from ((kind.name, source) for source in (*found, *kind.sources.values()) if source)


def test_every_source_leads_to_a_page_of_aws() -> None:
    assert len(list(sources())) > 100
    for name, source in sources():
        url = url_of(source)
        assert url is None or url.startswith("https://docs.aws.amazon.com/"), (name, source)


def test_sources_by_field_name_a_field_that_says_something() -> None:
    assert set(BY_FIELD) <= {one.name for one in fields(Kind)}
    assert set(BY_FIELD_OF_DELETE) <= {one.name for one in fields(Delete)}
    for kind in KINDS:
        assert set(kind.sources) <= {*BY_FIELD, *BY_FIELD_OF_DELETE}, kind.name
        for name in kind.sources:
            assert getattr(kind if name in BY_FIELD else kind.delete, name), (kind.name, name)


def test_pages_of_listed_error_codes_are_named() -> None:
    for service, pages in json.loads((DATA / "error_codes.json").read_text()).items():
        for page, codes in pages.items():
            assert page.startswith("https://"), service
            assert codes == sorted(set(codes)), page


def test_operation_and_type_lead_to_the_reference_of_their_service() -> None:
    base = "https://docs.aws.amazon.com/goto/WebAPI"
    assert url_of("ec2:DeleteVpc") == f"{base}/ec2-2016-11-15/DeleteVpc"
    assert url_of("ec2:Vpc") == f"{base}/ec2-2016-11-15/Vpc"
    assert url_of("ours") is None
    with pytest.raises(ValueError, match="DeleteVcp"):
        url_of("ec2:DeleteVcp")


def test_links_say_whose_statement_it_is() -> None:
    assert linked("") == ""
    assert linked("ours") == " (a decision of Ebbtide)"
    assert linked("ec2:Vpc").startswith(" ([ec2:Vpc](https://")
    assert linked("https://docs.aws.amazon.com/x.html").startswith(" ([AWS](https://")


def test_claims_of_a_kind_are_counted_and_their_sources_not() -> None:
    relations = (
        Relation("A", "aws_vpc", owns=True),
        Relation("B", "aws_vpc", owns=True, source="x"),
    )
    states = (NeverDelete("A", "a"), NeverDelete("B", "b", "ec2:Vpc"))
    delete = Delete(Call("sqs", "delete_queue"), blocked=())
    kind = Kind(
        name="aws_sqs_queue",
        id="Id",
        list=None,
        relations=(*relations, Relation("C", "aws_sqs_queue", deleted_after=True)),
        never_delete=states,
        fingerprint=("A",),
        settles=("A",),
        sources={"settles": "ec2:Vpc"},
        delete=delete,
    )
    assert list(claims_of_ownership(kind)) == ["aws_sqs_queue owns aws_vpc"]
    assert list(claims_of_order(kind)) == ["aws_sqs_queue after aws_sqs_queue"]
    assert list(claims_of_never_delete(kind)) == ["aws_sqs_queue when A"]
    assert list(claims_of_fingerprint(kind)) == ["aws_sqs_queue: A"]
    assert list(claims_of_settles(kind)) == []
    assert refuses(Delete(Call("ec2", "delete_vpc"))) and not refuses(delete)
