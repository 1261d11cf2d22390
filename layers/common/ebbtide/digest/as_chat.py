"""A digest as a custom notification of Amazon Q Developer in chat applications; pure.

The schema is that of "Custom notifications" in its administrator guide.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ebbtide.digest.document import Document, Part

# Characters: a block of Slack has at most 3,000, and a card of Teams more.
_TITLE, _DESCRIPTION, _STEP = 250, 2_800, 600
_MARKS = re.compile(r"[\\`*~|\[\]]")


def as_chat(document: Document, run_id: str) -> str:
    """Return the message: the lead, a line for each list, and the commands as next steps."""
    lines = [*document.lead, *(_line(part) for part in document.parts if part.rows)]
    steps = [step for part in document.parts for one in part.commands if (step := _step(one))]
    content: dict[str, Any] = {
        "textType": "client-markdown",
        "title": _escaped(document.title)[:_TITLE],
        "description": _description(lines),
    }
    if steps:
        content["nextSteps"] = steps
    message = {
        "version": "1.0",
        "source": "custom",
        "content": content,
        "metadata": {"threadId": run_id, "summary": _escaped(document.title)[:_TITLE]},
    }
    return json.dumps(message)


def _line(part: Part) -> str:
    """Return a list as a line: its title, and all of a ranking."""
    if any(row.why for row in part.rows):
        return f"- {part.title}"
    listed = [f"{row.what} ({'; '.join(row.facts)})" for row in part.rows]
    return f"- {part.title}: {', '.join(listed)}"


def _description(lines: list[str]) -> str:
    text = ""
    for line in map(_escaped, lines):
        if len(text) + len(line) > _DESCRIPTION:
            return f"{text}\n...".strip()
        text = f"{text}\n{line}"
    return text.strip()


def _step(command: str) -> str:
    """Return a command as code; empty if a chat would not show it as it is."""
    if "`" in command or len(command) > _STEP:
        return ""
    return f"`{_without_markup(command)}`"


def _escaped(text: str) -> str:
    """Return a text that a chat shows as it is: without marks, mentions and links."""
    plain = _MARKS.sub(lambda found: "'" if found[0] == "`" else " ", text)
    return _without_markup(plain).replace("@", "@\u200b").replace("://", ":\u200b//")


def _without_markup(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
