"""The built-in rules: what each selects for cleanup, why, and on which evidence."""

from ebbtide.rules.run import run_rules
from ebbtide.rules.situation import Situation

__all__ = ["Situation", "run_rules"]
