"""Commit messages that the check accepts, and what it says of others."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.check_commits import Message, faults, main, messages

WHY = "Say why.\n"


@pytest.mark.parametrize(
    ("subject", "body", "expected"),
    [
        ("Read volumes once", WHY, ""),
        ("R" * 60, WHY, ""),
        ("Read volumes once", "Why.\n\nSigned-off-by: Ann <ann@example.com>\n", ""),
        ("R" * 61, WHY, "has 61 characters"),
        ("read volumes once", WHY, "capital letter"),
        ("Read volumes once.", WHY, "period"),
        ("Read volumes once", "", "body is missing"),
        ("Read volumes once", "\n \n", "body is missing"),
        ("Read volumes once", "Signed-off-by: Ann <ann@example.com>\n", "body is missing"),
        ("fixup! Read volumes once", WHY, "unfinished"),
        ("wip", WHY, "unfinished"),
    ],
)
def test_message_is_accepted_or_named_with_its_fault(
    subject: str, body: str, expected: str
) -> None:
    found = list(faults(Message("0123abc", subject, body)))
    assert len(found) == bool(expected)
    assert all(expected in fault for fault in found)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet", "--initial-branch=main")
    commit("First", WHY)


def git(*arguments: str) -> None:
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], check=True)


def commit(subject: str, body: str = "") -> None:
    message = f"{subject}\n\n{body}"
    git("commit", "--quiet", "--no-verify", "--allow-empty", f"--message={message}")


@pytest.mark.usefixtures("repository")
def test_only_the_commits_of_the_range_are_checked_and_no_merges(
    capsys: pytest.CaptureFixture[str],
) -> None:
    commit("no body")
    git("switch", "--quiet", "--create", "side")
    commit("Add this", "One line.\n\nAnother paragraph.\n")
    git("switch", "--quiet", "main")
    commit("Add that", WHY)
    git("merge", "--quiet", "--no-ff", "--message=merge", "side")
    assert {one.subject for one in messages("main~2..main")} == {"Add this", "Add that"}
    assert main(["main~2..main"]) == 0
    assert main(["main"]) == 1
    shown = capsys.readouterr().err.splitlines()
    assert len(shown) == 2 and all("'no body'" in line for line in shown)


@pytest.mark.usefixtures("repository")
def test_an_unknown_range_is_an_error() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        main(["nowhere..main"])
    assert main([]) == 2
