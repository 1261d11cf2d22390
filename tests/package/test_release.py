"""`make sbom` and `make dist`, which write what goes out with a release."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from ebbtide import __version__
from tests.package.test_declared import REPOSITORY

pytestmark = pytest.mark.full

BUILD = REPOSITORY / "build"
PINS = REPOSITORY / "layers" / "common" / "requirements.txt"


def make(target: str) -> str:
    # A make around the tests would pass its own flags on.
    environment = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "-C", str(REPOSITORY), target]
    # Two processes of tests must not make the environment for releases at the same time.
    with (REPOSITORY / ".local" / "release.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def pinned() -> dict[str, str]:
    """Return the version of each package that the layer ships."""
    found = re.findall(r"^([a-z0-9-]+)==(\S+)", PINS.read_text(), re.MULTILINE)
    assert found
    return {canonicalize_name(name): version for name, version in found}


@pytest.fixture(scope="module")
def written() -> Path:
    make("sbom")
    return BUILD


def test_the_sbom_has_exactly_what_the_layer_ships(written: Path) -> None:
    sbom = json.loads((written / "sbom.cdx.json").read_text())
    components = {canonicalize_name(each["name"]): each for each in sbom["components"]}
    assert {name: each["version"] for name, each in components.items()} == pinned()
    assert [name for name, each in components.items() if not each.get("licenses")] == []
    about = sbom["metadata"]["component"]
    assert (about["name"], about["version"]) == ("ebbtide", __version__)


def test_the_licences_of_all_that_the_layer_ships_are_written(written: Path) -> None:
    text = (written / "THIRD_PARTY_LICENSES").read_text()
    headings = re.findall(r"^([\w.-]+)\n(\d[\w.]*)\n(.+)\nhttps?://.*\n(.+)$", text, re.MULTILINE)
    found = {canonicalize_name(name): version for name, version, _, _ in headings}
    assert found == pinned()
    nothing = [name for name, _, *rest in headings if "UNKNOWN" in rest]
    assert nothing == []
    # One of several licences of one package.
    assert "Mozilla Public License Version 2.0" in text


def test_the_packages_for_the_index_are_built_and_checked() -> None:
    output = re.sub(r"\x1b\[[0-9;]*m", "", make("dist"))
    names = {f"ebbtide-{__version__}.tar.gz", f"ebbtide-{__version__}-py3-none-any.whl"}
    assert {path.name for path in (BUILD / "dist").iterdir()} == names
    assert {name for name in names if f"{name}: PASSED" in output} == names
