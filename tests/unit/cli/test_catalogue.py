"""The help of the root is data; it says what the commands say of themselves."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ebbtide_cli.catalogue import ENTRIES
from tests.support.command import run
from tests.support.command_tree import root


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_says_what_the_help_of_its_command_says(name: str) -> None:
    command = root().commands[name]
    assert command.name == name
    first = " ".join(command.help.partition("\n\n")[0].split())
    assert f"{first} ".startswith(f"{ENTRIES[name].help} ")
    assert ENTRIES[name].help.endswith(".")
    help = " ".join(run(name, "--help").stdout.split())
    assert ENTRIES[name].help in help


def test_the_help_of_the_root_names_every_command_in_order() -> None:
    lines = run("--help").stdout.partition("\nCommands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines if line[2] != " "] == list(ENTRIES)
    for entry in ENTRIES.values():
        assert entry.help in " ".join(" ".join(lines).split())


def test_a_command_loads_no_other() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from ebbtide_cli.main import app;"
        "CliRunner().invoke(app, ['status', '--help']); print(*sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    places = {f"ebbtide_cli.{entry.place.partition(':')[0]}" for entry in ENTRIES.values()}
    assert places & set(ended.stdout.split()) == {"ebbtide_cli.status"}
