"""Whoever only imports the language does not pay for its parser."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import ebbtide.language
print("lark" in sys.modules)
ebbtide.language.parse_search("is(volume)")
print("lark" in sys.modules)
"""


def test_the_parser_is_only_built_for_the_first_search() -> None:
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]
