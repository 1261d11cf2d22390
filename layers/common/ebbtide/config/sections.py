"""The keys of the configuration as its model declares them: which section a path leads to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ebbtide.config.model import Config


def model_in(field: FieldInfo) -> type[BaseModel] | None:
    """Return the model that a field holds, directly, as an option or in a list, or None."""
    return _model_in(field.annotation)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(one) for one in get_args(annotation))
    return next((one for one in found if one is not None), None)


def section_at(place: Sequence[str]) -> type[BaseModel] | None:
    """Return the model of the section at a place, such as ("jobs", "0"); None for a value."""
    model: type[BaseModel] | None = Config
    is_name = False
    for step in place:
        if model is None:
            return None
        if is_name or step.isdecimal() or step == "-":
            is_name = False
            continue
        field = model.model_fields.get(step)
        model = None if field is None else model_in(field)
        # In a mapping of names to sections, the next step is a name.
        is_name = field is not None and get_origin(field.annotation) is dict
    return model


def is_text(place: Sequence[str]) -> bool:
    """Return whether the value at a place is a text, such as a search."""
    annotation: Any = Config
    for step in place:
        annotation = _inside(annotation, step)
    return annotation is str


def _inside(annotation: Any, step: str) -> Any:
    """Return the type of a key or item of a type; None if there is none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(step)
        return None if field is None else _plain(field.annotation)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return _plain(inner[0])
    return _plain(inner[1]) if origin is dict else None


def _plain(annotation: Any) -> Any:
    """Return a type without its constraints, and without None."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        others = [one for one in get_args(annotation) if one is not type(None)]
        return _plain(others[0]) if len(others) == 1 else annotation
    return annotation


@cache
def known_paths() -> tuple[str, ...]:
    """Return the paths of all keys outside of lists, such as cleanup.limits.per_run."""
    return tuple(_paths(Config, ""))


def _paths(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _paths(annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"
