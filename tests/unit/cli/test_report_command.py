"""`ebbtide report`: the stored report is opened, linked and exported, or built again."""

from __future__ import annotations

import csv
import io
import json
import stat
import webbrowser
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from ebbtide.store.bucket import Bucket
from ebbtide.store.bucket_copy import Folder
from ebbtide_cli import spreadsheet
from ebbtide_cli.report_table import COLUMNS
from ebbtide_cli.sources import Source
from tests.support.command import run
from tests.support.planned_copy import LONG_ID
from tests.support.snapshots import Copy
from tests.unit.cli.test_tables import NAME, upload

PAGE = "<!doctype html><title>ü</title>"


@pytest.fixture
def reported(plans: Copy) -> Copy:
    """A copy whose second run has a report, and the third none."""
    plans.write_text("runs/run-2/report.html", PAGE)
    return plans


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: found.append(address) or True)
    return found


@pytest.fixture
def bucket(reported: Copy, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    found = upload(reported)
    monkeypatch.setattr(Source, "open_bucket", lambda *_: found)
    return found


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_last_report_of_a_folder_is_opened_where_it_is(
    reported: Copy, opened: list[str]
) -> None:
    result = run("--folder", str(reported.path), "report", "open")
    assert result.exit_code == 0
    assert opened == [(reported.path / "runs/run-2/report.html").as_uri()]
    assert result.stdout == ""


@pytest.mark.usefixtures("bucket")
def test_a_report_in_a_bucket_is_opened_from_a_file_that_only_its_reader_can_read(
    opened: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = run("--bucket", NAME, "report", "open", "run-2", "--print-path")
    path = Path(result.stdout.strip())
    assert path.read_text(encoding="utf-8") == PAGE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert opened == []


def test_without_a_browser_the_path_is_said(
    reported: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    result = run("--folder", str(reported.path), "report", "open")
    assert "no browser found; open " in result.stderr
    assert "runs/run-2/report.html" in result.stderr


@pytest.mark.parametrize("command", ["open", "export"])
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("run-9",), 2, "run not found: run-9"),
        (("run-3",), 3, "run run-3 has no report"),
    ],
)
def test_a_run_or_report_that_is_not_there_is_named(
    reported: Copy, command: str, words: tuple[str, ...], code: int, says: str
) -> None:
    result = run("--folder", str(reported.path), "report", command, *words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr


def test_without_any_report_building_one_is_advised(plans: Copy) -> None:
    result = run("--folder", str(plans.path), "report", "open")
    assert result.exit_code == 3
    assert "`ebbtide report build RUN --output FILE`" in result.stderr


def test_the_stored_page_is_exported_as_it_is(reported: Copy, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    run("--folder", str(reported.path), "report", "export", "--output", str(target))
    assert target.read_text(encoding="utf-8") == PAGE


def test_csv_has_every_entry_of_the_plan_with_all_columns(plans: Copy) -> None:
    result = run("--folder", str(plans.path), "report", "export", "run-3", "-f", "csv")
    rows = rows_of(result.stdout)
    plan = [
        plans.read_json(f"runs/run-3/plan/{one}.json") for one in ("111122223333", "444455556666")
    ]
    lists = ("planned", "reported", "undecided", "refused")
    expected = [
        (name, entry["subject"]["arn"]) for name in lists for one in plan for entry in one[name]
    ]
    assert [(row["list"], row["arn"]) for row in rows] == expected
    assert list(rows[0]) == list(COLUMNS)
    (balancer,) = [row for row in rows if row["id"] == LONG_ID]
    assert balancer["owner"] == "me"
    assert balancer["rules"] == "expired"
    assert "eu-central-1/aws_vpc_endpoint_service: complete" in balancer["evidence"].split("; ")
    # No price is known in this copy.
    assert {(row["monthly"], row["currency"]) for row in rows} == {("", "")}
    assert "10 resources of the plan of run run-3." in result.stderr


def test_a_spreadsheet_does_not_run_a_name(plans: Copy) -> None:
    change_first(plans, name="=HYPERLINK(1)")
    result = run("--folder", str(plans.path), "report", "export", "run-3", "-f", "csv")
    assert [row["name"] for row in rows_of(result.stdout) if "HYPER" in row["name"]] == [
        "'=HYPERLINK(1)"
    ]


def change_first(copy: Copy, **values: str) -> None:
    """Change the first resource of the snapshot that is planned."""
    key = "runs/run-3/plan/111122223333.json"
    name = copy.read_json(key)["planned"][0]["subject"]["graph_id"]
    lines = "runs/run-3/graph/111122223333/resources.jsonl.zst"
    found = list(Folder(copy.path).read_lines(lines))
    copy.write_lines(lines, [line | values if line["graph_id"] == name else line for line in found])


def test_json_has_all_of_the_data(plans: Copy, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    run("--folder", str(plans.path), "report", "export", "run-3", "--output", str(target))
    data = json.loads(target.read_text())
    assert (data["format"], data["run"]["id"], len(data["plan"])) == (1, "run-3", 10)


def test_a_workbook_has_the_names_as_texts_and_no_formula(plans: Copy, tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    change_first(plans, name="=HYPERLINK(1)")
    target = tmp_path / "plan.xlsx"
    result = run("--folder", str(plans.path), "report", "export", "run-3", "-o", str(target))
    assert result.exit_code == 0, result.stderr
    with zipfile.ZipFile(target) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<t>=HYPERLINK(1)</t>" in texts
    assert "<f>" not in sheet and "hyperlink" not in sheet
    assert sheet.count("<row ") == 1 + 10
    assert all(f"<t>{name}</t>" in texts for name in COLUMNS)


def test_half_a_character_does_not_stop_a_workbook() -> None:
    pytest.importorskip("xlsxwriter")
    book = spreadsheet.spreadsheet("plan", ["name"], [["half a \ud83d"]])
    with zipfile.ZipFile(io.BytesIO(book)) as opened:
        assert r"half a \ud83d" in opened.read("xl/sharedStrings.xml").decode()


def test_a_workbook_without_its_library_is_refused_with_advice(
    plans: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, "find_spec", lambda _: None)
    target = tmp_path / "plan.xlsx"
    result = run("--folder", str(plans.path), "report", "export", "--output", str(target))
    assert result.exit_code == 2
    assert "install `ebbtide[xlsx]`, or export csv" in result.stderr
    assert not target.exists()


def test_a_report_is_built_from_what_an_older_run_left(plans: Copy, tmp_path: Path) -> None:
    before = sorted(plans.path.rglob("*"))
    target = tmp_path / "report.html"
    result = run("--folder", str(plans.path), "report", "build", "run-2", "-o", str(target))
    assert result.exit_code == 0, result.stderr
    assert "<html" in target.read_text(encoding="utf-8")
    assert sorted(plans.path.rglob("*")) == before


def test_a_run_whose_snapshot_has_expired_is_no_report(plans: Copy) -> None:
    (plans.path / "runs/run-2/graph/manifest.json").unlink()
    result = run("--folder", str(plans.path), "report", "build", "run-2")
    assert result.exit_code == 3
    assert "run run-2 has lost its snapshot" in result.stderr


@mock_aws
def test_a_link_says_when_it_dies_and_that_it_dies_with_its_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client: Any = boto3.client("s3", region_name="eu-central-1")
    place = {"LocationConstraint": "eu-central-1"}
    client.create_bucket(Bucket=NAME, CreateBucketConfiguration=place)
    client.put_object(Bucket=NAME, Key="runs/run-2/report.html", Body=PAGE.encode())
    client.put_object(Bucket=NAME, Key="runs/run-2/run.json", Body=b"{}")

    words = ("--bucket", NAME, "report", "link", "run-2", "--expires", "8h")
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    address = urlsplit(result.stdout.strip())
    asked = parse_qs(address.query)
    assert address.path.endswith("/runs/run-2/report.html")
    assert asked["X-Amz-Expires"] == ["28800"]
    # The bucket is in another region than the caller's.
    assert "/eu-central-1/s3/" in asked["X-Amz-Credential"][0]
    assert "for 8h" in result.stderr
    assert "temporary" not in result.stderr
    monkeypatch.setenv("AWS_SESSION_TOKEN", "testing")
    assert "warning: the credentials that signed it are temporary" in run(*words).stderr


@pytest.mark.parametrize("length", ["8d", "0s", "soon"])
def test_a_length_that_s3_does_not_accept_is_refused(length: str) -> None:
    result = run("--bucket", NAME, "report", "link", "run-2", "--expires", length)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--expires" in result.stderr
