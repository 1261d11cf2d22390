"""The formulas are those of docs/costs.md; the expected dollars were computed by hand."""

import pytest

from bench.costs import Use, function_a_month, functions_a_month, transitions_a_month


def test_transitions() -> None:
    # 1,000 accounts: (8 x 1,000 + 26) x 730 = 5,858,980 a month at 0.025 per 1,000
    assert transitions_a_month(8 * 1000 + 26) == pytest.approx(146.47, abs=0.005)
    assert transitions_a_month(0) == 0


def test_functions() -> None:
    # 730 x (20.4 s x 1.7275 GB x 0.0000133334 + 0.0000002) = 0.3431
    collect = Use("collect", 1769, 1, 20.4)
    assert function_a_month(collect) == pytest.approx(0.3432, abs=0.0001)
    # Twice the memory for half the time costs the same, but for the request.
    double = Use("collect", 2 * 1769, 1, 10.2)
    assert function_a_month(double) == pytest.approx(function_a_month(collect))
    assert functions_a_month([collect, double]) == pytest.approx(2 * function_a_month(collect))


def test_requests_are_billed_even_if_they_take_no_time() -> None:
    assert function_a_month(Use("claim", 256, 1_000_000, 0)) == pytest.approx(730 * 0.20)
