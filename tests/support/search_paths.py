"""Builds search paths from text."""

from __future__ import annotations

from ebbtide.language.syntax import Path, Step


def path(text: str) -> Path:
    """Parse a path of a search, such as `private_ips[*]`, without the parser under test."""
    absolute = text.startswith("/")
    steps = []
    for part in text.removeprefix("/").split("."):
        name, *rest = part.split("[")
        indexes = tuple(None if one == "*]" else int(one[:-1]) for one in rest)
        steps.append(Step(name, indexes))
    return Path(tuple(steps), absolute)
