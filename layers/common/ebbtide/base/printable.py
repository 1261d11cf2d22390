"""Names that others chose, made harmless for terminals, mails and chats."""

from __future__ import annotations

import re

# Control characters, and those that change the direction of text (Unicode Standard Annex 9, table
# 1), which would show it as another one.
CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


def plain(text: str, most: int) -> str:
    """Return a text on one line, without control characters and half characters, and cut.

    `most` is the number of characters that are left of a longer one.
    """
    whole = text.encode(errors="replace").decode()
    line = " ".join(CONTROL.sub(" ", whole).split())
    return line if len(line) <= most else f"{line[: most - 3]}..."
