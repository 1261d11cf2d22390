"""A reader for CloudFormation templates, whose short tags such as !Ref are not plain YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tools.yaml_files import LOADER

REPOSITORY = Path(__file__).resolve().parent.parent
TEMPLATE = REPOSITORY / "template.yaml"


class _Loader(LOADER):  # type: ignore[misc]
    """A safe loader that turns !Ref x into {"Ref": x}, and any other !Tag x into {"Fn::Tag": x}."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        # !GetAtt A.B is the short form of Fn::GetAtt: [A, B].
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_tag)


def read_template(path: Path = TEMPLATE) -> dict[str, Any]:
    """Return a template with every short tag in its long form."""
    loaded: dict[str, Any] = yaml.load(path.read_text(), Loader=_Loader)
    return loaded
