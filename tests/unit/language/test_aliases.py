"""Resoto's names of fields mean the fields of Ebbtide that hold the same value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import pytest

from ebbtide.base.forms import snake
from ebbtide.kinds import registry
from ebbtide.language import SearchError, parse_search, print_query
from ebbtide.language.fields import COMMON, known_fields
from ebbtide_cli.columns import parse_columns
from ebbtide_cli.shapes import Anything, UnknownNameError, entry, is_list, listed, member, names_of

TABLE: Mapping[str, Any] = json.loads((files("ebbtide.language") / "aliases.json").read_bytes())


def entries() -> Iterator[tuple[str, str, Any]]:
    for kind, found in TABLE.items():
        for name, value in found["aliases"].items():
            yield kind, name, value


def below(form: Any, name: str) -> Any:
    """Return the form of a name in snake_case."""
    form = entry(form) if is_list(form) else form
    names = names_of(form)
    if names is None:
        # botocore does not know the names of a map.
        return Anything()
    found = [each for each in names if snake(each) == name]
    if not found:
        raise UnknownNameError(name)
    return member(form, found[0])


def check(name: str, value: Any, form: Any) -> None:
    target = value.get("", name) if isinstance(value, dict) else value
    for part in target.split("."):
        form = below(form, part)
    if isinstance(value, dict):
        for inner, found in value.items():
            if inner:
                check(inner, found, form)


def test_each_alias_leads_to_a_value_of_the_answer_of_aws() -> None:
    wrong = []
    for kind, name, value in entries():
        try:
            check(name, value, listed(registry()[kind]))
        except UnknownNameError as error:
            wrong.append((kind, name, value, error))
    assert wrong == []


def test_no_alias_hides_a_field() -> None:
    for kind, name, value in entries():
        hides = isinstance(value, str) or "" in value
        assert not hides or name not in (known_fields(kind) or ()), (kind, name)
    for kind, found in TABLE.items():
        assert not {*COMMON, *(known_fields(kind) or ())} & set(found["unread"]), kind


def test_each_alias_is_accepted_of_its_kind_and_printed_as_the_field() -> None:
    for kind, name, value in entries():
        if isinstance(value, str):
            text = print_query(parse_search(f"is({kind}) and {name} = null sort {name}"))
            assert text == f"is({kind}) and {value} == null sort {value}"
            assert print_query(parse_search(text)) == text


def test_each_value_that_is_not_read_is_refused_by_name() -> None:
    for kind, found in TABLE.items():
        for name in found["unread"]:
            with pytest.raises(SearchError, match=f"does not read .* of {kind}"):
                parse_search(f"is({kind}) and {name} = null")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "is(aws_ec2_network_acl) and acl_entries[*].{egress = true, port_range.from_range < 9}",
            "is(aws_ec2_network_acl) and entries[*].{egress == true and port_range.from < 9}",
        ),
        (
            "is(aws_lambda_function) and function_dead_letter_config = null",
            "is(aws_lambda_function) and dead_letter_config.target_arn == null",
        ),
        (
            "is(aws_vpc) and /descendants.aws_lambda_function.reported.function_runtime = ruby3.4",
            'is(aws_vpc) and /descendants.aws_lambda_function.reported.runtime == "ruby3.4"',
        ),
        (
            "is(aws_vpc) {f[]: --> is(aws_lambda_function)} /f[*].reported.function_state = Active",
            'is(aws_vpc) {f[]: all --> is(aws_lambda_function)} /f[*].reported.state == "Active"',
        ),
        (
            "is(aws_vpc) with(any, --> is(aws_lambda_function) and function_state = Active)",
            'is(aws_vpc) with(any, --> is(aws_lambda_function) and state == "Active")',
        ),
        # Other kinds have a field that is called like what is meant, but means something else.
        (
            "is(instance) and instance_public_ip_address != null",
            "is(instance) and (is(aws_ec2_instance) and public_ip_address != null)",
        ),
        (
            "is(instance) and instance_public_ip_address == null",
            "is(instance) and (not is(aws_ec2_instance) or public_ip_address == null)",
        ),
        ("function_state in [null]", "not is(aws_lambda_function) or state in [null]"),
        ("function_state !~ x", 'not is(aws_lambda_function) or state !~ "x"'),
        ("function_state =~ x", 'is(aws_lambda_function) and state =~ "x"'),
        # A field comes before an alias.
        ("is(aws_lambda_function, aws_alb) and state = null", None),
    ],
)
def test_an_alias_means_the_field_of_the_kinds_that_have_it(
    text: str, expected: str | None
) -> None:
    query = parse_search(text)
    assert print_query(query) == (expected or print_query(parse_search(text)))
    assert expected is None or parse_search(expected) == query


def test_a_sort_by_an_alias_of_one_among_several_kinds_is_refused() -> None:
    with pytest.raises(SearchError, match="restrict the search to one kind"):
        parse_search("is(load_balancer) sort alb_scheme")


def test_the_rows_of_an_aggregate_have_the_names_that_were_typed() -> None:
    text = "aggregate(function_runtime: sum(function_code_size)): is(aws_lambda_function)"
    assert print_query(parse_search(f"{text} sort function_runtime desc")) == (
        "aggregate(runtime as function_runtime: sum(code_size) as sum_of_function_code_size): "
        "is(aws_lambda_function) sort function_runtime desc"
    )


def test_a_column_may_be_an_alias() -> None:
    (column,) = parse_columns("function_runtime")
    found = {"kind": "aws_lambda_function", "runtime": "python3.13"}
    assert column.get({"reported": found}) == "python3.13"
    assert column.label == "function_runtime"
    assert column.get({"reported": {"kind": "aws_ec2_volume", "runtime": "x"}}) is None


def test_a_field_of_any_kind_comes_before_an_alias() -> None:
    checked = 0
    for kind, name, _ in entries():
        others = sorted(other for other in registry() if name in (known_fields(other) or ()))
        if others and name not in (known_fields(kind) or ()):
            checked += 1
            text = f"is({kind}, {others[0]}) and {name} == null"
            assert print_query(parse_search(text)) == text
    assert checked > 10
