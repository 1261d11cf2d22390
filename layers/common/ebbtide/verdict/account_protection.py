"""What protects the resources of one account: their tags, the configuration, jobs, and AWS."""

from __future__ import annotations

from dataclasses import dataclass

from ebbtide.config import ProtectConfig
from ebbtide.deployment.own import NOBODY, Own
from ebbtide.model.lines import ResourceLine
from ebbtide.model.marks import Protection
from ebbtide.verdict.marks import Marks
from ebbtide.verdict.protection import (
    ProtectableLine,
    Protected,
    protection_of,
    protections_of,
)


@dataclass(frozen=True, slots=True)
class ProtectionNow:
    """Everything that protects a resource; `unknown` says why there may be more."""

    reasons: tuple[Protected, ...]
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class AccountProtection:
    """What protects the resources of one account beside their tags."""

    protect: ProtectConfig
    by_jobs: Marks
    own: Own = NOBODY

    def all_of(self, line: ResourceLine) -> ProtectionNow:
        """Return everything that protects a resource."""
        found = protections_of(
            ProtectableLine.of(line), self.protect, self.by_jobs.protected, self.own
        )
        tags = "its tags could not be read, so it may be protected" if line["tags"] is None else ""
        return ProtectionNow(tuple(found), "; ".join(filter(None, (self.by_jobs.unknown, tags))))

    def of(self, line: ResourceLine) -> Protection:
        """Return whether a resource is protected, by the function that plans ask, too."""
        line_of = ProtectableLine.of(line)
        found = protection_of(line_of, self.protect, self.by_jobs.protected, self.own)
        if found is not None:
            return Protection(True, found.reason)
        if self.by_jobs.unknown:
            return Protection(None, self.by_jobs.unknown)
        if line["tags"] is None:
            return Protection(None, "its tags could not be read, so it may be protected")
        return Protection(False)
