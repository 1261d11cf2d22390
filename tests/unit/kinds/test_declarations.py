"""Every declared kind against botocore's description of the services: a lint over the registry.

A path is followed through the shape of the answer it will be used on, so that a misspelt name is
found here and not as an empty field in somebody's account.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.model import ListShape, Shape, StringShape, StructureShape

from ebbtide import kinds
from ebbtide.aws.calls import TOKENS
from ebbtide.base.paths import template_paths
from ebbtide.kinds import _special, registry
from ebbtide.model.bases import BASES
from ebbtide.model.call import Call, Detail
from ebbtide.model.kind import Kind
from ebbtide_cli.shapes import (
    PSEUDO,
    Anything,
    Either,
    Many,
    Names,
    UnknownNameError,
    answer,
    entry,
    follow,
    is_list,
    last_use_details,
    listed,
    operation,
    parent_form,
    raw,
    with_details,
    with_pseudo,
)
from tests.support.gathering import CALLED, DELETABLE, EVERY, LISTED, for_each, for_each_of
from tests.support.paths import RECORDS
from tools import kinds_index

MAX_LITERAL_LINES = 45


def parts_of_id(kind: Kind) -> dict[str, Any]:
    return dict.fromkeys(re.compile(kind.id_parts).groupindex if kind.id_parts else (), Anything())


def got(kind: Kind) -> Any:
    """The form of an item that is read again, before its details."""
    assert kind.get
    form = answer(kind.get)
    return Either((Names(parts_of_id(kind)), entry(form) if is_list(form) else form))


def read_again(kind: Kind) -> Any:
    return with_details(got(kind), kind.read_details)


def argument_faults(shape: Shape, value: Any, document: Any) -> Iterator[str]:
    """What AWS would not accept of a call's arguments."""
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        yield from template_faults(value, document)
    elif isinstance(shape, StructureShape):
        if not isinstance(value, Mapping):
            yield f"{shape.name} is a structure"
            return
        yield from (f"{name} is missing" for name in shape.required_members if name not in value)
        for name, inner in value.items():
            if name not in shape.members:
                yield f"there is no {name}"
            else:
                yield from argument_faults(shape.members[name], inner, document)
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield f"{shape.name} is a list"
            return
        for inner in value:
            yield from argument_faults(shape.member, inner, document)
    elif isinstance(value, str):
        yield from template_faults(value, document)
        if shape.type_name != "string":
            yield f"{value!r} is no {shape.type_name}"
        elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
            yield f"{value!r} is none of {shape.enum}"
    elif type(value).__name__[:3] != shape.type_name[:3]:
        yield f"{value!r} is no {shape.type_name}"


def template_faults(template: Any, document: Any) -> Iterator[str]:
    for path in template_paths(template):
        try:
            follow(path, document)
        except UnknownNameError as error:
            yield f"{{{path}}} needs {error}, which is unknown"


def call_faults(call: Call, document: Any) -> list[str]:
    shape = operation(call.service, call.operation).input_shape
    if shape is None:
        return [f"{call.operation} takes no {name}" for name in call.args]
    faults = list(argument_faults(shape, dict(call.args), document))
    return [f"{call.service}.{call.operation}: {fault}" for fault in faults]


@cache
def client(service: str) -> Any:
    """Return a client that is made once: making one reads the model of its service."""
    return boto3.client(service, region_name="us-east-1")


def error_codes(call: Call) -> set[str]:
    shapes = operation(call.service, call.operation).error_shapes
    return {shape.metadata.get("error", {}).get("code", shape.name) for shape in shapes}


def unmodelled_error_codes(kind: Kind) -> set[str]:
    path = RECORDS / f"{kind.name}.json"
    return set(json.loads(path.read_text()).get("unmodelled", ())) if path.exists() else set()


@cache
def listed_error_codes(service: str) -> set[str]:
    """Error codes that AWS documents of a service outside its model; EC2's has none at all."""
    pages = json.loads((RECORDS.parent / "error_codes.json").read_text()).get(service, {})
    return {code for codes in pages.values() for code in codes}


def test_every_module_of_the_folder_is_registered() -> None:
    folder = Path(kinds.__file__).parent
    modules = {path.stem for path in folder.glob("*.py") if path.stem[0] != "_"}
    assert set(kinds.MODULES) == modules
    assert list(kinds.MODULES) == sorted(kinds.MODULES)


def test_every_declaration_of_the_folder_is_registered() -> None:
    """Count without the registry, so that checks over the registry are known to miss none."""
    folder = Path(kinds.__file__).parent
    declared = [
        statement
        for path in folder.glob("*.py")
        for statement in ast.parse(path.read_text()).body
        if isinstance(statement, ast.Assign) and declares_a_kind(statement)
    ]
    assert len(declared) == len(registry()) == len(EVERY.kinds())


def declares_a_kind(statement: ast.Assign) -> bool:
    return ast.unparse(statement.value).startswith("Kind(")


def test_two_kinds_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from ebbtide.kinds import account

    monkeypatch.setattr(account, "AGAIN", Kind(name="aws_vpc", id="Id", list=None), raising=False)
    with pytest.raises(ValueError, match="aws_vpc"):
        kinds_index.text_of()


def test_the_index_names_every_kind_with_its_module_and_base_kinds() -> None:
    assert kinds_index.main(["--check"]) == 0
    for name, kind in registry().items():
        assert (kind.name, kind.kinds) == (name, kinds.index()[name].kinds)


def test_a_kind_is_read_without_the_declarations_of_others() -> None:
    code = (
        "import sys; from ebbtide.kinds import concrete_kinds, registry;"
        "assert 'aws_ec2_volume' in concrete_kinds(['volume']);"
        "registry()['aws_s3_bucket']; print(*sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = {name.removeprefix("ebbtide.kinds.") for name in ended.stdout.split()}
    assert "s3" in found & set(kinds.MODULES)
    assert len(found & set(kinds.MODULES)) < 5


def test_base_kinds_are_known_to_searches() -> None:
    assert {"volume", "aws_ec2_volume", "aws_resource", "resource"} <= kinds.known_kinds()
    assert kinds.concrete_kinds(["load_balancer"]) == {"aws_alb", "aws_elb"}
    assert kinds.concrete_kinds(["volume"]) >= {"aws_ec2_volume"}
    assert "aws_sagemaker_training_job" in kinds.concrete_kinds(["aws_sagemaker_job"])


def test_what_must_go_before_a_subnet_is_known() -> None:
    assert kinds.dependent_kinds("aws_ec2_subnet") >= {
        "aws_alb",
        "aws_ec2_instance",
        "aws_ec2_nat_gateway",
        "aws_ec2_network_interface",
        "aws_elb",
        "aws_lambda_function",
        "aws_rds_instance",
        "aws_vpc_endpoint",
    }
    assert kinds.relation_at("aws_ec2_subnet", 0).kind == "aws_vpc"


def test_delete_order_between_kinds_has_no_unseverable_cycle() -> None:
    before: dict[str, set[str]] = {kind.name: set() for kind in EVERY.kinds()}
    for kind in EVERY.kinds():
        for relation in kind.relations:
            if relation.severable or relation.kind == kind.name:
                continue
            if relation.deleted_after:
                before[kind.name].add(relation.kind)
            if relation.deleted_before:
                before[relation.kind].add(kind.name)
    while before:
        free = {name for name, others in before.items() if not others & set(before)}
        assert free, f"these wait for each other: {sorted(before)}"
        before = {name: others for name, others in before.items() if name not in free}


@for_each(EVERY)
def test_kind_can_be_deleted_or_says_why_not(kind: Kind) -> None:
    assert bool(kind.delete) != bool(kind.undeletable)


@for_each(EVERY)
def test_kind_has_what_its_base_kinds_promise(kind: Kind) -> None:
    assert set(kind.bases) <= set(BASES)
    promised = {name for base in kind.bases for name in BASES[base]}
    assert promised <= {*kind.fields, *kind.computed}


@for_each(EVERY)
def test_computed_fields_have_a_function(kind: Kind) -> None:
    assert all(callable(getattr(_special, name, None)) for name in kind.computed.values())


@for_each(EVERY)
def test_relations_name_declared_kinds(kind: Kind) -> None:
    assert {relation.kind for relation in kind.relations} <= set(registry())
    assert kind.each is None or kind.each in registry()


@for_each(EVERY)
def test_relations_refer_by_an_identity_of_the_other_kind(kind: Kind) -> None:
    for relation in kind.relations:
        assert relation.by in ("id", "arn", "name", *registry()[relation.kind].aliases), relation


# How answers tell where to go on, by whatever name a service has for it.
TOKEN = re.compile(r"token|marker|^LastEvaluated|^Exclusive", re.IGNORECASE)


@for_each(CALLED)
def test_every_page_of_a_list_is_asked_for(kind: Kind) -> None:
    """A list whose further pages nobody would ask for would end after the first, in silence."""
    assert kind.list
    if client(kind.list.service).can_paginate(kind.list.operation):
        return
    model = operation(kind.list.service, kind.list.operation)
    given = set(model.input_shape.members) if model.input_shape else set()
    shapes = [model.output_shape]
    shapes += [s for s in model.output_shape.members.values() if isinstance(s, StructureShape)]
    for name in {name for shape in shapes for name in shape.members if TOKEN.search(name)}:
        assert any(name == theirs and ours in given for theirs, ours in TOKENS), name


@for_each(EVERY)
def test_relations_are_no_contradiction(kind: Kind) -> None:
    for relation in kind.relations:
        assert not (relation.deleted_after and relation.deleted_before), relation
        assert not (relation.owns and relation.owned_by), relation
        assert not relation.severable or (kind.delete and kind.delete.prepare), relation
        assert relation.value is None or relation.pattern, relation


@for_each(LISTED)
def test_paths_exist_in_what_is_listed(kind: Kind) -> None:
    document = listed(kind)
    paths = [kind.id, kind.label, kind.tags, kind.created, *kind.fields.values()]
    if kind.arn and "{" not in kind.arn:
        paths.append(kind.arn)
    paths += [relation.path for relation in kind.relations]
    paths += [*kind.fingerprint, *kind.volatile]
    for path in filter(None, paths):
        follow(path, document)


@for_each(LISTED)
def test_conditions_use_known_names(kind: Kind) -> None:
    # What only the read before a deletion brings is unknown in a snapshot.
    late = tuple(one for one in kind.get_details or () if one.into and one not in kind.details)
    document = with_pseudo(with_details(listed(kind), late))
    for condition in filter(None, [kind.ended, *(state.when for state in kind.never_delete)]):
        follow(condition, document)


@for_each(LISTED)
def test_templates_use_known_names(kind: Kind) -> None:
    templates = [kind.arn or ""] if "{" in (kind.arn or "") else []
    assert not list(template_faults(templates, with_pseudo(listed(kind))))


@for_each(CALLED)
def test_list_call_is_accepted(kind: Kind) -> None:
    assert kind.list
    parent: Any = parent_form(kind) if kind.each else with_pseudo(Names())
    assert not call_faults(kind.list, parent)
    is_list(answer(kind.list)) or pytest.fail("the items path is no list")


@for_each(LISTED)
def test_items_come_from_a_call_or_from_inside_a_parent(kind: Kind) -> None:
    assert bool(kind.list) != bool(kind.inside)
    if kind.inside:
        assert is_list(follow(kind.inside, parent_form(kind)))
    assert kind.each or not (kind.inherit or kind.inside or kind.each_when)
    if kind.each_when:
        follow(kind.each_when, parent_form(kind))
    if kind.each:
        assert registry()[kind.each].scope == kind.scope
    if kind.id_parts:
        # Without a parent, the id brings back itself, where the describing call does not name it.
        named = set(kind.inherit) or {kind.id} - set(getattr(answer(kind.get), "members", ()))
        assert set(re.compile(kind.id_parts).groupindex) == named


@for_each(LISTED)
def test_last_use_can_be_read(kind: Kind) -> None:
    for metric in kind.metrics:
        assert not list(template_faults(dict(metric.dimensions), with_pseudo(listed(kind))))
    names = [metric.usage_name for metric in kind.metrics]
    assert len(set(names)) == len(names)
    if kind.last_use is None:
        return
    assert bool(kind.last_use.path) != bool(kind.last_use.metrics)
    if kind.last_use.path:
        follow(kind.last_use.path, listed(kind))
        assert kind.last_use.path.split(".")[0].split("[")[0] in kind.volatile


@for_each(LISTED)
def test_details_are_accepted_and_can_be_brought_together(kind: Kind) -> None:
    check_details((*kind.details, *last_use_details(kind)), raw(kind))
    if kind.get:
        check_details(kind.read_details, got(kind))


def check_details(details: tuple[Detail, ...], item: Any) -> None:
    for detail in details:
        document = with_pseudo(item)
        assert not call_faults(detail.call, document)
        if detail.when:
            follow(detail.when, document)
        if detail.batch or detail.once:
            follow(detail.match[0], entry(answer(detail.call)))
            follow(detail.match[1], item)
        if detail.once:
            assert detail.into and not detail.batch and detail.take == "@"
        if detail.batch:
            lists = [value for value in detail.call.args.values() if isinstance(value, list)]
            assert len([value for value in lists if list(template_paths(value))]) == 1
        item = with_details(item, (detail,))


@for_each(LISTED)
def test_tags_come_from_the_list_or_a_detail_of_their_name(kind: Kind) -> None:
    if kind.tags is None:
        return
    # Only the details of that name may fail without losing the resource: its tags are unknown then.
    roots = {detail.into for detail in kind.details}
    merged = tuple(detail for detail in kind.details if detail.into is None)
    try:
        follow(kind.tags, with_details(raw(kind), merged))
    except UnknownNameError:
        assert kind.tags in roots


@for_each(DELETABLE)
def test_deletable_kind_can_be_read_again(kind: Kind) -> None:
    assert kind.get and kind.fingerprint
    assert not call_faults(kind.get, with_pseudo(Names(parts_of_id(kind))))
    document = read_again(kind)
    follow(kind.id, document)
    if kind.tags:
        follow(kind.tags, document)
    for path in kind.fingerprint:
        assert path.isidentifier()
        follow(path, document)
    for relation in kind.relations:
        follow(relation.path, document)
    for condition in filter(None, [kind.ended, *(state.when for state in kind.never_delete)]):
        follow(condition, with_pseudo(document))


@for_each(DELETABLE)
def test_reading_again_needs_no_more_than_the_resource(kind: Kind) -> None:
    assert kind.get
    known = Names({**dict.fromkeys(PSEUDO, Anything()), **parts_of_id(kind)})
    assert not list(template_faults(dict(kind.get.args), known))


@for_each(DELETABLE)
def test_deletion_is_accepted(kind: Kind) -> None:
    assert kind.delete
    document = with_pseudo(read_again(kind))
    for when in kind.delete.instead:
        follow(when, document)
    for call in kind.delete.calls:
        assert not call_faults(call, document)
        if kind.delete.errors:
            follow(kind.delete.errors, answer(call))
    for step in kind.delete.prepare:
        inner = document
        if step.when:
            follow(step.when, document)
        if step.each:
            inner = with_pseudo(document, each=entry(follow(step.each, document)))
        if step.found:
            assert step.asks and not step.each and not call_faults(step.found, document)
            listed_one = entry(answer(step.found))
            each = listed_one if step.batch == 1 else Many(listed_one)
            inner = with_pseudo(document, each=each)
        assert bool(step.asks) == bool(step.found)
        for state in step.refuses:
            follow(state.when, document)
        assert not call_faults(step.call, inner)
        if step.until:
            follow(step.until, document)
        if step.errors:
            follow(f"{step.errors} | [].[Code, Message]", answer(step.call))
        if step.undo:
            assert not call_faults(step.undo, inner)


@for_each(DELETABLE)
def test_error_codes_exist(kind: Kind) -> None:
    assert kind.delete and kind.get
    calls = [*kind.delete.calls, kind.get, *(step.call for step in kind.delete.prepare)]
    calls += [detail.call for detail in (*kind.details, *kind.read_details)]
    known = set().union(*(error_codes(call) for call in calls))
    known |= unmodelled_error_codes(kind)
    known |= {code for call in calls for code in listed_error_codes(call.service)}
    used = {*kind.delete.gone, *kind.delete.blocked, *kind.delete.refused}
    used |= {code for step in kind.delete.prepare for code in step.absent}
    used |= {code for detail in kind.details for code in detail.absent}
    unknown = sorted(used - known - {"OperationNotPermitted"})
    assert not unknown, (
        f"AWS is not known to answer {', '.join(unknown)}; correct `gone`, `blocked` (which has "
        "defaults) or `refused`, or say where AWS lists the code: of EC2 in "
        "tests/data/error_codes.json, of other services under `unmodelled` in the kind's record, "
        "with Delete(source=...)"
    )


@for_each(DELETABLE)
def test_what_settles_is_part_of_the_fingerprint_and_has_a_cause(kind: Kind) -> None:
    assert kind.delete
    assert set(kind.settles) <= set(kind.fingerprint)
    assert not set(kind.fingerprint) & set(kind.volatile)
    if kind.settles:
        assert kinds.dependent_kinds(kind.name) or kind.delete.prepare


@for_each(EVERY)
def test_names_follow_the_pattern(kind: Kind) -> None:
    assert kind.name.startswith("aws_")
    assert kind.name == kind.name.lower()
    assert all(state.when and state.why for state in kind.never_delete)
    assert not any(state.why.endswith(".") for state in kind.never_delete)


@for_each_of(kinds.MODULES)
def test_declarations_are_data_and_short(module: str) -> None:
    path = Path(kinds.__file__).with_name(f"{module}.py")
    statements = ast.parse(path.read_text()).body
    declared = [one for one in statements if not isinstance(one, (ast.Expr, ast.ImportFrom))]
    assert (declared[-1].end_lineno or 0) - declared[0].lineno < 300
    for statement in statements:
        kinds_of_statement = (ast.Expr, ast.ImportFrom, ast.Assign, ast.AnnAssign)
        assert isinstance(statement, kinds_of_statement), f"{path.name}:{statement.lineno}"
        is_kind = isinstance(statement, ast.Assign) and declares_a_kind(statement)
        length = (statement.end_lineno or 0) - statement.lineno + 1
        assert not is_kind or length <= MAX_LITERAL_LINES, (
            f"{path.name}:{statement.lineno}: a declaration has at most {MAX_LITERAL_LINES} lines, "
            f"this one {length}; move a part to a constant above it"
        )


def test_cores_are_the_product_of_cores_and_threads() -> None:
    assert _special.instance_cores({"CpuOptions": {"CoreCount": 4, "ThreadsPerCore": 2}}) == 8
    assert _special.instance_cores({"CpuOptions": {"CoreCount": 4}}) is None
    assert _special.instance_cores({}) is None


def test_lists_of_ec2_ask_for_pages() -> None:
    unpaged = [
        kind.name
        for kind in kinds.registry().values()
        if kind.list is not None
        and kind.list.service == "ec2"
        and client("ec2").can_paginate(kind.list.operation)
        and "MaxResults" not in kind.list.args
    ]
    assert unpaged == []
