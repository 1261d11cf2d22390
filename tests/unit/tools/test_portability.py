"""Makefiles and shell scripts use only options that POSIX, the BSDs and macOS know, too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.template import REPOSITORY

SCRIPTS = [
    REPOSITORY / "Makefile",
    REPOSITORY / "layers" / "common" / "Makefile",
    REPOSITORY / ".ci" / "run",
    *sorted((REPOSITORY / "tools").rglob("*.sh")),
]


@dataclass(frozen=True)
class GnuOnly:
    """An option of the GNU tools: a pattern, a line that it finds, and what to write instead."""

    pattern: str
    example: str
    instead: str


OPTIONS = (
    GnuOnly(r"\btouch\b.*\s(-d|--date)\b", 'touch -d "1980-01-01 00:00:00 UTC" x', "touch -t"),
    GnuOnly(r"\bsed\b.*\s(-i|--in-place|-r|-z)", "sed -i s/a/b/ x", "sed ... x >y, sed -E"),
    GnuOnly(r"\breadlink\s+-[efm]", "readlink -f x", "cd and pwd -P"),
    GnuOnly(r"\brealpath\b", "realpath x", "cd and pwd -P"),
    GnuOnly(r"(^|[;&|(@])\s*cp\s+(-\w*[abdstuxlTZ]|--)", "cp --archive a b", "cp -R, cp -Rp"),
    GnuOnly(r"\bmv\s+(-\w*[bntuT]|--)", "mv -t b a", "mv a b"),
    GnuOnly(r"\bln\s+(-\w*[rtT]|--)", "ln -sr a b", "ln -s"),
    GnuOnly(r"\brm\s+--", "rm --recursive x", "rm -r"),
    GnuOnly(r"\bmkdir\s+(-\w*v|--)", "mkdir --parents x", "mkdir -p"),
    GnuOnly(
        r"\bfind\b.*\s-(printf|fprintf|ls|delete|quit|regextype|executable|mindepth|maxdepth|print0"
        r"|empty|newermt|readable|writable|iname)\b",
        "find . -name x -delete",
        "find ... -exec rm {} +",
    ),
    GnuOnly(r"\bfind\s+-", "find -name x", "find . -name x"),
    GnuOnly(r"\bxargs\b.*\s(-[0draP]\b|--)", "xargs -r rm", "find ... -exec ... {} +"),
    GnuOnly(r"\bgrep\b.*\s(-\w*[PoazhHrm]|--)", "grep -Po x y", "grep -E, sed, awk"),
    GnuOnly(r"\bsort\b.*\s(-\w*[VRhz]|--)", "sort -V x", "sort with keys"),
    GnuOnly(r"\bdate\b.*\s(-[dIrs]\b|--|\+\S*%[Ns])", "date -d yesterday", "Python"),
    GnuOnly(r"\bstat\b", "stat -c %s x", "wc -c, ls, Python"),
    GnuOnly(r"\bmktemp\b", "mktemp -d", "a folder below .local/tmp"),
    GnuOnly(
        r"\b(tac|nproc|timeout|seq|tree|shuf|numfmt|sha\d+sum|md5sum|base64)\b", "nproc", "Python"
    ),
    GnuOnly(r"\b(head|tail)\s+(-\w*[cqz]|-n\s*-|--)", "head -c 3 x", "dd, sed"),
    GnuOnly(r"\bcut\b.*\s--", "cut --complement x", "cut -f"),
    GnuOnly(r"\becho\s+-[neE]", "echo -e x", "printf"),
    GnuOnly(r"\btar\b", "tar --transform x", "Python"),
    GnuOnly(r"\b(du|df|ls)\b.*\s--", "du --apparent-size x", "without long options"),
    GnuOnly(r"\b(awk)\b.*\b(gensub|strftime|systime|asort)\(", "awk '{gensub(a)}'", "Python"),
    GnuOnly(r"\bwc\s+(-\w*L|--)", "wc -L x", "awk"),
    GnuOnly(r"\bcommand\b.*\bwhich\b|^\s*which\b", "which x", "command -v"),
)


def commands(script: Path) -> Iterator[tuple[int, str]]:
    """The lines of a script with their numbers, without comments."""
    for number, line in enumerate(script.read_text().splitlines(), 1):
        code = re.sub(r"(^|\s)@?#.*", "", line)
        if code.strip():
            yield number, code


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_script_uses_no_option_of_the_gnu_tools_only(script: Path) -> None:
    assert [
        f"{script.name}:{number}: {code.strip()}; instead: {option.instead}"
        for number, code in commands(script)
        for option in OPTIONS
        if re.search(option.pattern, code)
    ] == []


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.example)
def test_option_of_the_gnu_tools_would_be_found(option: GnuOnly, tmp_path: Path) -> None:
    script = tmp_path / "script.sh"
    script.write_text(f"# a comment about it: {option.example}\n\t{option.example}  # and why\n")
    found = [number for number, code in commands(script) if re.search(option.pattern, code)]
    assert found == [2]


def test_all_scripts_of_the_repository_are_looked_at() -> None:
    """Every file below version control that a shell or make reads, wherever it lies."""
    folders = ("bench", "cli", "examples", "functions", "layers", "local", "member", "tools", ".ci")
    files = [path for name in folders for path in (REPOSITORY / name).rglob("*") if path.is_file()]
    scripts = {
        path
        for path in files
        if path.name == "Makefile" or path.suffix in (".sh", ".mk") or starts_a_shell(path)
    }
    assert scripts <= set(SCRIPTS)


def starts_a_shell(path: Path) -> bool:
    first = path.read_bytes()[:40].partition(b"\n")[0]
    return bool(re.match(rb"#!.*\b(ba|da|z)?sh\b", first))
