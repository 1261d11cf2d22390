"""The classes in which kinds are declared explain themselves where they are read: at each field."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ebbtide.model import call, deletion, kind

VOCABULARY = (call, deletion, kind)

# The name says it all, or the class does.
PLAIN = {"Detail.call", "Prepare.call", "Delete.call", "Kind.relations"}


def uncommented(source: str) -> Iterator[str]:
    """Fields of classes without a comment beside or above them."""
    lines = source.splitlines()
    for node in ast.parse(source).body:
        for field in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(field, ast.AnnAssign):
                beside, above = lines[field.lineno - 1], lines[field.lineno - 2]
                if "  # " not in beside and not above.lstrip().startswith("# "):
                    yield f"{node.name}.{ast.unparse(field.target)}"


def test_every_field_of_the_vocabulary_has_a_comment() -> None:
    sources = [Path(module.__file__).read_text() for module in VOCABULARY]
    assert {name for source in sources for name in uncommented(source)} == PLAIN


def test_a_field_without_a_comment_is_noticed() -> None:
    source = "class A:\n    # why\n    a: int\n    b: int\n    c: int  # why\n"
    assert list(uncommented(source)) == ["A.b"]
