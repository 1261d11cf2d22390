"""Write the values of a configuration with their origins."""

from __future__ import annotations

import json
import sys

from ebbtide_cli.config_files import Text
from ebbtide_cli.effective import leaves, yaml_lines
from ebbtide_cli.formats.documents import escaped
from ebbtide_cli.output import inform


def write_values(text: Text, format: str, *, defaults: bool) -> None:
    """Write a configuration as YAML with comments, or as JSON with the lines of its values.

    Raises ConfigError if it is not valid.
    """
    effective = text.effective()
    if format == "json":
        tree = effective.tree(defaults=defaults)
        places = [place for place, _ in leaves(tree) if place]
        found = {
            "file": text.name,
            "config": tree,
            # null: a default.
            "lines": {".".join(place): effective.line(place) for place in places},
        }
        sys.stdout.write(escaped(f"{json.dumps(found, indent=2, ensure_ascii=False)}\n"))
    else:
        for line in yaml_lines(effective, defaults=defaults):
            sys.stdout.write(escaped(f"{line}\n"))
    if text.content.strip():
        inform(f"From {text.name}.")
    else:
        inform(f"{text.name} is missing or empty: all values are defaults.")
