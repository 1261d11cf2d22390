"""What `sam build` and `sam package` make of the template with the settings of the README."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from local import deploy
from local.cloud import Cloud
from tools.template import REPOSITORY, read_template

pytestmark = pytest.mark.full

SOURCES = ("template.yaml", "samconfig.toml", "README.md", "LICENSE")
FOLDERS = ("layers", "functions", "statemachine")
BUCKET = "packages"
# e_machine of the ELF header (elf.h), and the end of the library's name.
PROCESSORS = {
    "arm64": (0xB7, "-aarch64-linux-gnu.so"),
    "x86_64": (0x3E, "-x86_64-linux-gnu.so"),
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what sam reads, without anything that an earlier build has left."""
    folder = tmp_path_factory.mktemp("clone")
    for name in SOURCES:
        shutil.copy(REPOSITORY / name, folder / name)
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
    return folder


def sam(cloud: Cloud, folder: Path, *arguments: str) -> str:
    """Run sam in a folder as the README does, with the emulated cloud in the place of AWS."""
    temporary = cloud.state_dir / "sam"
    temporary.mkdir(exist_ok=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "PATH": f"{deploy.PYTHON}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(temporary),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_CHECK_VERSION_UPDATES": "0",
        "__SAM_CLI_APP_DIR": str(temporary),
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_ACCESS_KEY_ID": deploy.ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": deploy.REGION,
        "AWS_CONFIG_FILE": str(temporary / "no-aws-configuration"),
        "AWS_SHARED_CREDENTIALS_FILE": str(temporary / "no-aws-configuration"),
    }
    command = [str(deploy.SAM), *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def layer_of(folder: Path, architecture: str) -> Path:
    """The folder of the layer that the built template selects for a processor."""
    template = read_template(folder / deploy.BUILD / "template.yaml")
    conditions = {
        name: condition["Fn::Equals"][1] == architecture
        for name, condition in template["Conditions"].items()
        if condition.get("Fn::Equals", [None])[0] == {"Ref": "Architecture"}
    }
    (selected,) = template["Globals"]["Function"]["Layers"]
    condition, then, otherwise = selected["Fn::If"]
    name = (then if conditions[condition] else otherwise)["Ref"]
    layer = template["Resources"][name]
    assert conditions[layer["Condition"]], f"{name} does not exist on {architecture}"
    assert layer["Properties"]["CompatibleArchitectures"] == [architecture]
    return folder / deploy.BUILD / str(layer["Properties"]["ContentUri"])


@pytest.mark.parametrize("architecture", ["arm64", "x86_64", "arm64"])
def test_one_folder_builds_each_processor_after_the_other(
    architecture: str, cloud: Cloud, clone: Path
) -> None:
    sam(cloud, clone, "build", "--parameter-overrides", f"Architecture={architecture}")
    machine, suffix = PROCESSORS[architecture]
    libraries = list(layer_of(clone, architecture).rglob("*.so"))
    assert any("_pydantic_core" in library.name for library in libraries)
    for library in libraries:
        assert library.name.endswith(suffix), library
        header = library.read_bytes()[:20]
        assert header[:4] == b"\x7fELF"
        assert int.from_bytes(header[18:20], "little") == machine, library


def test_package_has_everything_that_the_application_repository_asks_for(
    cloud: Cloud, clone: Path, tmp_path: Path
) -> None:
    """`sam package` uploads the licence and the readme besides the code."""
    s3 = cloud.client("s3", deploy.ACCOUNT, deploy.REGION)
    s3.create_bucket(Bucket=BUCKET)
    if not (clone / deploy.BUILD).exists():
        sam(cloud, clone, "build")
    packaged = tmp_path / "packaged.yaml"
    arguments = ("--s3-bucket", BUCKET, "--output-template-file", str(packaged))
    sam(cloud, clone, "package", *arguments)

    metadata = read_template(packaged)["Metadata"]["AWS::ServerlessRepo::Application"]
    for name, file in (("LicenseUrl", "LICENSE"), ("ReadmeUrl", "README.md")):
        bucket, _, key = metadata[name].removeprefix("s3://").partition("/")
        stored = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        assert stored == (REPOSITORY / file).read_bytes()
    local = read_template()["Metadata"]["AWS::ServerlessRepo::Application"]
    assert {**metadata, "LicenseUrl": "", "ReadmeUrl": ""} == {
        **local,
        "LicenseUrl": "",
        "ReadmeUrl": "",
    }
    for resource in read_template(packaged)["Resources"].values():
        for name in ("CodeUri", "ContentUri", "DefinitionUri"):
            where = resource["Properties"].get(name)
            assert where is None or isinstance(where, dict) or where.startswith("s3://"), where
