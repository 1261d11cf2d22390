"""Turns a check of one kind into one test over all kinds of a group.

One test per check and kind would make thousands of tests, each with pytest's overhead, and one
mistake would fail hundreds of them. A gathered test fails once and lists every faulty kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb

import pytest

from ebbtide.kinds import registry
from ebbtide.model.kind import Kind


@dataclass(frozen=True)
class Group:
    """The kinds that a check applies to."""

    belongs: Callable[[Kind], bool]

    def kinds(self) -> list[Kind]:
        return [kind for _, kind in sorted(registry().items()) if self.belongs(kind)]


EVERY = Group(lambda _: True)
LISTED = Group(lambda kind: bool(kind.list or kind.inside))
CALLED = Group(lambda kind: bool(kind.list))
DELETABLE = Group(lambda kind: bool(kind.delete))


def gather[Subject](subjects: Mapping[str, Subject], check: Callable[[Subject], None]) -> int:
    """Check each subject and return the number of subjects.

    Raises AssertionError if any check fails, with a line `name: fault (file:line)` for each.
    """
    __tracebackhide__ = True
    faults = []
    for name, subject in subjects.items():
        try:
            check(subject)
        except (Exception, pytest.fail.Exception) as error:
            faults.append(f"{name}: {_described(error)}")
    checked = len(subjects)
    assert not faults, f"{len(faults)} of {checked} are at fault:\n" + "\n".join(faults)
    return checked


def _described(error: BaseException) -> str:
    kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
    place = extract_tb(error.__traceback__)[-1]
    for frame in extract_tb(error.__traceback__):
        if Path(frame.filename).name.startswith("test_"):
            place = frame
    return f"{kind}{error} ({Path(place.filename).name}:{place.lineno})"


def for_each(group: Group) -> Callable[[Callable[[Kind], None]], Callable[[], None]]:
    """Turn the check of one kind into a test of all kinds in a group."""

    def gathered(check: Callable[[Kind], None]) -> Callable[[], None]:
        def test() -> None:
            __tracebackhide__ = True
            seen: list[str] = []

            def noted(kind: Kind) -> None:
                seen.append(kind.name)
                check(kind)

            gather({kind.name: kind for kind in group.kinds()}, noted)
            left_out = {name for name, kind in registry().items() if group.belongs(kind)} - {*seen}
            assert seen and not left_out

        return _named_as(check, test, [kind.name for kind in group.kinds()])

    return gathered


def for_each_of[Subject](
    subjects: Iterable[Subject], name: Callable[[Subject], str] = str
) -> Callable[[Callable[[Subject], None]], Callable[[], None]]:
    """Turn the check of one subject into a test of all subjects."""
    found = {name(subject): subject for subject in subjects}

    def gathered(check: Callable[[Subject], None]) -> Callable[[], None]:
        def test() -> None:
            __tracebackhide__ = True
            assert gather(found, check) == len(found) > 0

        return _named_as(check, test, list(found))

    return gathered


def _named_as[**P](
    check: Callable[..., None], test: Callable[P, None], subjects: list[str]
) -> Callable[P, None]:
    # Not functools.wraps: pytest would follow __wrapped__ and look for a fixture named like the
    # check's parameter.
    test.__name__ = check.__name__
    test.__qualname__ = check.__qualname__
    test.__module__ = check.__module__
    test.__doc__ = check.__doc__
    test.__dict__["gathers"] = subjects
    return test
