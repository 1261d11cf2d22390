"""Every table of the command at 100 columns: no id is broken or cut, whatever its length."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.store.bucket import Bucket
from ebbtide_cli.formats import rows
from ebbtide_cli.formats.rows import write_rows
from ebbtide_cli.output import spaced
from ebbtide_cli.sources import Caller, Source
from tests.support.command import run
from tests.support.command_tree import commands
from tests.support.decisions import ANN, write_held_plan
from tests.support.jobs_file import CONFIG, KEY
from tests.support.measured_copy import write_metrics
from tests.support.memory_s3 import MemoryS3
from tests.support.planned_copy import LONG_ID, LONG_NAME, MORE, write_plans
from tests.support.snapshots import DEV, PROD, RESOURCES, TIMES, Copy, write_copy
from tests.unit.cli.test_cleanup_log import entry, write_ledger
from tests.unit.cli.test_coverage_command import write_gaps
from tests.unit.cli.test_plan_advice import write_advice

WIDTH = 100
NAME = "ebbtide-data"
# Each command that writes rows, in this order on one bucket: what to type.
TYPED: dict[str, tuple[str, ...]] = {
    "search": ("all",),
    "ancestors": ("vol-1",),
    "descendants": ("i-1",),
    "predecessors": ("vol-1",),
    "successors": ("i-1",),
    "history": ("--after", "30d"),
    "kinds": (),
    "jobs list": (),
    "jobs run": ("old-volumes",),
    "runs list": (),
    "runs log": ("run-3",),
    "workflows list": (),
    "workflows history": (),
    "workflows log": ("run-3",),
    "cleanup log": ("--all",),
    "coverage": (),
    "status": (),
    "savings": ("--by", "kind"),
    "plan advice": (),
    "metrics list": (),
    "metrics show": ("ResourcesFound", "--by", "account,kind"),
    "metrics cost": ("--by", "ResourcesFound=account,kind"),
    "protect check": (LONG_ID,),
    "config history": (),
    "config diff": ("--effective",),
    "plan approve": ("--all", "--yes"),
    "plan reject": ("--owner", "b", "--yes"),
    "plan approvals": (),
}
OF_BUCKETS = {"config history", "config diff", "plan approve", "plan reject", "plan approvals"}
# What has a layout of its own, and what has no rows here; schedules of workflows need AWS.
BLOCKS = {"plan show", "plan diff"}
NO_ROWS = {"plan simulate", "runs show", "workflows running", "workflows apply"}


class Table(NamedTuple):
    command: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]


def writes_tables(command: Any) -> bool:
    formats = [param for param in command.params if param.name == "format"]
    return any("markdown" in (param.help or "") for param in formats)


def everything(path: Any) -> Copy:
    """Write a copy with plans, a ledger, jobs, and what could not be read."""
    copy = write_metrics(write_gaps(write_plans(write_copy(path))))
    copy.write_text(KEY, f"{CONFIG}cleanup: {{approval: always}}\n")
    write_advice(copy)
    gone = entry("run-3", 1, LONG_NAME, "gone", reason=f"AWS deletes it together with {LONG_ID}")
    write_ledger(copy, "run-3", gone, entry("run-3", 2, "vol-2", "failed", reason="in use"))
    return copy


@pytest.fixture(scope="module")
def copy_of_everything(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return everything(tmp_path_factory.mktemp("tables") / "copy")


@pytest.fixture(scope="module")
def tables(copy_of_everything: Copy) -> Iterator[dict[str, Table]]:
    """What the commands have in their tables, before it is fitted."""
    found: dict[str, Table] = {}
    with pytest.MonkeyPatch.context() as patch:
        bucket, folder = upload(copy_of_everything), str(copy_of_everything.path)
        patch.setattr(Source, "caller", lambda _: Caller(ANN, "arn:ann"))
        patch.setattr(Source, "caller_arn", lambda _: "arn:ann")
        patch.setattr(Source, "open_bucket", lambda *_: bucket)
        for name, words in TYPED.items():
            if name == "plan approve":
                write_held_plan(bucket, "run-3", TIMES["run-3"])

            def record(header: Any, lines: Iterable[Any], *, fixed: bool, name: str = name) -> None:
                assert not fixed
                found[name] = Table(name, list(header), [list(line) for line in lines])

            patch.setattr(rows, "_write_table", record)
            place = ("--bucket", NAME) if name in OF_BUCKETS else ("--folder", folder)
            run(*place, *name.split(), *words, "--format", "table")
        patch.undo()
        yield found


def upload(copy: Copy) -> Bucket:
    """Return a bucket with versions and everything in a copy."""
    bucket = Bucket(MemoryS3(), NAME)
    bucket.write_text(KEY, "metrics: {by_kind: false}\n")
    for path in sorted(copy.path.rglob("*")):
        if path.is_file():
            key = path.relative_to(copy.path).as_posix()
            bucket._put(key, path.read_bytes(), {})
    return bucket


def test_every_table_is_tried(tables: dict[str, Table]) -> None:
    """A new command that writes a table is named above, with something to show in it."""
    writing = {name for name, command in commands().items() if writes_tables(command)}
    assert writing - BLOCKS - NO_ROWS == TYPED.keys()
    assert [name for name in TYPED if not tables.get(name) or not tables[name].rows] == []


LINES = [line for lines in RESOURCES.values() for line in lines] + MORE
GRAPH_IDS = {line["graph_id"] for line in LINES} | {f"{DEV}/eu-central-1/aws_ec2_volume/vol-2"}
RUNS = {"run-1", "run-2", "run-3", "old-volumes", "wipe"}
KNOWN = (
    {line["id"] for line in LINES if len(line["id"]) > 3}
    | {line["arn"] for line in LINES if line["arn"]}
    | GRAPH_IDS
    | RUNS
    | {DEV, PROD, LONG_ID, LONG_NAME, ANN}
)
ANY_ID = re.compile(
    "(?<![-/:\\w])({})(?![-/:\\w])".format(
        "|".join(map(re.escape, sorted(KNOWN, key=len, reverse=True)))
    )
)
TAILS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-:/_.", min_size=1, max_size=180)
PREFIXES = st.sampled_from(["arn:aws:x:", "i-0", "111122223333/", "https://x/", "AROA", ""])
IDS = st.builds("{}{}".format, PREFIXES, TAILS)


def replaced(value: Any, ids: dict[str, str]) -> Any:
    """Return a cell with other ids, also those in sentences and lists."""
    if isinstance(value, str):
        return ANY_ID.sub(lambda match: ids[match[0]], value)
    return [replaced(one, ids) for one in value] if isinstance(value, list) else value


def shown(table: Table, width: int = WIDTH) -> tuple[str, set[str]]:
    """Return the table as a terminal shows it, and the headers of what was left out."""
    with pytest.MonkeyPatch.context() as patch, io.StringIO() as out, io.StringIO() as err:
        patch.setattr(rows, "table_width", lambda: width)
        with redirect_stdout(out), redirect_stderr(err):
            write_rows("table", table.header, table.rows)
        left_out = re.search(r"terminal: (.*); --wide", err.getvalue())
        return out.getvalue(), set(left_out[1].split(", ") if left_out else ())


@given(st.sampled_from(sorted(TYPED)), st.data())
def test_an_id_of_any_length_is_whole(
    tables: dict[str, Table], name: str, data: st.DataObject
) -> None:
    before = tables[name]
    named = sorted(
        {id for row in before.rows for value in row for id in ANY_ID.findall(json.dumps(value))}
    )
    ids = {id: data.draw(IDS) for id in named}
    table = Table(name, before.header, [replaced(row, ids) for row in before.rows])
    text, left_out = shown(table)
    for row in table.rows:
        for label, value in zip(table.header, row, strict=True):
            # Beside its id, a name may be cut.
            if label in left_out or (label == "name" and "id" in table.header):
                continue
            for id in ids.values():
                assert id not in spaced(value) or id in text, (label, id, text)
    for line in text.splitlines():
        assert len(line) <= WIDTH or max(map(len, line.split())) > WIDTH / 3, line


@pytest.mark.parametrize("name", TYPED)
def test_a_table_of_usual_ids_fits_and_has_its_columns(tables: dict[str, Table], name: str) -> None:
    text, left_out = shown(tables[name])
    # What stands below a row has the width of its longest word.
    usual = [line for line in text.splitlines() if not line.startswith("    ")]
    assert max(map(len, usual)) <= WIDTH
    assert len(left_out) <= 4
    assert not left_out & {"id", "kind", "account", "status", "errors"}
