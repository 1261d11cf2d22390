"""Where AWS says what a declaration claims: the sources of kinds as links."""

from __future__ import annotations

from ebbtide_cli.shapes import service

OURS = "ours"
# AWS leads from here to the page of an operation or type; botocore's own documentation links to it.
_REFERENCE = "https://docs.aws.amazon.com/goto/WebAPI"


def url_of(source: str) -> str | None:
    """Return the page of a source such as `ec2:DeleteVpc`, `ec2:Vpc` or a URL; None for `ours`.

    Raises ValueError where the service has no such operation or type.
    """
    if source == OURS:
        return None
    if source.startswith("https://"):
        return source
    name, _, member = source.partition(":")
    model = service(name)
    if member not in model.operation_names and member not in model.shape_names:
        raise ValueError(f"{name} has neither an operation nor a type {member!r}")
    return f"{_REFERENCE}/{model.metadata['uid']}/{member}"


def linked(source: str) -> str:
    """Return a source as a link in Markdown, in parentheses and after a space; "" without one."""
    url = url_of(source) if source else None
    if url is None:
        return " (a decision of Ebbtide)" if source else ""
    title = "AWS" if url == source else source
    return f" ([{title}]({url}))"
