"""Starts, finds, controls and stops the emulated cloud."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import boto3
from botocore.config import Config

REPOSITORY = Path(__file__).resolve().parent.parent
STATE_DIR = REPOSITORY / ".local"
INTERPRETER = REPOSITORY / ".venv-emulator" / "bin" / "python"
HOST = "127.0.0.1"
_START_SECONDS = 300  # an idle machine needs half a second; only a hung process reaches it
_ANSWER_SECONDS = 20
_PORTS_TRIED = 3
_STOP_SECONDS = 10  # the emulator stops its function workers first, which takes up to 6 s

_children: dict[int, "subprocess.Popen[bytes]"] = {}  # started and reaped by this process


class CloudError(Exception):
    """The emulated cloud cannot be started or reached; the message says what to do next."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """One running emulator."""

    pid: int
    port: int
    url: str
    state_dir: Path

    @classmethod
    def start(
        cls,
        state_dir: Path = STATE_DIR,
        *,
        port: int | None = None,
        auth: bool = False,
        interpreter: Path = INTERPRETER,
    ) -> "Cloud":
        """Start an emulator with empty state and return once it answers.

        Without `port`, choose a free one, so that each clone of the repository can run its own
        emulator. Raises CloudError with the reason if the emulator does not start.
        """
        if cls.running(state_dir):
            raise CloudError(f"an emulator is already running from {state_dir}; stop it first")
        if not interpreter.exists():
            raise CloudError(f"the emulator's Python is missing: {interpreter}; run `make setup`")
        if port is not None:
            if _in_use(port):
                raise CloudError(f"port {port} on {HOST} is in use; choose another or omit it")
            return cls._launch(state_dir, port, auth, interpreter)
        return cls._launch_on_a_free_port(state_dir, auth, interpreter)

    @classmethod
    def _launch_on_a_free_port(cls, state_dir: Path, auth: bool, interpreter: Path) -> "Cloud":
        """Retry with another port if a different program takes the free one first."""
        for _ in range(_PORTS_TRIED):
            port = free_port()
            try:
                return cls._launch(state_dir, port, auth, interpreter)
            except CloudError as error:
                if not _in_use(port):
                    raise
                reason = error
        raise reason

    @classmethod
    def _launch(cls, state_dir: Path, port: int, auth: bool, interpreter: Path) -> "Cloud":
        temporary = state_dir / "emulator"
        _discard(temporary)  # a killed emulator leaves unpacked functions there
        temporary.mkdir(parents=True)
        (state_dir / "calls.jsonl").unlink(missing_ok=True)
        command = [str(interpreter), "-m", "local.emulator"]
        command += ["--port", str(port), "--state-dir", str(state_dir.resolve())]
        command += ["--auth"] if auth else []
        with (state_dir / "emulator.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=_environment(temporary.resolve()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        cloud = cls(process.pid, port, f"http://{HOST}:{port}", state_dir)
        _children[process.pid] = process
        cloud._await(process)
        facts = asdict(cloud) | {"state_dir": str(state_dir)}
        (state_dir / "emulator.json").write_text(json.dumps(facts) + "\n")
        return cloud

    @classmethod
    def running(cls, state_dir: Path = STATE_DIR) -> "Cloud | None":
        """Return the emulator that is running from this folder, or None."""
        try:
            facts = json.loads((state_dir / "emulator.json").read_text())
        except (FileNotFoundError, ValueError):
            return None
        cloud = cls(facts["pid"], facts["port"], facts["url"], state_dir)
        return cloud if _alive(cloud.pid) and cloud.answers() else None

    def _await(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                log = (self.state_dir / "emulator.log").read_text().strip().splitlines()
                reason = log[-1] if log else f"it did not answer within {_START_SECONDS} seconds"
                self.stop()
                raise CloudError(f"the emulator did not start: {reason}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Check that this emulator answers, rather than another one that has taken its port."""
        try:
            with urlopen(f"{self.url}/_local/process", timeout=_ANSWER_SECONDS) as answer:
                return bool(json.loads(answer.read())["pid"] == self.pid)
        except (URLError, OSError, ValueError, KeyError, TypeError):
            return False

    def stop(self) -> None:
        """Stop the emulator and its function workers: SIGTERM first, then SIGKILL."""
        for sent in (signal.SIGTERM, signal.SIGKILL):
            if not _alive(self.pid):
                break
            os.kill(self.pid, sent)
            deadline = time.monotonic() + _STOP_SECONDS
            while _alive(self.pid) and time.monotonic() < deadline:
                time.sleep(0.05)
        (self.state_dir / "emulator.json").unlink(missing_ok=True)

    def client(self, service: str, account: str, region: str) -> Any:
        """Return a boto3 client for one account, whose number serves as the access key id."""
        connect: Any = boto3.client  # the type checker needs a literal service name
        return connect(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def faults(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Replace all faults; an empty list clears them (keys: the fields of faults.Fault)."""
        self._ask("POST", json.dumps(list(rules)).encode())

    def fired(self) -> list[dict[str, Any]]:
        """Return the faults with their counters: calls passed and calls hit."""
        shown: list[dict[str, Any]] = json.loads(self._ask("GET"))
        return shown

    def _ask(self, method: str, body: bytes | None = None) -> bytes:
        with urlopen(
            Request(f"{self.url}/_local/faults", body, method=method), timeout=5
        ) as answer:
            content: bytes = answer.read()
            return content

    def mark(self) -> int:
        """Return the current end of the call record, for calls_since()."""
        record = self.state_dir / "calls.jsonl"
        return record.stat().st_size if record.exists() else 0

    def calls_since(self, mark: int) -> list[dict[str, Any]]:
        """Return the calls recorded after a mark, in the order of their answers."""
        with (self.state_dir / "calls.jsonl").open("rb") as record:
            record.seek(mark)
            return [json.loads(line) for line in record if line.endswith(b"\n")]

    def calls(self) -> list[dict[str, Any]]:
        """Return every call since the emulator started."""
        return self.calls_since(0)


def free_port() -> int:
    """Return a port of the loopback interface that is free at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _in_use(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _discard(folder: Path) -> None:
    """Remove a folder in the background: tens of thousands of files take many seconds."""
    if folder.exists():
        old = folder.with_name(f"{folder.name}.old-{os.getpid()}")
        folder.rename(old)
        left = [str(path) for path in folder.parent.glob(f"{folder.name}.old-*")]
        subprocess.run(["sh", "-c", 'nice rm -rf "$@" &', "sh", *left], check=True)


def _environment(temporary: Path) -> dict[str, str]:
    """Return a minimal environment, because functions inherit everything in it."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        # S3 Control puts the account before the host name; no such name exists on the loopback.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "LOG_LEVEL": "WARNING",
        "SFN_WAIT_SCALE": "1",
    }


def _alive(pid: int) -> bool:
    if (child := _children.get(pid)) and child.poll() is not None:
        del _children[pid]
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
