"""Checks thousands of small cases in a few tests, as each test costs as much as many cases."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps

import pytest

type Test = Callable[..., None]


def for_each[Case](
    names: str, cases: Iterable[Case], named: Callable[[Case], object] = repr
) -> Callable[[Test], Test]:
    """Make one test that calls the function for each case, and fails with all failures of cases.

    `names` are the parameters that a case gives, separated by commas; all others are fixtures,
    which the cases share. Each failure has its own traceback, and the name of its case as a note.
    """
    given = [name.strip() for name in names.split(",")]
    every = list(cases)
    assert every, f"no case for {names}"

    def decorate(check: Test) -> Test:
        @wraps(check)
        def test(**fixtures: object) -> None:
            failures = []
            for case in every:
                values = case if len(given) > 1 else (case,)
                try:
                    check(**fixtures, **dict(zip(given, values, strict=True)))  # type: ignore[arg-type]
                # pytest.fail(), which a missing exception ends in, is no Exception.
                except (Exception, pytest.fail.Exception) as error:
                    error.add_note(f"case: {named(case)}")
                    failures.append(error)
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} of {len(every)} cases failed", failures)

        own = inspect.signature(check)
        shared = [one for name, one in own.parameters.items() if name not in given]
        test.__signature__ = own.replace(parameters=shared)  # type: ignore[attr-defined]
        return test

    return decorate
