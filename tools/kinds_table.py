"""Write the pages of all kinds and their number in the README; --check only compares.

docs/kinds.md is the index; docs/kinds/ has a page for each module that declares kinds.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from ebbtide import kinds as declarations
from ebbtide.config.scope import is_skippable
from ebbtide.kinds import declared_in, dependent_kinds, needing_kinds, parts_of, registry
from ebbtide.model.call import Detail
from ebbtide.model.deletion import Delete, Prepare
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide_cli.properties import Property, promised_fields_of, properties_of, shown
from ebbtide_cli.references import linked
from ebbtide_cli.vocabulary import service_of
from tools.ending_tests import where_tested
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "kinds.md"
README = ROOT / "README.md"
# The folder of the declarations, relative to the repository.
FOLDER = Path(str(declarations.__file__)).resolve().parent.relative_to(ROOT)
NUMBER = re.compile(r"(?<=<!-- BEGIN GENERATED kinds -->).*?(?=<!-- END GENERATED kinds -->)", re.S)
GENERATED = "<!-- Written by tools/kinds_table.py from the declarations; `make docs` renews it. -->"
INTRODUCTION = f"""\
# Kinds of resources

{GENERATED}

Every kind is one declaration in `{FOLDER}`. If the configuration names `volume`, it means every
kind with the base kind `volume`. Ebbtide stores the complete answer of AWS as properties in
snake_case. Promised fields are additional properties that all kinds of a base kind share.

Each name in the table links to a page that describes how Ebbtide reads, relates and deletes the
kind, with AWS's description of each property. `ebbtide kinds aws_ec2_volume` prints the same. On
these pages:

- **Read by** lists the calls by their boto3 names: the call that lists, then the calls that
  complete one item or several items at once.
- **Edges** are the relations that the kind declares, *to* another kind or *from* it. A relation
  either sets an order, and the line says which of the two must be deleted first; or one *needs* the
  other: AWS would delete the other, so Ebbtide keeps it as long as its user stays; or it keeps
  nothing. Then the line says what it is: the kind was *made from* the other, *watches* it, or is
  *history*. The reason follows the colon.
- **Needed by** lists the kinds that need this one.
- **Opt-in** kinds are deleted only if `cleanup.allow_kinds` lists them, and only by a job whose
  search names them.
- **Part of**: goes with a resource of that kind if the rule or job that selects it asks for parts
  ([list](#parts)); with data of its own, only if the kind is named.
- **Guardrail**: deleted only if `cleanup.allow_guardrails` names it
  ([safety.md](safety.md#2-two-roles-two-keys)).
- **Last use** is read only if `collect.last_use.kinds` or a rule requires it.
- **Optional** kinds are read only if `collect.kinds.also` or `include` names them.
- **Also in regions that look empty**: read in every region in every run
  ([operations.md](operations.md#regions-that-look-empty)).
- A link in parentheses leads to the AWS source for the statement.

The endings of every kind that can be deleted are tested on a *script*: recorded answers and the
errors of AWS's service models, which botocore checks. Some kinds are also deleted in the *mocked
cloud* (moto) or in the *emulated cloud* of `make demo`.

The descriptions of properties are AWS's own, from the service models of botocore (Apache License
2.0), shortened to one sentence.
"""


def pages(kinds: list[Kind]) -> dict[Path, str]:
    """Return the text of the index and of the page of each module, by path."""
    found = {TARGET: ended([INTRODUCTION, *overview(kinds), *parts(kinds)])}
    modules = declared_in()
    for module in sorted({modules[kind.name] for kind in kinds}):
        inside = [kind for kind in kinds if modules[kind.name] == module]
        found[page_of(module)] = ended(page(module, inside))
    return found


def page_of(module: str) -> Path:
    return TARGET.with_suffix("") / f"{module}.md"


def ended(lines: list[str] | Iterator[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


def page(module: str, kinds: list[Kind]) -> Iterator[str]:
    """Yield the page of one module: its docstring's first line as title, and a section per kind."""
    title = (import_module(f"{declarations.__name__}.{module}").__doc__ or module).partition("\n")[
        0
    ]
    yield f"# {title.rstrip('.')}\n"
    yield f"{GENERATED}\n"
    yield f"Declared in `{FOLDER / module}.py`. [All kinds](../kinds.md)\n"
    for kind in kinds:
        yield from section(kind)


def overview(kinds: list[Kind]) -> Iterator[str]:
    """Yield the number of kinds and a table of all kinds."""
    yield f"## All {len(kinds)} kinds\n"
    optional = sum(bool(kind.optional) for kind in kinds)
    deletable = sum(kind.delete is not None for kind in kinds)
    yield f"{optional} of them are optional, and {deletable} can be deleted.\n"
    yield "| kind | base kinds | service | scope | deleted by | endings tested on | module |"
    yield "|---|---|---|---|---|---|---|"
    for kind in kinds:
        delete = f"`{kind.delete.call.operation}`" if kind.delete else "never"
        delete += ", opt-in" if kind.opt_in else ""
        module = declared_in()[kind.name]
        link = f"[`{kind.name}`](kinds/{module}.md#{kind.name})"
        scope = f"{kind.scope}, optional" if kind.optional else kind.scope
        tested = ", ".join(where_tested(kind))
        cells = (link, quoted(kind.bases), service(kind), scope, delete, tested, f"`{module}`")
        yield f"| {' | '.join(cells)} |"


def parts(kinds: list[Kind]) -> Iterator[str]:
    """Yield a table of the kinds that have parts."""
    yield "\n## Parts\n"
    yield "What goes with a whole if a rule or job has `with_parts` ([rules.md](rules.md#parts)).\n"
    yield "| whole | parts | parts with data of their own, only if named |"
    yield "|---|---|---|"
    for kind in kinds:
        found = parts_of(kind.name)
        cells = (quoted([n for n in sorted(found) if found[n] == how]) for how in ("plain", "data"))
        if found:
            yield f"| `{kind.name}` | {' | '.join(cells)} |"


def readme_with(text: str, kinds: list[Kind]) -> str:
    """Return the README with the number of kinds between its marks.

    Raises ValueError unless the README has the marks exactly once.
    """
    number = f"{len(kinds)} kinds of resources"
    found, times = NUMBER.subn(number, text)
    if times != 1:
        raise ValueError("README.md needs the marks BEGIN and END GENERATED kinds exactly once")
    return found


def service(kind: Kind) -> str:
    name = service_of(kind)
    return f"`{name}`" if name else "none"


def section(kind: Kind) -> Iterator[str]:
    """Yield the section of one kind: its declaration, and its properties as AWS describes them."""
    yield from declared(kind)
    yield from described(promised_fields_of(kind), "promised field")
    yield from described(properties_of(kind), "property")


def described(properties: Mapping[str, Property], title: str) -> Iterator[str]:
    """Yield a table of properties, or nothing if there are none."""
    if not properties:
        return
    yield f"| {title} | type and description |"
    yield "|---|---|"
    for one in properties.values():
        yield f"| `{one.name}` | {plain(shown(one))} |"
    yield ""


def plain(text: str) -> str:
    """Escape foreign text for Markdown, so that nothing in it is markup."""
    return re.sub(r"[\\`*\[\]<|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\\g<0>", text)


def declared(kind: Kind) -> Iterator[str]:
    """Yield the statements of a declaration, one line each."""
    yield f"## {kind.name}\n"
    yield f"- Service: {service(kind)}; {scope_of(kind)}"
    if kind.bases:
        yield f"- Base kinds: {quoted(kind.bases)}"
    yield f"- Read by: {reading(kind)}"
    if kind.optional:
        yield f"- Optional: {sentence(kind.optional)}"
    yield from relations(kind)
    if kind.joins:
        yield "- Only joins what it needs: it keeps one of them only while another one stays"
    if kind.last_use:
        yield f"- Last use: {use(kind.last_use)}"
    if kind.metrics:
        yield f"- Usage: {', '.join(f'`{metric.usage_name}`' for metric in kind.metrics)}"
    if kind.opt_in:
        yield f"- Opt-in, deleted only if configuration and job name it: {sentence(kind.opt_in)}"
    if kind.delete:
        yield from deletion(kind, kind.delete)
    else:
        yield f"- Never deleted: {sentence(kind.undeletable)}"
    for state in kind.never_delete:
        yield f"- Never deleted when {state.why}{linked(state.source)}."
    plain = {one.kind for one in kind.relations if one.part == "plain"}
    data = {one.kind for one in kind.relations if one.part == "data"}
    if plain:
        yield f"- Part of: {quoted(sorted(plain))}"
    if data:
        yield f"- Part of, with data of its own: {quoted(sorted(data))}"
    if kind.delete and kind.delete.one_at_a_time:
        yield "- One at a time, as AWS asks for: what is blocked waits for others of its kind"
    if kind.gives_back:
        source = linked(kind.sources.get("gives_back", ""))
        yield f"- Goes last, because its deletion gives back {kind.gives_back}{source}"
    if kind.guardrail:
        yield f"- Guardrail: {sentence(kind.guardrail.why)} See `cleanup.allow_guardrails`."
    yield ""


def scope_of(kind: Kind) -> str:
    if kind.scope == "global":
        return "global"
    scope = "regional and global" if kind.scope == "both" else "regional"
    return scope if is_skippable(kind) else f"{scope}, also in regions that look empty"


def reading(kind: Kind) -> str:
    """Return the calls that list a kind and complete its items."""
    if kind.inside is not None:
        first = f"part of the answer for each `{kind.each}`"
    elif kind.list is None:
        first = "the collector itself"
    else:
        first = f"`{kind.list.service}.{kind.list.operation}`"
        first += f" for each `{kind.each}`" if kind.each else ""
    details = [completing(detail) for detail in kind.details]
    return "; then ".join([first, ", ".join(dict.fromkeys(details))]) if details else first


def completing(detail: Detail) -> str:
    call = f"`{detail.call.service}.{detail.call.operation}`"
    return f"{call} for up to {detail.batch} at once" if detail.batch else call


def relations(kind: Kind) -> Iterator[str]:
    """Yield one line per sort of relation, with all kinds that a kind is related to in this way."""
    found: dict[str, list[str]] = {}
    for relation in kind.relations:
        found.setdefault(relation_text(relation), []).append(relation.kind)
    for text, names in sorted(found.items()):
        yield f"- {text.replace('{}', quoted(sorted(set(names))), 1)}"


# What a relation is that sets no order.
STRENGTHS: Mapping[str, str] = {
    "needed": "which it needs",
    "origin": "from which it was made",
    "watches": "which it watches",
    "history": "which it names as history",
}


def relation_text(relation: Relation) -> str:
    """Return the direction and order of a relation in words, with {} for the other kinds."""
    text = "Edges from {}" if relation.reverse else "Edges to {}"
    if relation.deleted_after:
        text += ", which must be deleted first"
    if relation.deleted_before:
        text += ", which can be deleted only after it"
    if relation.owns:
        text += ", which AWS deletes together with it"
    if relation.owned_by:
        text += ", whose deletion deletes it too"
    text += ", in any region" if relation.across_regions else ""
    if relation.strength:
        text += f", {STRENGTHS[relation.strength]}"
        text += f": {relation.why}" if relation.why else ""
    text += "; its preparation removes the dependency" if relation.severable else ""
    text += "; it stays while that one is kept" if relation.stays_with else ""
    return text + linked(relation.source)


def use(last_use: LastUse) -> str:
    if last_use.metrics:
        names = [f"{metric.namespace} {metric.name}" for metric in last_use.metrics]
        return f"CloudWatch, {quoted(dict.fromkeys(names))}, daily"
    source = f", by {completing(last_use.detail)}" if last_use.detail else ""
    return f"`{last_use.path}` of the answer{source}"


def deletion(kind: Kind, delete: Delete) -> Iterator[str]:
    first = sorted(dependent_kinds(kind.name))
    calls = dict.fromkeys(f"{call.service}.{call.operation}" for call in delete.calls)
    yield f"- Deleted by: {' or '.join(f'`{call}`' for call in calls)}"
    if first:
        yield f"- Deleted after: {quoted(first)}"
    users = sorted(needing_kinds(kind.name))
    if users:
        yield f"- Needed by: {quoted(users)}"
    if delete.prepare:
        steps = dict.fromkeys(map(preparing, delete.prepare))
        yield f"- Before the deletion: {', '.join(steps)}"
    source = linked(kind.sources.get("fingerprint", ""))
    yield f"- Must be unchanged since the plan: {quoted(kind.fingerprint)}{source}"
    if kind.settles:
        source = linked(kind.sources.get("settles", ""))
        yield f"- May change through earlier deletions: {quoted(kind.settles)}{source}"
    yield from ending(kind, delete)
    if delete.note:
        yield f"- Note: {delete.note}"


def ending(kind: Kind, delete: Delete) -> Iterator[str]:
    """Yield how the end of a deletion is recognised, and how long it usually takes."""
    if delete.failed:
        why = f"; AWS's reason: `{delete.why}`" if delete.why else ""
        source = linked(kind.sources.get("failed", ""))
        yield f"- The deletion has failed when `{delete.failed}`{why}{source}"
    told = [path for path in (kind.created, *kind.unique) if path]
    if told:
        source = linked(kind.sources.get("unique", ""))
        yield f"- Told from one that is made again by: {quoted(told)}{source}"
    if delete.usual > 60:
        source = linked(kind.sources.get("usual", ""))
        yield f"- The deletion usually takes: up to {minutes(delete.usual)}{source}"


def minutes(seconds: int) -> str:
    """Return a time of at least two minutes, rounded up."""
    return f"{-(-seconds // 60)} minutes"


def preparing(step: Prepare) -> str:
    text = f"`{step.call.operation}`"
    return f"{text}, then until `{step.until}`{linked(step.source)}" if step.until else text


def sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def quoted(names: tuple[str, ...] | list[str] | dict[str, None]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main(arguments: list[str]) -> int:
    kinds = sorted(registry().values(), key=lambda kind: kind.name)
    files = pages(kinds) | {README: readme_with(README.read_text(), kinds)}
    failed = write_or_check(__doc__, files, arguments)
    return max(failed, orphans(set(files), remove="--check" not in arguments))


def orphans(written: set[Path], *, remove: bool) -> int:
    """Remove the pages of modules that no longer exist, or return 1 if there are any."""
    left = set(TARGET.with_suffix("").glob("*.md")) - written
    for path in left:
        if remove:
            path.unlink()
        else:
            sys.stderr.write(f"{path.name} belongs to no module: run `make docs`\n")
    return int(bool(left) and not remove)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
