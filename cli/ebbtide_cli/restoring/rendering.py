"""Fill in the arguments of a call: what the operation does not accept is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from ebbtide.base.paths import render
from ebbtide.model.call import Call
from ebbtide_cli.errors import UsageError
from ebbtide_cli.shapes import operation

_GENERATED = re.compile(r"[a-z]-[0-9a-f]{8,}|^[A-Z0-9]{12,}$|[0-9a-f]{8}-[0-9a-f]{4}")


def arguments_of(
    call: Call, document: Mapping[str, Any], replaced: Mapping[str, str], kept: str = ""
) -> dict[str, Any]:
    """Return the arguments of a call.

    `replaced` maps ids and ARNs to those that stand for them; the text `kept` stays as it is.
    Raises UsageError if boto3 is older than the operation.
    """
    shape = _input_of(call)
    found = replace(render(dict(call.args), document), replaced, kept)
    fitted: dict[str, Any] = found if shape is None else fitting(shape, found)
    return fitted


def _input_of(call: Call) -> Shape | None:
    try:
        shape: Shape | None = operation(call.service, call.operation).input_shape
    except KeyError as error:
        raise UsageError(
            f"the installed boto3 does not know {call.service}.{call.operation}; "
            "install a newer one"
        ) from error
    return shape


def fitting(shape: Shape, value: Any) -> Any:
    """Return a value without the members that its shape lacks, and without empty optional ones."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        kept = {
            name: fitting(shape.members[name], part)
            for name, part in value.items()
            if name in shape.members
        }
        return {
            name: part
            for name, part in kept.items()
            if name in shape.required_members or not _is_empty(part)
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [fitting(shape.member, part) for part in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {name: fitting(shape.value, part) for name, part in value.items()}
    return value


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, dict)) and not value)


def replace(value: Any, replaced: Mapping[str, str], kept: str = "") -> Any:
    """Return a value with names replaced wherever its texts have them as a whole word."""
    if not replaced or value == kept:
        return value
    if isinstance(value, str):
        return _pattern(replaced).sub(lambda match: replaced[match[0]], value)
    if isinstance(value, Mapping):
        return {name: replace(part, replaced, kept) for name, part in value.items()}
    if isinstance(value, list):
        return [replace(part, replaced, kept) for part in value]
    return value


def _pattern(names: Mapping[str, str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])")


def texts_in(value: Any) -> Iterator[str]:
    """Yield all texts in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from texts_in(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from texts_in(part)


def is_named(id: str, arn: str | None, text: str) -> bool:
    """Return whether a text names a resource: it is its id, or has its ARN or generated id in it.

    A bucket that is called `shop` is not named by every description of a shop.
    """
    if text == id:
        return True
    wanted = [arn, id if _GENERATED.search(id) else None]
    return any(name in text and _pattern({name: ""}).search(text) for name in wanted if name)
