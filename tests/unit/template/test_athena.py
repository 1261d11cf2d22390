"""The tables of Athena: their saved queries are answered over a copy of the bucket, by DuckDB.

DuckDB stands in for Athena: it reads the same files with the columns and types of the tables. What
the two say differently is translated here, and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard

from ebbtide.store.keys import RunKeys
from tests.support.planned_copy import write_plans
from tests.support.snapshots import DEV, PROD, RESOURCES, Copy, write_copy
from tests.unit.cli.test_cleanup_log import entry, write_ledger
from tools.template import REPOSITORY, read_template

TEMPLATE = read_template(REPOSITORY / "athena" / "template.yaml")
RESOURCES_OF_STACK: dict[str, Any] = TEMPLATE["Resources"]
TABLES = {
    one["Properties"]["TableInput"]["Name"]: one["Properties"]["TableInput"]
    for one in RESOURCES_OF_STACK.values()
    if one["Type"] == "AWS::Glue::Table"
}
QUERIES = {
    one["Properties"]["Name"]: one["Properties"]["QueryString"]
    for one in RESOURCES_OF_STACK.values()
    if one["Type"] == "AWS::Athena::NamedQuery"
}
RUN = "run-3"
TYPES = {"string": "VARCHAR", "double": "DOUBLE", "boolean": "BOOLEAN", "bigint": "BIGINT"}


def duck_type(glue: str) -> str:
    """Return the type of a column as DuckDB writes it."""
    if found := re.fullmatch(r"array<(.+)>", glue):
        return f"{duck_type(found[1])}[]"
    if found := re.fullmatch(r"map<string,string>", glue):
        return "MAP(VARCHAR, VARCHAR)"
    if found := re.fullmatch(r"struct<(.+)>", glue):
        fields = (field.split(":", 1) for field in parts(found[1]))
        return f"STRUCT({', '.join(f'"{name}" {duck_type(inner)}' for name, inner in fields)})"
    return {**TYPES, "int": "INTEGER"}[glue]


def parts(text: str) -> Iterator[str]:
    """Yield the parts between the commas that are in no brackets."""
    depth, begin = 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "<") - (letter == ">")
        if letter == "," and depth == 0:
            yield text[begin:place]
            begin = place + 1
    yield text[begin:]


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy with plans, a ledger and some prices; as in the bucket, documents are one line."""
    copy = write_plans(write_copy(tmp_path_factory.mktemp("athena") / "copy"))
    for account in (DEV, PROD):
        key = RunKeys(RUN).graph(account, "resources.jsonl.zst")
        lines = [{**line, "price": price_of(line)} for line in RESOURCES[account]]
        copy.write_lines(key, lines)
        plan = copy.read_json(RunKeys(RUN).plan(account))
        for number, planned in enumerate(plan["planned"]):
            planned["monthly"] = None if number else 2.5
        copy.write_json(RunKeys(RUN).plan(account), plan)
    gone = entry(RUN, 2, "vol-2", "gone", monthly=8.0)
    write_ledger(copy, RUN, entry(RUN, 1, "vol-2", "deleting"), gone)
    return copy


def price_of(line: dict[str, Any]) -> dict[str, Any] | None:
    size = line["properties"].get("volume_size")
    if size is not None:
        return {"monthly": size * 0.08, "currency": "USD", "basis": "table 2026-09-19"}
    if line["kind"] == "aws_s3_bucket":
        return {"monthly": None, "currency": "USD", "why": "no price of buckets"}
    return None


@pytest.fixture(scope="module")
def database(bucket: Copy) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE MACRO element_of(map, key) AS map[key]")
        for name, table in TABLES.items():
            connection.execute(view_of(name, table, bucket.path))
        yield connection


def view_of(name: str, table: dict[str, Any], root: Path) -> str:
    """Return a view with the columns of a table, the run and the path, over all files of a run.

    As Athena reads all files below the folder, and in any of them what has one of the columns.
    """
    place = table["Parameters"]["storage.location.template"]["Fn::Sub"]
    folder = place.removeprefix("s3://${BucketName}/").replace("${!run}", RUN)
    columns = {one["Name"]: duck_type(one["Type"]) for one in table["StorageDescriptor"]["Columns"]}
    assert "run" not in columns
    listed = ", ".join(f"'{column}': '{type}'" for column, type in columns.items())
    files = [str(path) for path in sorted((root / folder).rglob("*")) if is_line_file(path)]
    return (
        f'CREATE VIEW {name} AS SELECT * EXCLUDE (filename), filename AS "$path", '
        f"'{RUN}' AS run FROM read_json({files}, columns={{{listed}}}, filename=true, "
        "ignore_errors=true, format='newline_delimited')"
    )


def is_line_file(path: Path) -> bool:
    if not path.is_file():
        return False
    content = path.read_bytes()
    if path.suffix == ".zst":
        content = zstandard.decompress(content, max_output_size=10_000_000)
    # An empty file has no rows in Athena; DuckDB does not take it.
    return bool(content.strip())


def answer(database: duckdb.DuckDBPyConnection, name: str, run: str = RUN) -> list[dict[str, Any]]:
    text = QUERIES[name].replace("'RUN'", f"'{run}'").replace("element_at(", "element_of(")
    # Athena unnests the fields of a row into columns, DuckDB the row.
    text = re.sub(
        r"CROSS JOIN UNNEST\((\w+)\) AS t\(([^)]*)\)",
        r"CROSS JOIN LATERAL (SELECT u.* FROM (SELECT unnest(\1) AS u)) AS t(\2)",
        text,
    )
    found = database.execute(text)
    columns = [column[0] for column in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def test_cost_by_account_counts_what_has_no_price(database: duckdb.DuckDBPyConnection) -> None:
    assert answer(database, "Cost by account") == [
        {"account": DEV, "resources": 6, "usd_a_month": 8.64, "unknown": 4},
        {"account": PROD, "resources": 4, "usd_a_month": 4.0, "unknown": 3},
    ]


def test_cost_by_kind_and_owner_add_up_to_the_same(database: duckdb.DuckDBPyConnection) -> None:
    kinds, owners = (
        answer(database, name) for name in ("Cost by kind and region", "Cost by owner")
    )
    for rows in (kinds, owners):
        assert sum(row["resources"] for row in rows) == 10
        assert round(sum(row["usd_a_month"] or 0 for row in rows), 2) == 12.64
    assert kinds[0]["kind"] == "aws_ec2_volume"
    assert {row["owner"] for row in owners} == {None, "=cmd"}


def test_waste_by_rule_and_the_plan_are_those_of_the_plans(
    database: duckdb.DuckDBPyConnection, bucket: Copy
) -> None:
    plans = [bucket.read_json(RunKeys(RUN).plan(account)) for account in (DEV, PROD)]
    planned = [one for plan in plans for one in plan["planned"]]
    assert planned
    waste = answer(database, "Waste by rule")
    assert sum(row["resources"] for row in waste) == len(planned)
    known = [one["monthly"] for one in planned if one["monthly"] is not None]
    assert sum(row["usd_a_month"] or 0 for row in waste) == sum(known)
    assert sum(row["unknown"] for row in waste) == len(planned) - len(known)
    rows = answer(database, "Plan")
    assert sorted((row["account"], row["id"], row["reason"]) for row in rows) == sorted(
        (one["subject"]["account"], one["subject"]["id"], one["reason"]) for one in planned
    )
    stays = [one for plan in plans for one in (*plan["refused"], *plan["undecided"])]
    assert sorted((row["id"], row["code"]) for row in answer(database, "What stays")) == sorted(
        (one["subject"]["id"], one["code"]) for one in stays
    )


def test_changes_and_deletions_are_those_of_the_run(database: duckdb.DuckDBPyConnection) -> None:
    changes = answer(database, "Changes")
    assert [(row["change"], row["graph_id"].rpartition("/")[2]) for row in changes] == [
        ("created", "vol-9"),
        ("deleted", "vol-old"),
    ]
    (gone,) = answer(database, "Deletions")
    assert (gone["graph_id"].rpartition("/")[2], gone["rule"], gone["usd_a_month"]) == (
        "vol-2",
        "expired",
        8.0,
    )


@pytest.mark.parametrize("name", QUERIES)
def test_query_names_its_run_and_is_empty_for_another(
    database: duckdb.DuckDBPyConnection, name: str
) -> None:
    """A column that is injected needs a value in each query (Athena, partition projection)."""
    selects = QUERIES[name].count("FROM graph") + len(
        re.findall(r"FROM (plans|ledgers)", QUERIES[name])
    )
    assert QUERIES[name].count("run = 'RUN'") == selects > 0
    assert answer(database, name, "another") == []


@pytest.mark.parametrize("name", ["graph", "ledgers"])
def test_queries_tell_the_files_of_a_folder_apart(name: str) -> None:
    asking = [query for query in QUERIES.values() if f"FROM {name}" in query]
    assert asking and all('"$path" LIKE ' in query for query in asking)


@pytest.mark.parametrize("name", TABLES)
def test_table_is_projected_over_the_runs(name: str) -> None:
    table = TABLES[name]
    assert [key["Name"] for key in table["PartitionKeys"]] == ["run"]
    assert table["Parameters"]["projection.run.type"] == "injected"
    place = table["Parameters"]["storage.location.template"]["Fn::Sub"]
    assert re.fullmatch(r"s3://\$\{BucketName\}/runs/\$\{!run\}/(graph|plan|cleanup)/", place)
    serde = table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"]
    assert serde == "org.openx.data.jsonserde.JsonSerDe"


def test_queries_cannot_read_without_limit() -> None:
    configuration = RESOURCES_OF_STACK["WorkGroup"]["Properties"]["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    cutoff = configuration["BytesScannedCutoffPerQuery"]["Fn::Sub"]
    default = TEMPLATE["Parameters"]["MegabytesPerQuery"]["Default"]
    assert int(cutoff.replace("${MegabytesPerQuery}", str(default))) == 10_000_000_000
    least = TEMPLATE["Parameters"]["MegabytesPerQuery"]["MinValue"]
    assert least * 1_000_000 >= 10_000_000  # CreateWorkGroup, BytesScannedCutoffPerQuery


def test_columns_are_fields_of_the_files(bucket: Copy) -> None:
    """Except those that only some lines have."""
    optional = {"price", "monthly"}
    keys = RunKeys(RUN)
    lines: set[str] = set()
    for file in ("resources", "edges", "changes"):
        content = (bucket.path / keys.graph(DEV, f"{file}.jsonl.zst")).read_bytes()
        text = zstandard.decompress(content, max_output_size=10_000_000)
        lines |= {name for line in text.splitlines() for name in json.loads(line)}
    columns = {one["Name"] for one in TABLES["graph"]["StorageDescriptor"]["Columns"]}
    assert columns - optional <= lines
    plan = bucket.read_json(keys.plan(DEV))
    assert {one["Name"] for one in TABLES["plans"]["StorageDescriptor"]["Columns"]} <= plan.keys()
