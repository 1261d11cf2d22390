"""Look for words and constructions that the project's prose avoids (tools/wording.yaml)."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tools.yaml_files import read_yaml

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tools" / "wording.yaml"
PAGES = ("*.md", "docs/**/*.md", "bench/*.md", ".github/**/*.md", "examples/**/*.md")
CODE = ("layers/common/ebbtide", "cli", "functions", "local", "tools", "bench", "examples")
TEXTS = (
    "template.yaml",
    "member/*.yaml",
    "examples/**/*.yaml",
    "Makefile",
    "layers/common/Makefile",
)

# Generated pages are skipped: their texts come from the code, which is checked, or from AWS.
GENERATED = re.compile(r"<!-- Written by ")
CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)
# Names and short texts in quotes are not prose.
QUOTED = re.compile(r"`[^`\n]*`|\"[^\"\n]{0,40}\"(?=[,:)\]}])")


class Text(NamedTuple):
    """A piece of prose and the line on which it begins."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """A construction to avoid, its replacement, and phrases in which it is right."""

    pattern: re.Pattern[str]
    instead: str
    exceptions: tuple[str, ...]

    @classmethod
    def of(cls, entry: dict[str, Any]) -> Phrase:
        pattern = re.compile(rf"\b(?:{entry['avoid']})\b", re.IGNORECASE)
        return cls(pattern, entry["instead"], tuple(entry.get("except", ())))

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """Yield each match in a text, except those inside an exception."""
        allowed = [
            match.span()
            for exception in self.exceptions
            for match in re.finditer(re.escape(exception), text, re.IGNORECASE)
        ]
        for match in self.pattern.finditer(text):
            if not any(start <= match.start() and match.end() <= end for start, end in allowed):
                yield match


def prose_of(path: Path) -> Iterator[Text]:
    """Yield the prose of a file: a page, comments and strings of code, or lines of a template."""
    content = path.read_text()
    if path.suffix == ".md":
        if not GENERATED.search(content):
            yield Text(
                1, re.sub(r"```.*?```", lambda m: "\n" * m[0].count("\n"), content, flags=re.S)
            )
    elif path.suffix == ".py":
        yield from _texts_of_code(content)
    else:
        yield Text(1, content)


def _texts_of_code(content: str) -> Iterator[Text]:
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING, tokenize.FSTRING_MIDDLE):
            yield Text(token.start[0], token.string)


def openings_of(content: str) -> Iterator[Text]:
    """Yield the first word of the docstring of each function that is not a property."""
    for node in ast.walk(ast.parse(content)):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or _is_attribute(node):
            continue
        docstring = ast.get_docstring(node)
        if docstring:
            yield Text(node.body[0].lineno, docstring.split()[0].rstrip(",.:;"))


def _is_attribute(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a function is a property, a fixture or a test."""
    names = {ast.unparse(decorator).partition("(")[0] for decorator in node.decorator_list}
    return bool(names & {"property", "cached_property", "pytest.fixture"}) or node.name.startswith(
        "test_"
    )


def files() -> list[Path]:
    """Return the files to check, sorted."""
    found = [path for pattern in (*PAGES, *TEXTS) for path in ROOT.glob(pattern)]
    found += [path for folder in CODE for path in (ROOT / folder).rglob("*.py")]
    return sorted({path for path in found if not _is_ignored(path)})


def _is_ignored(path: Path) -> bool:
    return any(part.startswith(".venv") or part == ".aws-sam" for part in path.parts)


def complaints(paths: Iterable[Path], words: dict[str, Any]) -> Iterator[str]:
    """Yield one line per complaint: file, line, words, advice."""
    phrases = [Phrase.of(entry) for entry in words["phrases"]]
    openings = frozenset(words["openings"])
    for path in paths:
        name = path.relative_to(ROOT).as_posix()
        for piece in prose_of(path):
            text = QUOTED.sub(lambda match: " " * len(match[0]), piece.text)
            for phrase in phrases:
                for match in phrase.find(text):
                    line = piece.line + text.count("\n", 0, match.start())
                    yield f"{name}:{line}: {match[0]!r}; better: {phrase.instead}"
        if path.suffix == ".py":
            for opening in openings_of(path.read_text()):
                if opening.text in openings:
                    yield (
                        f"{name}:{opening.line}: the docstring begins with {opening.text!r}; "
                        "say what the function does: Return, Yield, Read, Write, Check ..."
                    )


def main(arguments: list[str]) -> int:
    """Print the complaints about the given files, or about all files; return 1 if there are any."""
    words = read_yaml(LIST)
    chosen = [Path(argument).resolve() for argument in arguments] or files()
    found = list(complaints(chosen, words))
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
