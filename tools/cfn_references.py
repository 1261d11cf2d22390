"""Write what CloudFormation's resource types refer to, for the types whose kinds are declared.

The facts are the relationshipRefs in the database of the npm package @aws-cdk/aws-service-spec,
which is licensed under Apache-2.0. Get it with `npm pack @aws-cdk/aws-service-spec@VERSION`, and
pass the archive as --package. The output is tests/data/relations/cfn_references.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.generated import write_or_check

DATA = Path(__file__).parents[1] / "tests" / "data" / "relations"
TARGET = DATA / "cfn_references.json"
KINDS = DATA / "kind_map.json"
ABOUT = (
    "References between CloudFormation resource types of declared kinds: the type and the path of"
    " the property, and the type and the property that it names. Written by"
    " tools/cfn_references.py."
)

type Entity = Mapping[str, Any]


@dataclass(frozen=True, order=True, slots=True)
class TypeReference:
    """A property of a resource type that names a property of another."""

    source: str
    path: str
    target: str
    named: str

    def to_row(self) -> list[str]:
        return [self.source, self.path, self.target, self.named]


def read_package(archive: Path) -> tuple[Entity, Entity]:
    """Return the manifest and the database of the package's archive."""
    with tarfile.open(archive) as package:
        manifest, database = (
            package.extractfile(f"package/{name}") for name in ("package.json", "db.json.gz")
        )
        if manifest is None or database is None:
            raise ValueError(f"{archive} lacks package.json or db.json.gz")
        return json.load(manifest), json.loads(gzip.decompress(database.read()))


def references(database: Entity) -> Iterator[TypeReference]:
    """Yield every reference of every resource type, nested properties included."""
    schema = database["schema"]
    definitions = {one["$id"]: one for one in schema["typeDefinition"]["entities"]}
    for resource in schema["resource"]["entities"]:
        source = resource["cloudFormationType"]
        for path, prop in _properties(resource, definitions, "", frozenset()):
            for found in prop.get("relationshipRefs", ()):
                target, named = found["cloudFormationType"], found["propertyName"]
                yield TypeReference(source, path, target, named)


def _properties(
    entity: Entity, definitions: Mapping[str, Entity], prefix: str, above: frozenset[str]
) -> Iterator[tuple[str, Entity]]:
    for name, prop in entity.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield path, prop
        for inner in _used_types(prop["type"]):
            # A type may contain itself: a statement of a web ACL.
            if inner not in above:
                yield from _properties(definitions[inner], definitions, f"{path}.", above | {inner})


def _used_types(shape: Any) -> Iterator[str]:
    """Yield the ids of the types in the type of a property: of a list, a map or a union."""
    if isinstance(shape, list):
        for one in shape:
            yield from _used_types(one)
    elif isinstance(shape, dict):
        if shape.get("type") == "ref":
            yield shape["reference"]["$ref"]
        for name in ("element", "types"):
            yield from _used_types(shape.get(name))


def types_of_kinds() -> set[str]:
    """Return the resource types, and their parts, that tests/data/relations/kind_map.json maps."""
    kinds = json.loads(KINDS.read_text())["kinds"].values()
    return {name for one in kinds for part in ("cfn", "cfn_part") for name in one.get(part, ())}


def document(manifest: Entity, database: Entity) -> str:
    """Return the text of the file: one reference a line."""
    known = types_of_kinds()
    found = {one for one in references(database) if {one.source, one.target} <= known}
    rows = ",\n  ".join(json.dumps(one.to_row()) for one in sorted(found))
    head = {
        "about": ABOUT,
        "package": manifest["name"],
        "version": manifest["version"],
        "licence": manifest["license"],
        "fields": ["type", "path", "type that it names", "property that it names"],
    }
    members = ",\n ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in head.items())
    return f'{{\n {members},\n "references": [\n  {rows}\n ]\n}}\n'


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--package", type=Path, required=True)
    options, others = parser.parse_known_args(arguments)
    return write_or_check(__doc__, {TARGET: document(*read_package(options.package))}, others)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
