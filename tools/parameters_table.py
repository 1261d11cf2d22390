"""Write docs/parameters.md from the parameters of both templates; --check only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from tools.generated import write_or_check
from tools.template import REPOSITORY, read_template

TARGET = REPOSITORY / "docs" / "parameters.md"
TEMPLATES = (
    ("Application", "template.yaml"),
    ("Roles in each account", "member/template.yaml"),
)


def text_of() -> str:
    """Return the whole page, with a section per template."""
    return "\n".join(["# Parameters", "", *(line for one in TEMPLATES for line in section(*one))])


def section(title: str, path: str) -> Iterator[str]:
    template = read_template(REPOSITORY / path)
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    yield f"## {title} (`{path}`)"
    yield ""
    for group in groups:
        yield f"### {group['Label']['default']}"
        yield ""
        yield "| parameter | default | values | meaning |"
        yield "| --- | --- | --- | --- |"
        for name in group["Parameters"]:
            yield row(name, template["Parameters"][name])
        yield ""
    yield "### Outputs"
    yield ""
    yield "| output | meaning |"
    yield "| --- | --- |"
    for name, output in template["Outputs"].items():
        yield f"| `{name}` | {output['Description']} |"
    yield ""


def row(name: str, parameter: Mapping[str, Any]) -> str:
    default = parameter.get("Default")
    shown = "required" if default is None else f"`{default}`" if default != "" else "empty"
    return f"| `{name}` | {shown} | {values(parameter)} | {parameter['Description']} |"


def values(parameter: Mapping[str, Any]) -> str:
    if allowed := parameter.get("AllowedValues"):
        return ", ".join(f"`{value}`" for value in allowed)
    low, high = parameter.get("MinValue"), parameter.get("MaxValue")
    if low is not None:
        return f"{low} to {high}" if high is not None else f"at least {low}"
    return "list" if parameter["Type"] == "CommaDelimitedList" else "text"


def main(arguments: list[str]) -> int:
    text = text_of().rstrip("\n") + "\n"
    return write_or_check(__doc__, {TARGET: text}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
