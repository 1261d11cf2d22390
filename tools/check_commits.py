"""Check the messages of the commits in a range, as CONTRIBUTING.md asks for them.

    python -m tools.check_commits origin/main..HEAD

Merges are not looked at. Continuous integration calls it for pull requests.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

MAX_SUBJECT = 60
# Lines that name people or refer to something; they are not a body.
TRAILER = re.compile(r"^[A-Z][A-Za-z]*(-[A-Za-z]+)+: ")
UNFINISHED = re.compile(r"^(fixup|squash|amend)! |^WIP\b", re.IGNORECASE)


class Message(NamedTuple):
    """The message of one commit; `commit` is its abbreviated hash."""

    commit: str
    subject: str
    body: str


def messages(commits: str) -> list[Message]:
    """Return the messages of a range such as `origin/main..HEAD`, the oldest first.

    Raises CalledProcessError if git does not know the range.
    """
    command = ["git", "log", "--no-merges", "--reverse", "-z", "--format=%h%n%s%n%b", commits, "--"]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [Message(*entry.split("\n", 2)) for entry in found.split("\0") if entry]


def faults(message: Message) -> Iterator[str]:
    """Yield what is wrong with a message and what to do."""
    subject = message.subject
    if UNFINISHED.match(subject):
        yield "the commit is unfinished: squash it, or give it a subject of its own"
        return
    if len(subject) > MAX_SUBJECT:
        yield f"the subject has {len(subject)} characters: shorten it to {MAX_SUBJECT}"
    if not subject[:1].isupper():
        yield "the subject does not begin with a capital letter"
    if subject.endswith("."):
        yield "the subject ends with a period: leave it out"
    lines = message.body.splitlines()
    if not any(line.strip() and not TRAILER.match(line) for line in lines):
        yield "the body is missing: say why, and what was measured or run"


def main(arguments: list[str]) -> int:
    """Print the faults of all commits in the given range; return 1 if there are any."""
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    found = [(message, fault) for message in messages(arguments[0]) for fault in faults(message)]
    for message, fault in found:
        sys.stderr.write(f"{message.commit} {message.subject!r}: {fault}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
