"""The content of a digest, before it becomes text, HTML or a message of a chat."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a list: what it is about, why, and short facts about it."""

    what: str
    why: str = ""
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A section: sentences, a list of which `left` entries are left out, commands to copy."""

    title: str
    text: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    left: int = 0
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A digest. The lead says the most important things; a chat shows no more than it."""

    title: str
    lead: tuple[str, ...]
    parts: tuple[Part, ...] = ()
