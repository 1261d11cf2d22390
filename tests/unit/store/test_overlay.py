"""What is written to an overlay stays in memory, and behaves as in the bucket."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ebbtide.base.errors import ConflictError, MissingError
from ebbtide.base.json_lines import LineWriter
from ebbtide.store.bucket_copy import Folder
from ebbtide.store.overlay import Overlay


@pytest.fixture
def below(tmp_path: Path) -> Folder:
    for key, value in (("a/1.json", {"n": 1}), ("a/2.json", {"n": 2}), ("b.json", {"n": 3})):
        file = tmp_path / key
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(value))
    with LineWriter() as writer:
        writer.write([{"n": 1}, {"n": 2}])
        (tmp_path / "lines").write_bytes(writer.finished().read())
    return Folder(tmp_path)


def contents(folder: Folder) -> dict[str, bytes]:
    return {key: (folder.path / key).read_bytes() for key in folder.keys("")}


def test_reads_come_from_below_until_something_is_written(below: Folder) -> None:
    before, bucket = contents(below), Overlay(below)
    assert bucket.read_json("b.json") == {"n": 3}
    assert list(bucket.read_lines("lines")) == [{"n": 1}, {"n": 2}]
    bucket.write_json("b.json", {"n": 4})
    bucket.write_texts("c.json", ['{"n":', "5}"])
    bucket.write_lines("lines", [{"n": 6}])
    assert [bucket.read_json(key)["n"] for key in ("b.json", "c.json")] == [4, 5]
    assert list(bucket.read_lines("lines", lambda line: b"6" in line)) == [{"n": 6}]
    assert contents(below) == before
    assert set(bucket.written) == {"b.json", "c.json", "lines"}


def test_hidden_keys_are_missing_until_they_are_written(below: Folder) -> None:
    bucket = Overlay(below, lambda key: key.startswith("a/"))
    assert bucket.find_json("a/1.json") is None
    assert list(bucket.keys("")) == ["b.json", "lines"]
    with pytest.raises(MissingError):
        bucket.read_text("a/2.json")
    bucket.create_json("a/1.json", {"n": 9})
    assert bucket.read_json("a/1.json") == {"n": 9}
    assert list(bucket.keys("a/")) == ["a/1.json"]


def test_conditional_writes_compare_as_the_bucket_does(below: Folder) -> None:
    bucket = Overlay(below)
    with pytest.raises(ConflictError):
        bucket.create_json("b.json", {})
    first = bucket.read("b.json").etag
    second = bucket.replace_json("b.json", {"n": 4}, first)
    assert bucket.read("b.json").etag == second
    with pytest.raises(ConflictError):
        bucket.replace_json("b.json", {"n": 5}, first)
    with pytest.raises(ConflictError):
        bucket.delete_if("b.json", first)
    text = bucket.read_stored_text("b.json")
    bucket.replace_text("b.json", "{}", text, "text/plain")
    missing = bucket.read_stored_text("new")
    bucket.replace_text("new", "x", missing, "text/plain")
    assert (bucket.read_text("b.json"), bucket.read_text("new")) == ("{}", "x")
    with pytest.raises(ConflictError):
        bucket.replace_text("new", "y", missing, "text/plain")


def test_what_is_deleted_is_missing_and_can_be_made_again(below: Folder) -> None:
    bucket = Overlay(below)
    bucket.delete("b.json")
    assert bucket.find_json("b.json") is None and "b.json" not in list(bucket.keys(""))
    with pytest.raises(MissingError):
        list(bucket.read_lines("b.json"))
    bucket.create_json("b.json", {"n": 1})
    assert bucket.read_json("b.json") == {"n": 1}
    assert json.loads((below.path / "b.json").read_text()) == {"n": 3}
