"""Promises of the formats: what is written can be read by whom it is meant for."""

from __future__ import annotations

import csv
import io
import json
import re

import networkx as nx
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ebbtide_cli.columns import parse_columns
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats.graphs import _quoted, write_graph
from tests.support.command import Run
from tests.support.snapshots import ATTACHED, DEV, FREE, INSTANCE

QUERY = "is(aws_ec2_instance, aws_ec2_volume)"


@pytest.fixture
def written(ebbtide: Run) -> Run:
    return lambda *arguments: ebbtide("search", QUERY, "--account", DEV, *arguments)


def test_csv_keeps_every_value_that_is_no_formula(written: Run) -> None:
    text = written("--format", "csv", "--columns", "id,name,tags.owner,tags").stdout
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["vol-2"]["name"] == FREE["name"]
    assert rows["i-1"]["name"] == INSTANCE["name"]
    assert rows["vol-1"]["tags.owner"] == "'=cmd"
    assert json.loads(rows["vol-1"]["tags"]) == ATTACHED["tags"]


def test_markdown_has_one_line_per_row_and_no_stray_columns(written: Run) -> None:
    lines = written("--format", "markdown", "--columns", "id,name").stdout.splitlines()
    assert lines[:2] == ["| id | name |", "| --- | --- |"]
    assert len(lines) == 5
    assert '| i-1 | web "1"\\\\ |' in lines


def test_a_table_in_a_pipe_is_neither_cut_nor_coloured(written: Run) -> None:
    text = written("--format", "table", "--columns", "id,name,/id").stdout
    assert FREE["graph_id"] in text and "[red]" in text and "\x1b" not in text
    assert re.search(r"line\\nbreak", text)


def test_json_and_ndjson_and_yaml_hold_the_same_documents(written: Run) -> None:
    whole = json.loads(written("--format", "json").stdout)
    lines = [json.loads(line) for line in written("--format", "ndjson").stdout.splitlines()]
    documents = list(yaml.safe_load_all(written("--format", "yaml").stdout))
    assert whole == lines == documents
    assert [document["type"] for document in whole] == ["node"] * 3
    assert json.loads(written("--format", "json", "--limit", "0").stdout) == []


def test_columns_make_documents_of_their_own(written: Run) -> None:
    text = written("--format", "ndjson", "--columns", "id as i, tags.owner as o").stdout
    assert {"i": "vol-1", "o": "=cmd"} in [json.loads(line) for line in text.splitlines()]


def test_graphml_has_all_nodes_and_edges(written: Run) -> None:
    graph = nx.parse_graphml(written("--format", "graphml").stdout, force_multigraph=True)
    assert set(graph.nodes) == {line["graph_id"] for line in (INSTANCE, ATTACHED, FREE)}
    assert graph.nodes[FREE["graph_id"]]["volume_size"] == 100
    assert sorted(data["edge_type"] for *_, data in graph.edges(data=True)) == ["default", "delete"]


def test_cytoscape_edges_point_at_its_nodes(written: Run) -> None:
    elements = json.loads(written("--format", "cytoscape").stdout)["elements"]
    nodes = {node["data"]["id"] for node in elements["nodes"]}
    assert nodes == {line["graph_id"] for line in (INSTANCE, ATTACHED, FREE)}
    assert all({e["data"]["source"], e["data"]["target"]} <= nodes for e in elements["edges"])
    assert len(elements["edges"]) == 2


def test_dot_names_kind_and_name_and_marks_the_types_of_edges(written: Run) -> None:
    text = written("--format", "dot").stdout
    assert text.startswith("digraph ebbtide {") and text.endswith("}\n")
    assert 'label="aws_ec2_instance\\nweb \\"1\\"\\\\"' in text
    assert text.count(" -> ") == 2 and text.count('label="delete"') == 1


@given(st.text())
def test_a_quoted_text_of_dot_ends_where_it_should(text: str) -> None:
    body = _quoted(text)[1:-1]
    assert re.fullmatch(r'(?:[^"\\\n]|\\.)*', body, re.DOTALL)


@given(st.text(max_size=20), st.one_of(st.integers(), st.booleans(), st.none(), st.text()))
def test_graphml_is_valid_whatever_the_values(name: str, value: object) -> None:
    reported = {"kind": "k", "id": "i", "name": name, "x": value, "l": [value]}
    node = {"id": "n", "reported": reported, "ancestors": {}}
    out = io.StringIO()
    write_graph("graphml", [node], [], out)
    assert list(nx.parse_graphml(out.getvalue()).nodes) == ["n"]


DOCUMENT = {
    "id": "g",
    "reported": {
        "name": "n",
        "tags": {"a.b": 1, "a,b": 2},
        "rules": [{"port": 1, "nets": ["x", "y"]}, {"port": 2}],
        "account": "own",
    },
    "metadata": {"expires": "soon"},
    "ancestors": {"account": {"reported": {"id": "1", "name": "dev"}}},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "n"),
        ("/metadata.expires", "soon"),
        ("/reported.name", "n"),
        ("account", "dev"),
        ("account.id", "1"),
        ("tags.`a.b`", 1),
        ("tags.`a,b`", 2),
        ("rules[1].port", 2),
        ("rules[*].port", [1, 2]),
        ("rules[].nets[0]", ["x", None]),
        ("rules[7].port", None),
        ("name.below", None),
        ("nothing", None),
    ],
)
def test_a_column_is_a_path_as_in_searches(path: str, value: object) -> None:
    (column,) = parse_columns(path)
    assert column.get(DOCUMENT) == value


def test_columns_have_names_of_their_own() -> None:
    assert [column.label for column in parse_columns("name as n, tags.`a,b`")] == [
        "n",
        "tags.`a,b`",
    ]


@pytest.mark.parametrize("text", ["", "a,", "a b", "a..b", "a.", "[0]", "a[x]", "/"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="invalid column"):
        parse_columns(text)
