"""The built-in rules: what each selects for cleanup, why, and on which evidence."""

from ebbtide.rules.finding import Finding, Situation
from ebbtide.rules.run import run_rules

__all__ = ["Finding", "Situation", "run_rules"]
