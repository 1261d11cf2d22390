"""What docs/kinds says about each kind, and `ebbtide kinds` with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ebbtide.kinds import MODULES, declared_in, registry
from ebbtide.model.call import Call
from ebbtide.model.kind import Kind
from ebbtide_cli.properties import MAX_TEXT, promised_fields_of, properties_of, sentence_of, shown
from tools import kinds_table as table
from tools.ending_tests import CLOUDS, deleted_in, where_tested

RENEW = "run `make docs`"


def rows_of(kind: str) -> dict[str, str]:
    """Return the rows of all tables in a kind's section, by the name in the first column."""
    text = table.page_of(declared_in()[kind]).read_text()
    section = text.partition(f"## {kind}\n")[2].partition("\n## ")[0]
    rows = [line[3:].partition("` | ") for line in section.splitlines() if line[:3] == "| `"]
    return {name: about.rstrip("| ") for name, _, about in rows}


def test_each_module_of_kinds_has_a_page_and_no_page_is_left_over() -> None:
    pages = {path.stem for path in table.TARGET.with_suffix("").glob("*.md")}
    assert pages == set(declared_in().values()) == set(MODULES)


def test_page_of_a_module_names_its_file_and_every_kind_of_it() -> None:
    for module in MODULES:
        text = table.page_of(module).read_text()
        (path,) = (word for word in text.split("`") if word.endswith(f"/{module}.py"))
        assert (table.ROOT / path).is_file()
        for name in (name for name, where in declared_in().items() if where == module):
            assert f"\n## {name}\n" in text, RENEW


def test_index_leads_to_the_section_of_every_kind() -> None:
    text = table.TARGET.read_text()
    for name, module in declared_in().items():
        assert f"[`{name}`](kinds/{module}.md#{name})" in text, RENEW


def test_property_has_the_text_and_unit_of_the_service_model() -> None:
    rows = rows_of("aws_ec2_volume")
    assert rows["size"] == rows["volume_size"] == "number: The size of the volume, in GiBs."
    assert rows["encrypted"].startswith("yes or no: ")
    assert "One of creating, available, in-use" in rows["volume_status"]
    assert "tags" not in rows


def test_pages_have_a_row_for_every_property_and_promised_field() -> None:
    for kind in registry().values():
        wanted = {*properties_of(kind), *promised_fields_of(kind)}
        assert set(rows_of(kind.name)) == wanted, f"{kind.name}: {RENEW}"


def test_texts_of_all_properties_are_one_line_without_markup() -> None:
    for kind in registry().values():
        for one in properties_of(kind).values():
            assert "\n" not in shown(one) and "</" not in one.text, (kind.name, one)
            assert len(one.text) <= MAX_TEXT + len(" ..."), (kind.name, one)


def test_what_the_collector_makes_has_no_properties_of_aws() -> None:
    assert properties_of(Kind(name="aws_test", id="Id", list=None)) == {}


@pytest.mark.parametrize(
    ("documentation", "measured", "text"),
    [
        ("<p>The size, in GiB.</p> <p>Valid: 1-16.</p>", False, "The size, in GiB."),
        ("<p>See <code>a.b</code> (e.g. this). Then that.</p>", False, "See a.b (e.g. this)."),
        ("<p>How long. It may vary. In seconds.</p>", True, "How long. In seconds."),
        ("<p>How long. It may vary. In seconds.</p>", False, "How long."),
        ("<p>In bytes. Or in days.</p>", True, "In bytes."),
        ("<note> <p>Not by Create.</p> </note> <p>The type.</p>", False, "The type."),
        ("<note><p>Reserved.</p></note>", False, "Reserved."),
        ("<!-- x --> A &amp; B", False, "A & B"),
        ("", True, ""),
    ],
)
def test_sentence_is_the_first_without_markup_and_with_a_unit(
    documentation: str, measured: bool, text: str
) -> None:
    assert sentence_of(documentation, measured=measured) == text


def test_long_sentence_ends_between_words() -> None:
    text = sentence_of("word " * MAX_TEXT)
    assert text.endswith("word ...") and len(text) <= MAX_TEXT + len(" ...")


def test_text_of_others_is_no_markup() -> None:
    assert table.plain("a|b *c* [d](e) snake_case _f_") == (r"a\|b \*c\* \[d\](e) snake_case \_f\_")


def test_number_of_kinds_is_written_between_the_marks_of_the_readme_alone() -> None:
    readme = "x <!-- BEGIN GENERATED kinds -->old<!-- END GENERATED kinds --> y"
    kind = Kind(name="aws_test", id="Id", list=Call("sqs", "list_queues"))
    assert table.readme_with(readme, [kind, kind]) == readme.replace("old", "2 kinds of resources")
    with pytest.raises(ValueError, match="marks"):
        table.readme_with("270 kinds", [kind])


def test_page_of_a_vanished_module_is_noticed_and_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(table, "TARGET", tmp_path / "kinds.md")
    left = tmp_path / "kinds" / "gone.md"
    left.parent.mkdir()
    left.write_text("# Gone\n")
    assert table.orphans(set(), remove=False) == 1
    assert table.orphans(set(), remove=True) == 0
    assert not left.exists()


def test_module_that_declares_a_kind_is_known() -> None:
    assert declared_in()["aws_ec2_volume"] == "ec2_storage"
    assert declared_in().keys() == registry().keys()


def test_command_reads_no_service_model_before_a_kind_is_asked_for() -> None:
    code = (
        "import sys; import ebbtide_cli.main, ebbtide_cli.vocabulary;"
        "ebbtide_cli.vocabulary.write_kinds('ndjson');"
        "sys.exit('botocore' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_endings_are_tested_on_a_script_and_some_in_a_cloud() -> None:
    known = {kind.name for kind in registry().values() if kind.delete}
    for cloud in CLOUDS:
        assert len(deleted_in(cloud)) > 5
        assert deleted_in(cloud) <= known
    assert where_tested(registry()["aws_sqs_queue"]) == ["script", "mocked cloud"]
    assert where_tested(registry()["aws_region"]) == []
