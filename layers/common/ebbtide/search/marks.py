"""What searches know about a resource beside its line: marks, which files of runs hold."""

from __future__ import annotations

from typing import Protocol

from ebbtide.model.expiry import protecting_tag
from ebbtide.model.lines import ResourceLine
from ebbtide.model.marks import Protection, Section


class Marks(Protocol):
    """The marks of a snapshot; ebbtide.verdict.snapshot_marks reads them from the bucket."""

    def desired(self, line: ResourceLine, /) -> Section:
        """Return the section /desired of a resource: what jobs and the plan want with it."""
        ...

    def ending(self, line: ResourceLine, /) -> Section:
        """Return what the cleanup did to a resource, by ENDING_NAMES; empty if it did not."""
        ...

    def protection(self, line: ResourceLine, /) -> Protection: ...


class TagsOnly:
    """The marks of a snapshot without files of runs: only tags protect."""

    def desired(self, _: ResourceLine, /) -> Section:
        return {}

    def ending(self, _: ResourceLine, /) -> Section:
        return {}

    def protection(self, line: ResourceLine) -> Protection:
        tag = protecting_tag(line["tags"] or {})
        return Protection(False) if tag is None else Protection(True, f"protected by its tag {tag}")


TAGS_ONLY = TagsOnly()
