"""Comparing an array with one value matches any of its elements, as in Resoto, or is refused."""

from __future__ import annotations

import pytest

from tests.faults.search.answers import found, found_or_refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('private_ips any = "10.0.0.5"', ["i-web"]),
        ('private_ips[*] = "10.0.0.5"', ["i-web"]),
        ('private_ips all != "10.0.0.9" and name = web', ["i-web"]),
        ('private_ips = ["10.0.0.5", "192.168.0.5"]', ["i-web"]),
    ],
)
def test_an_array_is_asked_with_a_quantifier_or_compared_with_an_array(
    text: str, expected: list[str]
) -> None:
    assert found(f"is(instance) and {text}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('private_ips = "10.0.0.5"', ["i-web"]),
        ('private_ips in ["10.0.0.5"]', ["i-web"]),
        ('private_ips =~ "^10"', ["i-web"]),
        ('not private_ips = "10.0.0.5"', ["i-ci", "i-big"]),
        ('not private_ips in ["10.0.0.5"]', ["i-ci", "i-big"]),
        ('not private_ips =~ "^10"', ["i-ci", "i-big"]),
    ],
)
def test_an_array_beside_one_value_is_any_element_or_refused(
    text: str, expected: list[str]
) -> None:
    assert found_or_refused(f"is(instance) and {text}") in (expected, None)


@pytest.mark.parametrize(
    ("text",),
    [
        ('private_ips != "10.0.0.5"',),
        ('private_ips not in ["10.0.0.5"]',),
        ('private_ips !~ "^10"',),
        ('not private_ips = "10.0.0.5"',),
        ('not private_ips in ["10.0.0.5"]',),
    ],
)
def test_what_a_condition_names_to_spare_is_spared(text: str) -> None:
    assert "i-web" not in (found_or_refused(f"is(instance) and {text}") or [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('is(instance) and "payments"', {"i-web", "i-big"}),
        ('is(instance) and "PAYMENTS"', {"i-web", "i-big"}),
        ('is(instance) and "runner"', {"i-ci"}),
        ('is(instance) and "10.0.0.5"', {"i-web"}),
        ('is(instance) and "ci runner"', {"i-ci"}),
        ('is(instance) and "runner ci"', set()),
        ('is(instance) and "paymen"', set()),
        ('is(instance) and "ayments"', set()),
        ('is(instance) and "unne"', set()),
    ],
)
def test_full_text_matches_whole_words(text: str, expected: set[str]) -> None:
    assert set(found(text)) == expected
