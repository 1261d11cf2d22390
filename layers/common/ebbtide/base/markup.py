"""HTML out of elements: whatever was not made by `element` is escaped."""

from __future__ import annotations

from html import escape

_EMPTY = frozenset({"br", "input", "meta"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(name: str, /, *content: str, **attributes: str) -> Html:
    """Return an element with escaped content and attributes, such as `element("p", "text")`."""
    given = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    if name in _EMPTY:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{''.join(map(_escaped, content))}</{name}>")


def _escaped(content: str) -> str:
    return content if isinstance(content, Html) else escape(content)
