"""Promises of `ebbtide config`, on a versioned bucket whose file others may change at any time."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws
from typer.testing import CliRunner

import tests.support.shared_clients  # noqa: F401
from ebbtide.base.errors import ConfigError
from ebbtide.config import parse_config
from ebbtide.store.bucket import Bucket
from ebbtide_cli import config_changes
from ebbtide_cli.config_changes import with_notes, without_notes
from ebbtide_cli.main import app
from tests.support.command import Run, run
from tests.support.effort import sampled
from tests.support.jobs_file import CONFIG, KEY
from tests.support.snapshots import Copy
from tests.unit.cli.test_completion import completed

NAME = "ebbtide-data"
BAD = "cleanup:\n  enabeld: true\nprotect: {id: [a]}\n"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client: Any = boto3.client("s3")
        client.create_bucket(Bucket=NAME)
        client.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})
        found = Bucket(client, NAME)
        found.write_text(KEY, CONFIG)
        yield found


def config(*words: str) -> Any:
    return run("--bucket", NAME, "config", *words)


def done(*words: str) -> str:
    result = config(*words)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def refused(code: int, *words: str) -> str:
    result = config(*words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith("ebbtide: error: ")
    return result.stderr


def rows(*words: str) -> Any:
    return json.loads(done(*words, "--format", "json"))


@pytest.fixture
def overtaken(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets somebody else write the configuration after each command has read it."""
    read = Bucket.read_stored_text

    def reading(self: Bucket, key: str) -> Any:
        stored = read(self, key)
        bucket.write_text(key, "metrics: {by_kind: false}\n")
        return stored

    monkeypatch.setattr(Bucket, "read_stored_text", reading)


def editing(monkeypatch: pytest.MonkeyPatch, *edits: Callable[[str], str]) -> list[str]:
    """Put these edits in the place of an editor; return the texts that it is given."""
    seen: list[str] = []

    def edit(text: str) -> str:
        seen.append(text)
        return edits[len(seen) - 1](text)

    monkeypatch.setattr(config_changes, "edit_with_program", edit)
    return seen


# Show and validate.


@pytest.mark.usefixtures("bucket")
def test_values_are_shown_with_the_lines_that_set_them() -> None:
    shown = done("show")
    assert "  - name: old-volumes  # line 3\n" in shown and "default" not in shown
    assert yaml.safe_load(shown) == yaml.safe_load(CONFIG)
    complete = done("show", "--defaults")
    assert "    per_run: 100  # default\n" in complete
    assert parse_config(complete) == parse_config(CONFIG)


def test_values_are_shown_as_json(bucket: Bucket) -> None:
    bucket.write_text(KEY, "# x\nprotect:\n  ids: [a]\n")
    found = rows("show", "--defaults")
    assert found["file"] == f"s3://{NAME}/{KEY}"
    assert found["config"]["protect"]["ids"] == ["a"]
    assert (found["lines"]["protect.ids"], found["lines"]["protect.kinds"]) == (3, None)
    assert rows("show")["config"] == {"protect": {"ids": ["a"]}}


def test_a_folder_without_a_configuration_has_the_defaults(ebbtide: Run) -> None:
    result = ebbtide("config", "show")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "all values are defaults" in result.stderr
    assert ebbtide("config", "validate").exit_code == 0


def test_all_problems_of_a_file_are_listed(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(BAD)
    result = run("config", "validate", str(file))
    assert (result.exit_code, result.stderr) == (1, "2 problems.\n")
    assert result.stdout.splitlines() == [
        f"{file}:2:3: cleanup.enabeld: unknown key (did you mean 'enabled'?)",
        f"{file}:3:11: protect.id: unknown key (did you mean 'ids'?)",
    ]
    result = run("config", "validate", str(file), "--format", "json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["valid"], found["file"]) == (1, False, str(file))
    assert found["problems"][0] == {
        "line": 2,
        "column": 3,
        "path": "cleanup.enabeld",
        "message": "unknown key (did you mean 'enabled'?)",
    }


@pytest.mark.parametrize(
    ("content", "code", "output"),
    [
        (b"", 0, ""),
        (CONFIG.encode(), 0, ""),
        (b"a: \x00", 1, "4: the character U+0000 is not allowed in YAML; remove it"),
        (b"\xff\xfea\x00", 1, "1: the configuration is encoded as UTF-16; save it as UTF-8"),
        (
            b"x" * 300_000,
            1,
            "1: the configuration is longer than 256 KiB, which is the limit",
        ),
    ],
)
def test_stdin_is_validated(content: bytes, code: int, output: str) -> None:
    # Without a source: neither a folder nor AWS.
    result = CliRunner().invoke(app, ["config", "validate", "-"], input=content)
    assert result.exit_code == code
    assert result.stdout == (f"-:1:{output}\n" if output else "")


def test_deprecated_keys_are_warnings(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("automations: [{name: a, event: collect, on_failure: fail}]\n")
    result = run("config", "validate", str(file))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "on_failure is deprecated" in result.stderr
    assert json.loads(run("config", "validate", str(file), "--format", "json").stdout)["warnings"]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("{}", "In CloudWatch: 10 sums, 0.00 USD a month.\n"),
        ("{series: classic}", "10 sums, 0.00 USD a month; all 25 would cost 4.50 USD; with Res"),
        (
            "{by: {ResourcesFound: [kind]}, budget_usd: 40}",
            "10 sums, 0.00 USD a month; with ResourcesFound by kind, at most 40.00 USD a month",
        ),
    ],
)
def test_price_of_the_metrics_is_shown(tmp_path: Path, chosen: str, said: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(f"metrics: {{cloudwatch: {chosen}}}\n")
    result = run("config", "validate", str(file))
    assert (result.exit_code, result.stdout) == (0, "")
    assert said in result.stderr
    found = json.loads(run("config", "validate", str(file), "--format", "json").stdout)
    assert (found["cloudwatch"]["sums"], found["cloudwatch"]["monthly_least"]) == (10, 0.0)
    assert found["cloudwatch"]["monthly_most"] == (40.0 if "by" in chosen else 0.0)
    file.write_text(BAD)
    found = json.loads(run("config", "validate", str(file), "--format", "json").stdout)
    assert found["cloudwatch"] is None


def test_a_file_that_is_missing_is_another_error(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        result = run("config", "validate", str(path))
        assert (result.exit_code, result.stdout) == (3, "")
        assert result.stderr.startswith(f"ebbtide: error: cannot open {path}: ")


def test_the_stored_configuration_is_validated(bucket: Bucket) -> None:
    bucket.write_text(KEY, BAD)
    result = config("validate")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"s3://{NAME}/{KEY}:2:3: cleanup.enabeld: ")
    stderr = refused(3, "show")
    assert f"\n  s3://{NAME}/{KEY}:2:3: cleanup.enabeld" in stderr and ":3:11: protect" in stderr


# Set and unset.

TYPED: list[tuple[str, str, Any]] = [
    ("searches.mine", '"a b"', '"a b"'),
    ("collect.external_id", "12345", "12345"),
    ("collect.external_id", "null", None),
    ("collect.accounts", "['012345678901', 111122223333]", ("012345678901", "111122223333")),
    ("collect.accounts", "organization", "organization"),
    ("protect.tags.keep", "yes", "yes"),
    ("protect.tags.keep", "null", None),
    ('protect.tags."a.b/c"', "x: y", "x: y"),
    ("protect.accounts.-", "111122223333", ("111122223333",)),
    ("cleanup.dry_run", "no", False),
    ("collect.suspicion.share", "12.5", 12.5),
    ("cleanup.allow_breaking", "[{needed: aws_sns_topic, by: aws_cloudwatch_alarm}]", None),
]
INVALID = [
    (("set", "cleanup.limits.per_run", "lots"), "cleanup.limits.per_run: must be a whole"),
    (("set", "cleanup.dry_runn", "true"), "cleanup.dry_runn: unknown key (did you mean 'dry_"),
    (("set", "jobs.wipe.search", "is(volum)"), "jobs.1.search: column 4: unknown kind 'volum'"),
    (("set", "jobs.none.active", "true"), "jobs has no item 'none'; named items: old-volumes"),
    (("set", "jobs.wipe.action.clean.empty", "[1"), "jobs.1.action.clean.empty: must be true"),
    (("set", "", "1"), "invalid path ''"),
    (("unset", "cleanup.dry_run"), "cleanup.dry_run is not set in config/ebbtide.yaml"),
    (
        ("unset", "jobs.wipe.action"),
        "the change would make the configuration invalid",
    ),
    (("set", "protect.tags", "{a: [x]}"), "protect.tags.a: must be a text"),
]


def test_values_are_set_and_comments_stay(bucket: Bucket) -> None:
    assert config("set", "cleanup.limits.per_run", "20").stderr == (
        "Set cleanup.limits.per_run to 20 (was 100, the default). The next run uses it.\n"
    )
    done("set", "jobs.old-volumes.active", "false")
    done("set", "protect.ids.-", "vol-1")
    done("set", "protect.ids.-", "vol-2")
    text = bucket.read_text(KEY)
    assert "- name: old-volumes   # every run\n" in text and text.startswith("# ours\n")
    found = parse_config(text)
    assert (found.cleanup.limits.per_run, found.protect.ids) == (20, ("vol-1", "vol-2"))
    assert [job.active for job in found.jobs] == [False, False]
    done("unset", "protect.ids.0")
    done("unset", "cleanup.limits")
    found = parse_config(bucket.read_text(KEY))
    assert (found.cleanup.limits.per_run, found.protect.ids) == (100, ("vol-2",))


@pytest.mark.scaled
@pytest.mark.parametrize(("path", "value", "expected"), sampled(TYPED, 3))
def test_values_have_the_type_of_their_key(
    bucket: Bucket, path: str, value: str, expected: Any
) -> None:
    done("set", path, value)
    found: Any = parse_config(bucket.read_text(KEY))
    for step in re.findall(r'"[^"]+"|[^.]+', path.removesuffix(".-")):
        name = step.strip('"')
        found = found[name] if isinstance(found, dict) else getattr(found, name)
    if path != "cleanup.allow_breaking":
        assert (found, type(found)) == (expected, type(expected))


HINT = "`ebbtide workflows apply` makes them"
WORKFLOWS = "workflows:\n  - {name: nightly, steps: [collect], schedule: rate(1 hour)}\n"


def test_changed_schedules_hint_at_the_command_that_makes_them(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ebbtide.yaml"
    file.write_text(WORKFLOWS)
    editing(monkeypatch, lambda text: text.replace("rate(2 hours)", "rate(3 hours)"))
    for words, hinted in (
        (("apply", str(file)), True),
        (("set", "workflows.nightly.schedule", "rate(2 hours)"), True),
        (("edit",), True),
        (("set", "workflows.nightly.overlap", "wait"), False),
        (("set", "metrics.by_kind", "false"), False),
        (("unset", "workflows"), True),
        (("restore", bucket.versions(KEY)[-1].id), False),
    ):
        result = config(*words)
        assert (result.exit_code, HINT in result.stderr) == (0, hinted), (words, result.stderr)
    assert "workflows" not in bucket.read_text(KEY)


def test_a_value_that_is_set_already_is_not_written_again(bucket: Bucket) -> None:
    done("set", "cleanup.dry_run", "false")
    before = len(bucket.versions(KEY))
    assert "already false" in config("set", "cleanup.dry_run", "false").stderr
    assert len(bucket.versions(KEY)) == before


@pytest.mark.scaled
@pytest.mark.parametrize(("words", "message"), sampled(INVALID, 3))
def test_what_would_not_be_valid_is_not_written(
    bucket: Bucket, words: tuple[str, ...], message: str
) -> None:
    assert refused(2, *words).startswith(f"ebbtide: error: {message}")
    assert bucket.read_text(KEY) == CONFIG
    assert len(bucket.versions(KEY)) == 1


def test_an_invalid_configuration_is_repaired_but_not_extended(bucket: Bucket) -> None:
    bucket.write_text(KEY, "cleanup:\n  enabeld: true\n  dry_run: false\n")
    assert "enabeld" in refused(3, "set", "cleanup.enabled", "true")
    done("unset", "cleanup.enabeld")
    assert bucket.read_text(KEY) == "cleanup:\n  dry_run: false\n"


@pytest.mark.usefixtures("overtaken")
@pytest.mark.parametrize(
    "words", [("set", "cleanup.dry_run", "false"), ("unset", "jobs.wipe.cron")]
)
def test_the_change_of_somebody_else_is_never_lost(bucket: Bucket, words: tuple[str, ...]) -> None:
    assert "try again" in refused(4, *words)
    assert bucket.read_text(KEY) == "metrics: {by_kind: false}\n"


def test_a_copy_is_not_changed(ebbtide: Run, copy: Copy) -> None:
    copy.write_text(KEY, CONFIG)
    for words in (("set", "a", "1"), ("unset", "a"), ("edit",), ("apply", "x"), ("restore", "x")):
        result = ebbtide("config", *words)
        assert (result.exit_code, result.stdout) == (2, "")
    assert (copy.path / KEY).read_text() == CONFIG


# Edit and apply.


def test_an_edit_is_saved(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    editing(monkeypatch, lambda text: text.replace("ours", "theirs"))
    assert config("edit").stderr == "Saved. The next run uses it.\n"
    assert bucket.read_text(KEY) == CONFIG.replace("ours", "theirs")


def test_an_edit_without_a_change_writes_nothing(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    editing(monkeypatch, str)
    assert config("edit").stderr == "Nothing was changed.\n"
    assert len(bucket.versions(KEY)) == 1


def test_an_invalid_edit_is_opened_again_with_its_problems(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = editing(
        monkeypatch,
        lambda text: f"{text}cleanup: {{enabeld: true}}\n",
        lambda text: text.replace("enabeld", "enabled"),
    )
    assert config("edit").exit_code == 0
    assert bucket.read_text(KEY) == f"{CONFIG}cleanup: {{enabled: true}}\n"
    note, number = re.search(r"^(# ebbtide: line (\d+), column 11: .*)$", seen[1], re.M).groups()  # type: ignore[union-attr]
    assert note.endswith("cleanup.enabeld: unknown key (did you mean 'enabled'?)")
    assert seen[1].splitlines()[int(number) - 1] == "cleanup: {enabeld: true}"


def kept(stderr: str) -> str:
    """Return the text in the file that a message names, and remove the file."""
    file = Path(re.findall(r"Your text is in (\S+?);", stderr)[0])
    text = file.read_text()
    file.unlink()
    return text


def test_an_edit_that_stays_invalid_is_kept(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    editing(monkeypatch, lambda _: BAD, str)
    assert kept(refused(2, "edit")) == BAD
    assert bucket.read_text(KEY) == CONFIG


@pytest.mark.usefixtures("overtaken")
def test_an_edit_that_somebody_else_overtakes_is_kept(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    editing(monkeypatch, lambda text: f"{text}# mine\n")
    assert kept(refused(4, "edit")) == f"{CONFIG}# mine\n"
    assert bucket.read_text(KEY) == "metrics: {by_kind: false}\n"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("false", "the editor 'false' ended with code 1"),
        ("no-such-editor -w", "cannot start the editor 'no-such-editor -w'; set VISUAL or EDITOR"),
    ],
)
def test_an_editor_that_fails_changes_nothing(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, program: str, message: str
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", program)
    assert message in refused(2, "edit")
    assert bucket.read_text(KEY) == CONFIG


def test_the_editor_of_the_environment_is_used(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "false")
    monkeypatch.setenv("VISUAL", "sed -i 's/ours/all ours/'")
    assert config("edit").exit_code == 0
    assert bucket.read_text(KEY).startswith("# all ours\n")


def test_notes_are_removed_whatever_they_say() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(BAD)
    noted = with_notes(BAD, caught.value)
    assert noted.count("# ebbtide: ") == 3 and without_notes(noted) == BAD


def test_a_file_is_applied(bucket: Bucket, tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text("# all\ncleanup: {dry_run: false}\n")
    done("apply", str(file))
    assert bucket.read_text(KEY) == file.read_text()
    assert "nothing was changed" in config("apply", str(file)).stderr
    assert len(bucket.versions(KEY)) == 2
    file.write_text(BAD)
    assert f"{file}:2:3: cleanup.enabeld" in refused(3, "apply", str(file))
    assert len(bucket.versions(KEY)) == 2


# Versions.


def test_versions_are_listed_with_who_wrote_them(bucket: Bucket) -> None:
    done("set", "cleanup.dry_run", "false")
    new, old = rows("history")
    assert (new["state"], old["state"], old["by"]) == ("current", None, None)
    assert (old["size"], new["by"]) == (len(CONFIG), "arn:aws:sts::123456789012:user/moto")
    assert len(rows("history", "--limit", "1")) == 1
    assert "by=moto" in done("history", "--format", "list")
    bucket.delete(KEY)
    assert [row["state"] for row in rows("history")] == ["deleted", None, None]
    assert "2 versions" not in config("history").stderr


def test_other_objects_are_no_versions(bucket: Bucket) -> None:
    bucket.write_text(f"{KEY}.bak", "x")
    assert len(rows("history")) == 1


@pytest.mark.usefixtures("bucket")
def test_a_bucket_without_versions_says_so() -> None:
    client: Any = boto3.client("s3")
    client.create_bucket(Bucket="ebbtide-plain")
    client.put_object(Bucket="ebbtide-plain", Key=KEY, Body=b"{}")
    result = run("--bucket", "ebbtide-plain", "config", "history")
    assert result.exit_code == 0 and "keeps no earlier ones" in result.stderr


def test_a_folder_has_no_history(ebbtide: Run) -> None:
    result = ebbtide("config", "history")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "is a folder, which keeps no earlier configuration" in result.stderr
    assert ebbtide("config", "diff").exit_code == ebbtide("config", "restore", "2d").exit_code == 2


@pytest.mark.usefixtures("bucket")
def test_the_last_change_is_shown() -> None:
    assert "no earlier version" in refused(2, "diff")
    done("set", "jobs.wipe.active", "true")
    lines = done("diff").splitlines()
    assert [line for line in lines if re.match(r"[+-] ", line)] == [
        "-    active: false",
        "+    active: true",
    ]
    assert config("diff", "--exit-code").exit_code == 1
    assert rows("diff", "--effective") == [
        {"path": "jobs.wipe.active", "before": False, "after": True}
    ]


@pytest.mark.usefixtures("bucket")
def test_a_file_is_compared_with_any_version(tmp_path: Path) -> None:
    first = rows("history")[0]["version"]
    done("set", "jobs.wipe.active", "true")
    file = tmp_path / "a.yaml"
    file.write_text(CONFIG)
    assert "-    active: true" in done("diff", str(file))
    assert done("diff", str(file), "--version", first) == ""
    assert config("diff", str(file), "--version", first[:8], "--exit-code").exit_code == 0
    file.write_text("collect: {threads: 8}\n# another text\njobs: []\n")
    paths = [row["path"] for row in rows("diff", str(file), "--effective")]
    assert "collect.threads" in paths and "jobs.old-volumes.search" in paths


def test_an_earlier_version_is_restored_as_the_newest(bucket: Bucket) -> None:
    first = rows("history")[0]["version"]
    done("set", "jobs.wipe.active", "true")
    done("restore", first[:12])
    assert bucket.read_text(KEY) == CONFIG
    assert len(bucket.versions(KEY)) == 3
    assert "already" in config("restore", first).stderr


def test_a_version_that_is_not_valid_is_not_restored(bucket: Bucket) -> None:
    bucket.write_text(KEY, BAD)
    bad = rows("history")[0]["version"]
    bucket.write_text(KEY, CONFIG)
    assert "protect.id: unknown key (did you mean 'ids'?)" in refused(2, "restore", bad)
    assert "version not found: 'nope'" in refused(2, "restore", "nope")
    assert "no version as of" in refused(2, "restore", "2d")
    assert len(bucket.versions(KEY)) == 3


@pytest.mark.usefixtures("overtaken")
def test_a_restore_is_no_match_for_somebody_else(bucket: Bucket) -> None:
    bucket.write_text(KEY, "{}")
    first = bucket.versions(KEY)[-1].id
    refused(4, "restore", first)
    assert bucket.read_text(KEY) == "metrics: {by_kind: false}\n"


@pytest.mark.usefixtures("bucket")
def test_bytes_that_are_no_text_are_an_error() -> None:
    client: Any = boto3.client("s3")
    client.put_object(Bucket=NAME, Key=KEY, Body=io.BytesIO(b"a: \xff"))
    for words in (("show",), ("set", "a", "1"), ("edit",)):
        assert "the byte 0xFF is not UTF-8" in refused(3, *words)


def test_keys_and_versions_are_completed(bucket: Bucket) -> None:
    assert completed("config", "set", "cleanup.limits.per_r") == [
        "cleanup.limits.per_run",
        "cleanup.limits.per_rule",
    ]
    place = ("--bucket", NAME)
    assert "jobs.old-volumes.active" in completed(*place, "config", "set", "jobs.old")
    assert completed(*place, "config", "restore", "") == [bucket.versions(KEY)[0].id]
