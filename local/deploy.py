"""Builds and deploys the real application and its member roles into the emulated cloud."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

REPOSITORY = Path(__file__).resolve().parent.parent
SAM = REPOSITORY / ".venv-sam" / "bin" / "sam"
PYTHON = REPOSITORY / ".venv" / "bin"
BUILD = Path(".aws-sam") / "build"
# Inputs of `sam build`. It does not read the state machine definitions; they are uploaded as is.
BUILD_INPUTS = ("template.yaml", "samconfig.toml", "layers", "functions", "statemachine")
ACCOUNT = "111111111111"
REGION = "us-east-1"
STACK = "ebbtide"
MEMBER_STACK = "ebbtide-member"
# Parameters that only the emulated cloud needs; callers can override them.
EMULATED = {"ScheduleState": "DISABLED", "RequireTls": "false", "MaxConcurrency": "4"}


class DeployError(Exception):
    """sam or CloudFormation failed; the message ends with the last lines of its output."""


class Cloud(Protocol):
    """The part of the emulated cloud that a deployment needs."""

    @property
    def url(self) -> str: ...

    @property
    def state_dir(self) -> Path: ...

    def client(self, service: str, account: str, region: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack: its outputs, and the duration of its build and deployment in seconds."""

    outputs: Mapping[str, str]
    build_s: float
    deploy_s: float


def build(cloud: Cloud, repository: Path = REPOSITORY) -> float:
    """Run `sam build` unless its inputs are unchanged; return the duration in seconds.

    Processes that build at the same time wait for each other, and the first one builds for all.
    """
    started = time.monotonic()
    stamp = repository / ".aws-sam" / "inputs.sha256"
    template = repository / BUILD / "template.yaml"
    stamp.parent.mkdir(exist_ok=True)
    with _alone(stamp.with_suffix(".lock")):
        state = _digest(repository)
        if not (template.exists() and stamp.exists() and stamp.read_text() == state):
            stamp.unlink(missing_ok=True)
            build_into(cloud, repository / BUILD, repository)
            stamp.write_text(state)
    return time.monotonic() - started


def build_into(cloud: Cloud, folder: Path, repository: Path = REPOSITORY) -> None:
    """Run `sam build` and write what it makes to the folder, which it replaces."""
    _sam(cloud, repository, "build", "--build-dir", str(folder), *_overrides({}))


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the lock of a file; the system releases it when this process ends, however it ends."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def deploy(
    cloud: Cloud,
    parameters: Mapping[str, str] | None = None,
    *,
    account: str = ACCOUNT,
    repository: Path = REPOSITORY,
) -> Deployment:
    """Build if needed, run `sam deploy`, and return the stack's outputs."""
    build_s = build(cloud, repository)
    started = time.monotonic()
    _sam(cloud, repository, "deploy", *_overrides(parameters or {}), account=account)
    outputs = _outputs(cloud.client("cloudformation", account, REGION), STACK)
    return Deployment(outputs, build_s, time.monotonic() - started)


def deploy_member(
    cloud: Cloud,
    account: str,
    deployment: Deployment,
    *,
    cleaner: bool = False,
    external_id: str = "",
    repository: Path = REPOSITORY,
) -> Mapping[str, str]:
    """Create or update the member stack of one account, and return its outputs."""
    client = cloud.client("cloudformation", account, REGION)
    parameters = {
        "ReaderPrincipals": deployment.outputs["ReaderPrincipals"],
        "CleanerPrincipals": deployment.outputs["CleanerPrincipals"],
        "CreateCleaner": str(cleaner).lower(),
        "ExternalId": external_id,
    }
    request = {
        "StackName": MEMBER_STACK,
        "TemplateBody": (repository / "member" / "template.yaml").read_text(),
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
    }
    _apply(client, request)
    return _outputs(client, MEMBER_STACK)


def deploy_template(
    cloud: Cloud,
    template: Path,
    stack: str,
    parameters: Mapping[str, str],
    *,
    account: str = ACCOUNT,
) -> Mapping[str, str]:
    """Create or update a stack of one template, and return its outputs.

    As people do, with sam if the template needs its transform, else with CloudFormation alone.
    """
    client = cloud.client("cloudformation", account, REGION)
    if "\nTransform:" in template.read_text():
        given = [
            f'ParameterKey={key},ParameterValue="{value}"' for key, value in parameters.items()
        ]
        arguments = ["--template-file", template.name, "--stack-name", stack, "--resolve-s3"]
        arguments += ["--capabilities", "CAPABILITY_IAM", "--parameter-overrides", *given]
        _sam(cloud, template.parent, "deploy", *arguments, account=account)
    else:
        request = {
            "StackName": stack,
            "TemplateBody": template.read_text(),
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
        }
        _apply(client, request)
    return _outputs(client, stack)


def _apply(client: Any, request: Mapping[str, Any]) -> None:
    try:
        client.create_stack(**request)
        wait_for = "stack_create_complete"
    except client.exceptions.AlreadyExistsException:
        try:
            client.update_stack(**request)
        except client.exceptions.ClientError as error:
            if "No updates are to be performed" in str(error):
                return
            raise
        wait_for = "stack_update_complete"
    waiter = client.get_waiter(wait_for)
    waiter.wait(StackName=request["StackName"], WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def _outputs(client: Any, stack: str) -> dict[str, str]:
    (found,) = client.describe_stacks(StackName=stack)["Stacks"]
    if not found["StackStatus"].endswith("_COMPLETE") or "ROLLBACK" in found["StackStatus"]:
        raise DeployError(f"stack {stack} is {found['StackStatus']}; check its events")
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def _overrides(parameters: Mapping[str, str]) -> tuple[str, ...]:
    chosen = {**EMULATED, "Architecture": _architecture(), **parameters}
    return ("--parameter-overrides", *(f"{key}={value}" for key, value in chosen.items()))


def layer() -> str:
    """Return the logical id of the layer that the emulated cloud deploys."""
    return "CommonLayerArm64" if _architecture() == "arm64" else "CommonLayerX86"


def _architecture() -> str:
    """Return the architecture of this machine, because the emulator runs functions on it."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def _sam(cloud: Cloud, repository: Path, *arguments: str, account: str = ACCOUNT) -> None:
    """Run sam without the caller's AWS configuration, and write its output to a log.

    Raises DeployError with the last lines of the log if sam fails.
    """
    if not SAM.exists():
        raise DeployError(f"sam is missing: {SAM}; run `make setup`")
    log = cloud.state_dir / f"sam-{arguments[0]}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        result = subprocess.run(
            [str(SAM), *arguments, "--config-env", "local"],
            cwd=repository,
            env=_environment(cloud, account),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode:
        tail = "\n".join(log.read_text().splitlines()[-15:])
        raise DeployError(f"sam {arguments[0]} failed; full output in {log}:\n{tail}")


def _environment(cloud: Cloud, account: str) -> dict[str, str]:
    temporary = cloud.state_dir / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    nowhere = str(cloud.state_dir / "no-aws-configuration")
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}
    return {
        **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
        **kept,
        # The layer's Makefile and sam itself look for python3.13 on the path.
        "PATH": f"{PYTHON}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "LAYER_ONLY": _architecture(),
        "TMPDIR": str(temporary.resolve()),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_CHECK_VERSION_UPDATES": "0",
        "__SAM_CLI_APP_DIR": str((cloud.state_dir / "sam").resolve()),
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
    }


def _digest(repository: Path) -> str:
    """Hash the names and contents of all inputs, the Python version and the architecture."""
    total = hashlib.sha256(f"{_architecture()} {platform.python_version()}".encode())
    for path in _input_files(repository / name for name in BUILD_INPUTS):
        total.update(str(path.relative_to(repository)).encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _input_files(roots: Iterable[Path]) -> Iterable[Path]:
    for root in roots:
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
