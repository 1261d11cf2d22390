"""Promises of the commands that walk along edges, and of the export of whole graphs."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import pytest

from tests.support.command import Run
from tests.support.snapshots import ATTACHED, DEV, INSTANCE, PROD, REGION, SHARED, Copy, id_of


def ids(ebbtide: Run, *arguments: str) -> set[str]:
    result = ebbtide(*arguments, "--columns", "id")
    assert result.exit_code == 0, result.stderr
    return {line.removeprefix("id=") for line in result.stdout.splitlines()}


@pytest.mark.parametrize("name", ["vol-1", ATTACHED["graph_id"], ATTACHED["arn"]])
def test_a_resource_is_known_by_id_arn_and_graph_id(ebbtide: Run, name: str) -> None:
    assert ids(ebbtide, "predecessors", name) == {"i-1", REGION}


def test_ancestors_and_descendants_go_as_far_as_edges_lead(ebbtide: Run) -> None:
    assert ids(ebbtide, "ancestors", "vol-1") == {"i-1", REGION, DEV}
    top = id_of("aws_account", DEV, region="global")
    below = {REGION, "i-1", "vol-1", "vol-2", "logs"}
    assert ids(ebbtide, "descendants", top) == below
    assert ids(ebbtide, "successors", top) == {REGION}


def test_edges_of_another_type_are_followed_if_asked_for(ebbtide: Run) -> None:
    assert ids(ebbtide, "successors", "vol-1") == set()
    assert ids(ebbtide, "successors", "vol-1", "--edge-type", "delete") == {"i-1"}
    both = ("--edge-type", "delete", "--edge-type", "default")
    assert ids(ebbtide, "predecessors", "i-1", *both) == {"vol-1", REGION}


def test_an_id_that_several_resources_have_lists_them(ebbtide: Run) -> None:
    result = ebbtide("ancestors", "logs")
    assert result.exit_code == 2
    assert all(line["graph_id"] in result.stderr for line in SHARED)
    assert ids(ebbtide, "predecessors", "logs", "--account", PROD) == {REGION}


def test_an_unknown_id_is_told(ebbtide: Run) -> None:
    for name in ("vol-none", f"{DEV}/{REGION}/aws_ec2_volume/vol-none", "arn:aws:s3:::none"):
        result = ebbtide("ancestors", name)
        assert result.exit_code == 2
        assert name in result.stderr


def test_a_walk_can_be_drawn(ebbtide: Run) -> None:
    text = ebbtide("ancestors", "vol-1", "--format", "dot").stdout
    assert text.count(" -> ") == 2


def test_a_walk_can_be_explained(ebbtide: Run) -> None:
    assert "edges" in ebbtide("ancestors", "vol-1", "--explain").stdout


@pytest.mark.parametrize("format", ["graphml", "cytoscape", "dot", "ndjson"])
def test_a_whole_graph_is_exported(ebbtide: Run, tmp_path: Path, format: str) -> None:
    target = tmp_path / "graph"
    result = ebbtide("graph", "export", "--format", format, str(target))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "run-3" in result.stderr
    text = target.read_text()
    assert INSTANCE["graph_id"] in text and f"{PROD}/" in text
    on_stdout = ebbtide("graph", "export", "--format", format, "-").stdout
    assert on_stdout == text


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("graph.graphml", "graphml"),
        ("graph.GraphML", "graphml"),
        ("graph.cyjs", "cytoscape"),
        ("graph.dot", "dot"),
        ("graph.gv", "dot"),
        ("graph.ndjson", "ndjson"),
        ("of.dev.jsonl", "ndjson"),
    ],
)
def test_the_file_name_gives_the_format_of_an_export(
    ebbtide: Run, tmp_path: Path, name: str, format: str
) -> None:
    assert ebbtide("graph", "export", str(tmp_path / name)).exit_code == 0
    expected = ebbtide("graph", "export", "--format", format, "-").stdout
    assert (tmp_path / name).read_text() == expected


@pytest.mark.parametrize("name", ["graph", "graph.json", "graphml", "-"])
def test_an_export_without_a_format_asks_for_one(
    ebbtide: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = ebbtide("graph", "export", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--format" in result.stderr and ".graphml" in result.stderr
    assert not (tmp_path / name).exists()


def test_the_format_option_overrides_the_file_name(ebbtide: Run, tmp_path: Path) -> None:
    target = tmp_path / "graph.dot"
    assert ebbtide("graph", "export", "--format", "ndjson", str(target)).exit_code == 0
    assert target.read_text().startswith("{")


def test_an_export_has_the_accounts_and_the_snapshot_that_are_asked_for(
    ebbtide: Run, tmp_path: Path
) -> None:
    target = tmp_path / "graph.graphml"
    arguments = ("graph", "export", "--format", "graphml", "--at", "run-1", "--account", DEV)
    assert ebbtide(*arguments, str(target)).exit_code == 0
    graph = nx.read_graphml(target)
    assert len(graph) == 5
    assert all(name.startswith(DEV) for name in graph)


def test_an_export_that_fails_leaves_the_old_file(ebbtide: Run, copy: Copy, tmp_path: Path) -> None:
    target = tmp_path / "graph"
    target.write_text("old")
    (copy.path / f"runs/run-3/graph/{PROD}/edges.jsonl.zst").unlink()
    assert ebbtide("graph", "export", "--format", "ndjson", str(target)).exit_code == 3
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["graph"]


def test_an_export_tells_nodes_from_edges(ebbtide: Run) -> None:
    lines = ebbtide("graph", "export", "--format", "ndjson", "-").stdout.splitlines()
    types = [json.loads(line)["type"] for line in lines]
    assert types == ["node"] * 10 + ["edge"] * 10
