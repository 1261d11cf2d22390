"""Reads the definition of the dashboard from the template, with names in place of references."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

# What stands in place of the namespace and the region of a stack.
NAMESPACE, REGION = "Ebbtide/ebbtide", "us-east-1"
_GIVEN = {"AWS::Region": REGION}


def body_of(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of the dashboard; other references are replaced by what they name.

    Raises json.JSONDecodeError if it is not JSON.
    """
    text, variables = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    values = {**_GIVEN, **{name: _value(value) for name, value in variables.items()}}
    body: dict[str, Any] = json.loads(_substituted(text, values))
    return body


def _value(value: Mapping[str, Any]) -> str:
    """Return the first way of a condition, which is what a scheduled stack with defaults has."""
    given = value["Fn::If"][1]["Fn::Sub"]
    return _substituted(given, {**_GIVEN, "AWS::StackName": "ebbtide"})


def _substituted(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{([\w:.]+)\}", lambda match: values.get(match[1], match[1]), text)
