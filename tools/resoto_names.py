"""Write the names that Resoto gives to fields of AWS's answers, as aliases for searches.

    python -m tools.resoto_names CHECKOUT

CHECKOUT is a work tree of https://github.com/someengineering/fixinventory, which continues Resoto.
Its classes of AWS resources say from which member of AWS's answer each field comes. An alias is
written only if Ebbtide stores the same member under another name; fields whose value Ebbtide does
not read are written as unread. Nothing but the names is taken over.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ebbtide.base.forms import snake
from ebbtide.kinds import registry
from ebbtide.language.fields import known_fields
from ebbtide_cli.shapes import UnknownNameError, entry, is_list, listed, member, names_of

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "layers" / "common" / "ebbtide" / "language" / "aliases.json"
_SOURCES = "plugins/aws/fix_plugin_aws/resource"
# Steps that leave a value as it is, or change only its form.
_KEEPING = {"AsBool", "AsInt", "EmptyToNone", "Sort", "Sorted", "StripNones"}
# What every resource has under the same name, and what Resoto computes for itself.
_OWN = {"arn", "atime", "ctime", "id", "mtime", "name", "safe_name", "tags"}

# What Resoto reads with a call of its own -> where Ebbtide stores that call's answer, and Resoto's
# class of it, if it names the members.
_ELSEWHERE: Mapping[str, Mapping[str, tuple[tuple[str, ...], str]]] = {
    "aws_alb_target_group": {"alb_target_health": (("TargetHealth",), "")},
    "aws_cloud_trail": {
        "trail_event_selectors": (("EventSelectors",), "AwsCloudTrailEventSelectors")
    },
    "aws_s3_bucket": {
        "bucket_encryption_rules": (("Encryption", "Rules"), "AwsS3ServerSideEncryptionRule"),
        "bucket_logging": (("LoggingEnabled",), "AwsS3Logging"),
    },
}

type Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field comes from: members of AWS's answer, and the fields of what stands there."""

    path: tuple[str, ...]
    below: Mapping[str, Source] | None = None


@dataclass(slots=True)
class Declared:
    """A class of Resoto: its kind, the classes it extends, its fields and where they come from."""

    kind: str = ""
    bases: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    mapping: ast.expr | None = None


def classes_in(files: Iterable[Path]) -> dict[str, Declared]:
    found = {}
    for file in files:
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = _declared(node)
    return found


def _declared(node: ast.ClassDef) -> Declared:
    found = Declared(bases=[base.id for base in node.bases if isinstance(base, ast.Name)])
    for line in node.body:
        if not isinstance(line, ast.AnnAssign) or not isinstance(line.target, ast.Name):
            continue
        name = line.target.id
        if name == "kind" and isinstance(line.value, ast.Constant):
            found.kind = str(line.value.value)
        elif name == "mapping":
            found.mapping = line.value
        elif "ClassVar" not in ast.unparse(line.annotation) and not name.startswith("_"):
            found.fields.append(name)
    return found


class Names:
    """The fields of Resoto's classes."""

    def __init__(self, classes: Mapping[str, Declared]) -> None:
        self.classes = classes

    def fields(self, name: str) -> list[str]:
        """Return the fields of a class and of those that it extends."""
        one = self.classes.get(name, Declared())
        above = [each for base in one.bases for each in self.fields(base)]
        return list(dict.fromkeys([*above, *one.fields]))

    def sources(self, name: str) -> dict[str, Source]:
        return self._of_mapping(self.classes.get(name, Declared()).mapping, (name,))

    def _of_mapping(self, node: ast.expr | None, within: tuple[str, ...]) -> dict[str, Source]:
        if isinstance(node, ast.BinOp):
            return self._of_mapping(node.left, within) | self._of_mapping(node.right, within)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return self._below(node.value.id, within) or {}
        if not isinstance(node, ast.Dict):
            return {}
        found: dict[str, Source] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                found |= self._of_mapping(value, within)
            elif isinstance(key, ast.Constant) and (source := self._source(value, within)):
                found[str(key.value)] = source
        return found

    def _below(self, name: str, within: tuple[str, ...]) -> dict[str, Source] | None:
        if name in within or name not in self.classes:
            return None
        return self._of_mapping(self.classes[name].mapping, (*within, name))

    def _source(self, node: ast.expr, within: tuple[str, ...]) -> Source | None:
        """Return where a value comes from; None if it is computed."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift):
            source = self._source(node.left, within)
            return source and self._passed(source, node.right, within)
        if isinstance(node, ast.Call) and _name(node.func) == "S":
            path = [one.value for one in node.args if isinstance(one, ast.Constant)]
            return Source(tuple(map(str, path))) if len(path) == len(node.args) else None
        return None

    def _passed(self, source: Source, node: ast.expr, within: tuple[str, ...]) -> Source | None:
        if not isinstance(node, ast.Call):
            return None
        name = _name(node.func)
        if name in _KEEPING:
            return source
        if name in ("Bend", "ForallBend") and isinstance(node.args[0], ast.Attribute):
            of = node.args[0].value
            below = self._below(of.id, within) if isinstance(of, ast.Name) else None
            return Source(source.path, below)
        return None


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def aliases_of(names: Names, class_name: str, kind: str) -> Tree:
    """Return the aliases of a kind and its unread fields; none are unread if all are unknown."""
    known = known_fields(kind)
    form = listed(registry()[kind])
    aliases: Tree = {}
    unread: list[str] = []
    sources = names.sources(class_name)
    for name, (path, below) in _ELSEWHERE.get(kind, {}).items():
        sources[name] = Source(path, names.sources(below) if below else None)
    wanted = dict.fromkeys([*names.fields(class_name), *sources])
    for name in sorted(wanted.keys() - _OWN):
        source = sources.get(name)
        found = _entry(name, source, form, known) if source else None
        if found is not None:
            aliases |= found
        elif known is not None and name not in known:
            unread.append(name)
    return {"aliases": aliases, "unread": unread}


def _entry(name: str, source: Source, form: Any, known: Collection[str] | None) -> Tree | None:
    """Return {name: where it is stored and what is below}; None if it is not stored.

    The tree has no entry for what has the same name.
    """
    try:
        below = _at(source.path, form)
    except UnknownNameError:
        return None
    target = ".".join(map(snake, source.path))
    if known is not None and source.path and snake(source.path[0]) not in known:
        return None
    own = name in known if known is not None else snake(source.path[0]) == name
    if own and target != name:
        # AWS's answer has a member of this name, which comes first.
        return {}
    inner = dict(_inner(source.below or {}, below))
    if not inner:
        return {} if target == name else {name: target}
    return {name: inner if target == name else {"": target, **inner}}


def _inner(sources: Mapping[str, Source], form: Any) -> Iterator[tuple[str, Any]]:
    form = entry(form) if is_list(form) else form
    known = {snake(name) for name in names_of(form) or ()}
    for name, source in sorted(sources.items()):
        found = _entry(name, source, form, known)
        yield from (found or {}).items()


def _at(path: Iterable[str], form: Any) -> Any:
    for name in path:
        form = member(form, name)
    return form


def text_of(names: Names) -> str:
    """Return the JSON text of the file, with one line per kind, sorted by name."""
    found = {}
    for name, one in names.classes.items():
        if one.kind in registry() and one.mapping is not None:
            if not registry()[one.kind].list:
                continue
            table = aliases_of(names, name, one.kind)
            if any(table.values()):
                found[one.kind] = table
    lines = (f"  {json.dumps(kind)}: {json.dumps(table)}" for kind, table in sorted(found.items()))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(arguments: list[str]) -> int:
    (checkout,) = map(Path, arguments)
    # The classes of base kinds are elsewhere: their fields belong to other clouds as well.
    TARGET.write_text(text_of(Names(classes_in(sorted((checkout / _SOURCES).glob("*.py"))))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
