"""Comparing an array with one value matches any of its elements, as in Resoto, or is refused."""

from __future__ import annotations

import pytest

from tests.faults.search.answers import found, found_or_refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('load_balancer_arns any = "arn:lb-web"', ["tg-web"]),
        ('load_balancer_arns[*] = "arn:lb-web"', ["tg-web"]),
        ('load_balancer_arns all != "arn:lb-old" and name = tg-web', ["tg-web"]),
        ('load_balancer_arns = ["arn:lb-web", "arn:lb-api"]', ["tg-web"]),
    ],
)
def test_an_array_is_asked_with_a_quantifier_or_compared_with_an_array(
    text: str, expected: list[str]
) -> None:
    assert found(f"is(aws_alb_target_group) and {text}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('load_balancer_arns = "arn:lb-web"', ["tg-web"]),
        ('load_balancer_arns in ["arn:lb-web"]', ["tg-web"]),
        ('load_balancer_arns =~ "^arn:lb-w"', ["tg-web"]),
        ('not load_balancer_arns = "arn:lb-web"', ["tg-idle"]),
        ('not load_balancer_arns in ["arn:lb-web"]', ["tg-idle"]),
        ('not load_balancer_arns =~ "^arn:lb-w"', ["tg-idle"]),
    ],
)
def test_an_array_beside_one_value_is_any_element_or_refused(
    text: str, expected: list[str]
) -> None:
    assert found_or_refused(f"is(aws_alb_target_group) and {text}") in (expected, None)


@pytest.mark.parametrize(
    ("text",),
    [
        ('load_balancer_arns != "arn:lb-web"',),
        ('load_balancer_arns not in ["arn:lb-web"]',),
        ('load_balancer_arns !~ "^arn:lb-w"',),
        ('not load_balancer_arns = "arn:lb-web"',),
        ('not load_balancer_arns in ["arn:lb-web"]',),
    ],
)
def test_what_a_condition_names_to_spare_is_spared(text: str) -> None:
    assert "tg-web" not in (found_or_refused(f"is(aws_alb_target_group) and {text}") or [])


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
