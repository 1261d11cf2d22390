"""The built artefact under the runtime client of AWS, with nothing else on the path."""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from local import deploy
from tests.support.effort import is_full
from tools.template import REPOSITORY, read_template

# What the runtime of AWS brings along; everything else must come out of the layer.
RUNTIME = (
    *("awslambdaric", "simplejson", "snapshot-restore-py"),
    *("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"),
)
FUNCTIONS = {
    name: resource["Properties"]["CodeUri"]
    for name, resource in read_template()["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
}
# Functions of one folder import the same module: in `make test`, one of them starts.
STARTED = (
    list(FUNCTIONS)
    if is_full()
    else list({code: name for name, code in FUNCTIONS.items()}.values())
)
# A schedule invokes it without a request: it begins to read the bucket, without credentials here.
WITHOUT_REQUEST = {"RefreshPricesFunction": "NoCredentialsError"}
BUILD = REPOSITORY / deploy.BUILD
LAYER = BUILD / deploy.layer() / "python"


@dataclass(frozen=True)
class Nowhere:
    """Building needs a place for its log, but no cloud."""

    state_dir: Path
    url: str = "http://127.0.0.1:9"

    def client(self, service: str, account: str, region: str) -> Any:
        raise NotImplementedError


@pytest.fixture(scope="module", autouse=True)
def built(tmp_path_factory: pytest.TempPathFactory) -> None:
    deploy.build(Nowhere(tmp_path_factory.mktemp("sam")))


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runtime's own packages and no others."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        files = distribution(name).files
        assert files
        for top in {file.parts[0] for file in files if file.parts[0] not in ("..", "__pycache__")}:
            (folder / top).symlink_to(Path(str(distribution(name).locate_file(top))))
    return folder


@dataclass
class RuntimeApi:
    """Hands out one event and keeps what the function posts."""

    event: Any
    posted: list[tuple[str, Any]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def serve(self) -> ThreadingHTTPServer:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if api.posted:
                    # The client asks for the next event; there is none, and it is ended.
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "request")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() + 60) * 1000))
                self.send_header("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000")
                self.send_header("Content-Type", "application/json")
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:::f")
                self._finish(json.dumps(api.event).encode())

            def do_POST(self) -> None:
                api.posted.append((self.path.rsplit("/", 1)[1], json.loads(self._body())))
                self.send_response(202)
                self._finish(b"{}")
                api.done.set()

            def _body(self) -> bytes:
                if self.headers["Transfer-Encoding"] != "chunked":
                    return self.rfile.read(int(self.headers["Content-Length"] or 0))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def _finish(self, body: bytes) -> None:
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


def invoke(function: str, event: Any, runtime: Path) -> tuple[str, Any]:
    """Run one event through awslambdaric; returns what was posted and where to."""
    handler = read_template()["Resources"][function]["Properties"]["Handler"]
    api = RuntimeApi(event)
    server = api.serve()
    path = [BUILD / function, LAYER, runtime]
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "LAMBDA_TASK_ROOT": str(BUILD / function),
        "AWS_REGION": "us-east-1",
        "BUCKET": "bucket",
        "ACCOUNT_ID": "111111111111",
    }
    # Without site, so that no package of the tests' own environment can stand in.
    command = [sys.executable, "-S", "-m", "awslambdaric", handler]
    output = subprocess.PIPE
    process = subprocess.Popen(command, env=environment, cwd=runtime, stdout=output, stderr=output)
    try:
        # However busy the machine is, it answers, or it ends.
        while not api.done.wait(0.2):
            assert process.poll() is None, f"{function} posted nothing"
    finally:
        process.kill()
        process.communicate()
        server.shutdown()
        server.server_close()
    return api.posted[0]


@pytest.mark.scaled
@pytest.mark.parametrize("function", STARTED)
def test_function_starts_and_refuses_an_empty_request(function: str, runtime: Path) -> None:
    where, answer = invoke(function, {}, runtime)
    expected = WITHOUT_REQUEST.get(function, "ValidationError")
    assert (where, answer["errorType"]) == ("error", expected), answer


def test_function_without_the_layer_does_not_start(
    runtime: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Proves that the test above would notice what the layer lacks."""
    (tmp_path / "ClaimFunction").symlink_to(BUILD / "ClaimFunction")
    monkeypatch.setitem(globals(), "BUILD", tmp_path)
    monkeypatch.setitem(globals(), "LAYER", tmp_path / "nothing")
    _, answer = invoke("ClaimFunction", {}, runtime)
    assert answer["errorType"] == "Runtime.ImportModuleError"


def layer_files(pattern: str) -> Iterator[Path]:
    return (path.relative_to(LAYER) for path in LAYER.rglob(pattern))


def test_layer_brings_bytecode_that_the_runtime_accepts() -> None:
    sources = {path for path in layer_files("*.py") if "__pycache__" not in path.parts}
    compiled = {
        path.parent.parent / f"{path.name.split('.')[0]}.py" for path in layer_files("*.pyc")
    }
    assert sources - compiled == set()
    (sample,) = layer_files("ebbtide/deployment/__pycache__/settings.*.pyc")
    flags = (LAYER / sample).read_bytes()[4:8]
    assert int.from_bytes(flags, "little") == 0b01, "hash-based and unchecked, PEP 552"


def test_layer_leaves_out_what_it_need_not_carry() -> None:
    tops = {path.parts[0] for path in layer_files("*")}
    assert tops & {"boto3", "botocore", "s3transfer", "bin", "tests"} == set()
    assert not list(layer_files("tests"))


def test_layer_is_built_for_the_processor_that_was_asked_for() -> None:
    machine = platform.machine()
    libraries = [path.name for path in layer_files("*.so")]
    assert libraries
    assert all(machine in name for name in libraries)


@pytest.mark.full
def test_layer_is_the_same_when_built_again(tmp_path: Path) -> None:
    """Build elsewhere: another process may be deploying what is built here."""
    again = tmp_path / "build"
    deploy.build_into(Nowhere(tmp_path), again)
    assert contents(again / deploy.layer() / "python") == contents(LAYER)


def contents(folder: Path) -> dict[Path, bytes | None]:
    return {
        path.relative_to(folder): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def build_once(folder: Path, log: Path) -> None:
    """Build for the copy of the repository, with a sam that notes when it begins and ends."""
    deploy.SAM = folder / "sam"
    deploy.build(Nowhere(log), folder)


def test_processes_that_build_at_the_same_time_build_once(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    sam = tmp_path / "sam"
    sam.write_text(
        '#!/bin/bash\necho begins >> built; sleep 1; mkdir -p "$3"; cp template.yaml "$3"\n'
        "echo ends >> built\n"
    )
    sam.chmod(0o755)
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=build_once, args=(tmp_path, tmp_path / f"log-{index}"))
        for index in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert (tmp_path / "built").read_text().split() == ["begins", "ends"]


def test_layer_carries_the_licence_of_everything_it_ships() -> None:
    names = {path.parent for path in layer_files("*.dist-info/METADATA")}
    texts = re.compile(r"^(licen[cs]e|copying)", re.IGNORECASE)
    licensed = {Path(path.parts[0]) for path in layer_files("*") if texts.match(path.name)}
    pins = (REPOSITORY / "layers" / "common" / "requirements.txt").read_text()
    # plotly needs narwhals only for its Python, of which the layer ships nothing.
    assert len(names) == len(re.findall("^[a-z].*==", pins, re.MULTILINE)) - 1
    assert names - licensed == set()
