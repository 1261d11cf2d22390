"""Literal arguments of declared calls respect the lengths, ranges and patterns of AWS's models.

Names, types, required members and enumerations are tested in tests/unit/test_kinds.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide_cli.shapes import operation
from tools.generate_policies import changing
from tools.model_sentences import calls


def declared() -> Iterator[Call]:
    """Yield each call that reads, deletes, or prepares a deletion or reverts a preparation."""
    yield from calls()
    for kind in registry().values():
        yield from changing(kind)
        if kind.delete:
            yield from (step.undo for step in kind.delete.prepare if step.undo)


def faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Yield the arguments that AWS would refuse; templates pass, because they have no value yet."""
    if isinstance(value, str) and "{" in value:
        return
    if isinstance(shape, StructureShape):
        for name, inner in value.items():
            if name not in shape.members:
                yield f"{path} has no {name}"
            else:
                yield from faults(shape.members[name], inner, f"{path}.{name}")
    elif isinstance(shape, MapShape):
        for name, inner in value.items():
            yield from faults(shape.value, inner, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        yield from bound_faults(shape, len(value), path)
        for inner in value:
            yield from faults(shape.member, inner, path)
    elif isinstance(value, str):
        yield from bound_faults(shape, len(value), path)
        pattern = compiled(shape.metadata.get("pattern", ""))
        if pattern and not pattern.search(value):
            yield f"{path} is not {pattern.pattern}"
    elif not isinstance(value, bool):
        yield from bound_faults(shape, value, path)


def compiled(pattern: str) -> re.Pattern[str] | None:
    """Compile a pattern; return None for classes such as \\p{L}, which Python lacks."""
    return None if r"\p{" in pattern else re.compile(pattern)


def bound_faults(shape: Shape, size: float, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield f"{path} is below {low}"
    if high is not None and size > high:
        yield f"{path} is above {high}"


def call_faults(call: Call) -> list[str]:
    shape = operation(call.service, call.operation).input_shape
    name = f"{call.service}.{call.operation}"
    return list(faults(shape, dict(call.args), name)) if shape else []


def test_arguments_of_all_calls_are_within_bounds() -> None:
    found = list(declared())
    assert len(found) > 900
    assert [fault for call in found for fault in call_faults(call)] == []


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (Call("sqs", "list_queues", "QueueUrls", Many=1), "sqs.list_queues has no Many"),
        (
            Call("backup", "list_backup_jobs", "BackupJobs[]", MaxResults=1001),
            "backup.list_backup_jobs.MaxResults is above 1000",
        ),
        (
            Call("kms", "describe_key", "KeyMetadata", KeyId=""),
            "kms.describe_key.KeyId is below 1",
        ),
        (
            Call("kms", "schedule_key_deletion", KeyId="{id}", PendingWindowInDays=366),
            "kms.schedule_key_deletion.PendingWindowInDays is above 365",
        ),
    ],
)
def test_argument_out_of_bounds_is_found(call: Call, fault: str) -> None:
    assert call_faults(call) == [fault]
