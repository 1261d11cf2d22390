"""A test of many cases tries all of them, and says of each failure which case it is."""

from __future__ import annotations

import pytest

from tests.support.each_case import for_each


def test_all_cases_are_tried_and_each_failure_names_its_own() -> None:
    tried = []

    @for_each("number, text", [(1, "a"), (2, "b"), (3, "c")])
    def check(number: int, text: str) -> None:
        tried.append(text)
        assert number == 2, "odd"

    with pytest.raises(ExceptionGroup, match="2 of 3 cases failed") as failed:
        check()
    assert tried == ["a", "b", "c"]
    assert [str(one) for one in failed.value.exceptions] == [
        f"odd\nassert {number} == 2" for number in (1, 3)
    ]
    assert [one.__notes__ for one in failed.value.exceptions] == [
        ["case: (1, 'a')"],
        ["case: (3, 'c')"],
    ]


def test_an_exception_that_is_missing_is_a_failure_of_its_case() -> None:
    @for_each("number", [0, 1], named=lambda number: f"number {number}")
    def check(number: int) -> None:
        with pytest.raises(ZeroDivisionError):
            1 // number

    with pytest.raises(BaseExceptionGroup) as failed:
        check()
    assert [one.__notes__ for one in failed.value.exceptions] == [["case: number 1"]]


def test_cases_are_combined() -> None:
    tried = []

    @for_each("first", "ab")
    @for_each("second", "cd")
    def check(first: str, second: str) -> None:
        tried.append(first + second)

    check()
    assert tried == ["ac", "ad", "bc", "bd"]


@for_each("number", [1, 2])
def test_other_parameters_are_fixtures(record_property: object, number: int) -> None:
    assert number and callable(record_property)


def test_no_case_at_all_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="no case for number"):
        for_each("number", [])
