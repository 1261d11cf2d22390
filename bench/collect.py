"""Measure collecting (wall time, CPU, calls, memory) against a plain loop and the ideal.

For each size, a mocked account runs behind a proxy that adds a constant latency. The same run
measures Ebbtide, as one task in its own process, and a single-threaded boto3 loop over the same
calls, also in its own process. The ideal is the longer of two times: the longest chain of calls
that must follow each other, and the sum of all calls divided by the allowed concurrency. Each call
counts with its duration in the plain loop.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.estate import REGIONS, Estate
from bench.printing import console

REPOSITORY = Path(__file__).resolve().parent.parent
SCRATCH = REPOSITORY / ".local" / "bench"
SIZES = (300, 3_000, 15_000)
LATENCIES = (0.0, 0.03, 0.1)
ACCOUNT = "111122223333"
CREDENTIALS = {"aws_access_key_id": "bench", "aws_secret_access_key": "bench"}

# Regions that are enabled by default in every account (AWS account management reference).
DEFAULT_REGIONS = (
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
    "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2",
    "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of one process; seconds and MB."""

    wall: float
    cpu: float
    calls: int
    peak: float
    resources: int = 0
    sum_seconds: float = 0.0
    chain: float = 0.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(*command: str, port: int, **environment: str) -> Iterator[str]:
    """Start a server of this benchmark on the loopback interface, yield its URL, and end it."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with (SCRATCH / f"server-{port}.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], stdout=log, stderr=log, env=os.environ | environment
        )
        try:
            _wait(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit(f"a server ended early: see {SCRATCH}/server-{port}.log")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"no server answered on port {port} within 30 seconds")


@contextmanager
def cloud(resources: int) -> Iterator[tuple[str, int]]:
    """Start a mocked account behind the proxy; yield its URL and its number of resources."""
    moto, proxy = free_port(), free_port()
    quiet = {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "MOTO_PORT": str(moto)}
    with server("bench.mock", str(moto), port=moto, **quiet) as target:
        made = _fill(target, resources)
        _prepare_bucket(target)
        with server("bench.proxy", "--port", str(proxy), "--target", target, port=proxy) as url:
            yield url, made


def _fill(target: str, resources: int) -> int:
    if not resources:
        return 0
    return Estate(target, _account_credentials(target)).fill(resources)


def _account_credentials(target: str) -> dict[str, str]:
    import boto3

    sts = boto3.client("sts", endpoint_url=target, region_name="us-east-1", **CREDENTIALS)
    role = f"arn:aws:iam::{ACCOUNT}:role/Owner"
    found = sts.assume_role(RoleArn=role, RoleSessionName="bench")["Credentials"]
    return {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }


def _prepare_bucket(target: str) -> None:
    import boto3

    s3 = boto3.client("s3", endpoint_url=target, region_name="us-east-1", **CREDENTIALS)
    s3.create_bucket(Bucket="ebbtide-bench")


def set_latency(url: str, seconds: float) -> None:
    request = urllib.request.Request(f"{url}/_bench/latency/{seconds}", method="POST")
    urllib.request.urlopen(request).read()


def run(url: str, part: str, regions: tuple[str, ...], *more: str) -> dict[str, Any]:
    """Run one measured process; return the JSON that it prints."""
    environment = os.environ | {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "AWS_DEFAULT_REGION": "us-east-1",
        # Host names with a prefix do not resolve to the loopback interface.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "BUCKET": "ebbtide-bench",
        "ACCOUNT_ID": ACCOUNT,
    }
    command = [sys.executable, "-m", "bench.collecting", part, ",".join(regions), *more]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{part}: {done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def outcome(found: dict[str, Any]) -> Outcome:
    return Outcome(**{name: found[name] for name in Outcome.__dataclass_fields__ if name in found})


def measure(sizes: tuple[int, ...] = SIZES) -> list[tuple[int, float, Outcome, Outcome]]:
    """Return size, latency, our outcome and that of the plain loop, for each size and latency."""
    found = []
    calls = SCRATCH / "calls.json"
    for size in sizes:
        with cloud(size) as (url, _):
            # The proxy fetches every answer from moto once, before anything is timed.
            run(url, "journal", REGIONS, str(calls))
            for latency in LATENCIES:
                set_latency(url, latency)
                ours = outcome(run(url, "ours", REGIONS))
                plain = outcome(run(url, "plain", REGIONS, str(calls)))
                found.append((size, latency, ours, plain))
                sys.stderr.write(f"{size} {latency}: {ours} {plain}\n")
    return found


def empty_account() -> dict[str, Any]:
    """Return the number of calls for an empty account, by their reason and in total."""
    with cloud(0) as (url, _):
        return run(url, "empty", DEFAULT_REGIONS)


def show(console: Console) -> None:
    found = measure()
    table = Table(title="Collecting a mocked account in three regions, 16 calls at once")
    for title in (
        "resources", "latency", "wall", "plain loop", "ideal", "wall/ideal", "CPU", "plain CPU",
        "calls", "peak MB",
    ):  # fmt: skip
        table.add_column(title, justify="right")
    for _, latency, ours, plain in found:
        ideal = max(plain.chain, plain.sum_seconds / 16)
        table.add_row(
            str(ours.resources),
            f"{1000 * latency:.0f} ms",
            f"{ours.wall:.1f} s",
            f"{plain.wall:.1f} s",
            f"{ideal:.1f} s",
            f"{ours.wall / ideal:.2f}",
            f"{ours.cpu:.1f} s",
            f"{plain.cpu:.1f} s",
            str(ours.calls),
            f"{ours.peak:.0f}",
        )
    console.print(table)
    _show_slopes(console, found)
    _show_memory(console)
    _show_empty(console, empty_account())


def _show_slopes(console: Console, found: list[tuple[int, float, Outcome, Outcome]]) -> None:
    """Print the CPU per additional resource, which excludes the constant cost of starting."""
    for latency in LATENCIES:
        rows = [row for row in found if row[1] == latency]
        if len(rows) < 2:
            continue
        (_, _, small, plain_small), (_, _, large, plain_large) = rows[-2], rows[-1]
        more = large.resources - small.resources
        ours = (large.cpu - small.cpu) / more
        plain = (plain_large.cpu - plain_small.cpu) / more
        console.print(
            f"latency {1000 * latency:.0f} ms: {1000 * ours:.3f} ms of CPU per added resource, "
            f"botocore alone {1000 * plain:.3f} ms: {ours / plain:.2f} times"
        )


def _show_memory(console: Console) -> None:
    table = Table(title="Peak memory of one slice by the number of volumes in it (pages of 500)")
    for title in ("volumes", "peak MB", "CPU", "botocore alone, CPU", "ratio"):
        table.add_column(title, justify="right")
    for volumes in (500, 5_000, 50_000):
        found = run("http://127.0.0.1:9", "memory", ("us-east-1",), str(volumes))
        table.add_row(
            f"{volumes:,}",
            f"{found['peak']:.0f}",
            f"{found['cpu']:.1f} s",
            f"{found['plain_cpu']:.1f} s",
            f"{found['cpu'] / found['plain_cpu']:.2f}",
        )
    console.print(table)


def _show_empty(console: Console, found: dict[str, Any]) -> None:
    table = Table(title=f"Calls for an empty account, {len(DEFAULT_REGIONS)} regions, first run")
    for title in ("why", "calls"):
        table.add_column(title, justify="left" if title == "why" else "right")
    for why, count in found["why"].items():
        table.add_row(why, str(count))
    table.add_row("all", str(found["calls"]))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.collect", description=__doc__)
    parser.add_argument("--empty", action="store_true", help="measure only the empty account")
    parser.add_argument("--size", type=int, action="append", help="this size only; repeatable")
    options = parser.parse_args()
    out = console()
    if options.empty:
        _show_empty(out, empty_account())
    elif options.size:
        measure(tuple(options.size))
    else:
        show(out)


if __name__ == "__main__":
    main()
