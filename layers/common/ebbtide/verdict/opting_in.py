"""Kinds that are deleted only by those who name them, in the configuration and in a job."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ebbtide.config import Config
from ebbtide.kinds import registry
from ebbtide.verdict.marks import RULE_PREFIX


def lacks_consent(kind: str, rules: Iterable[str], config: Config) -> str:
    """Return why a kind that needs consent is not deleted; "" if nothing speaks against it.

    `rules` are those that select a resource of the kind. Rules that select whatever has a tag, or
    lacks one, did not mean it; a job whose search names the kind did.
    """
    why = registry()[kind].opt_in
    if not why:
        return ""
    if kind not in config.cleanup.allow_kinds:
        return f"{kind} is deleted only if cleanup.allow_kinds lists it: {why}"
    jobs = {f"{RULE_PREFIX}{job.name}": job.search for job in config.jobs}
    word = re.compile(rf"\b{re.escape(kind)}\b")
    if not any(word.search(jobs.get(rule, "")) for rule in rules):
        return f"{kind} is deleted only by a job whose search names it: {why}"
    return ""
