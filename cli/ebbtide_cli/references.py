"""Links to the AWS pages that the declarations of kinds cite as sources."""

from __future__ import annotations

from ebbtide_cli.shapes import service

OURS = "ours"
# AWS redirects from here to the page of an operation or type, as botocore's documentation does.
_REFERENCE = "https://docs.aws.amazon.com/goto/WebAPI"


def url_of(source: str) -> str | None:
    """Return the page of a source such as `ec2:DeleteVpc`, `ec2:Vpc` or a URL; None for `ours`.

    Raises ValueError if the service has no such operation or type.
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
    """Return a source as a Markdown link in parentheses after a space; "" for no source."""
    url = url_of(source) if source else None
    if url is None:
        return " (a decision of Ebbtide)" if source else ""
    title = "AWS" if url == source else source
    return f" ([{title}]({url}))"
