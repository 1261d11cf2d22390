"""The measured processes of bench.collect; each prints one line of JSON and exits.

`journal` records the calls of one task, `ours` collects this task, and `plain` makes the same calls
one after the other. `empty` counts the calls for an empty account by reason. `memory` reads
generated pages of volumes without a network.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import botocore.client
from botocore.awsrequest import AWSResponse
from botocore.config import Config as ClientConfig

from bench.memory import peak_mb
from ebbtide.base.deadline import Deadline
from ebbtide.base.gc_pauses import fewer_collections
from ebbtide.collect import collect_task
from ebbtide.collect.calling import Caller
from ebbtide.collect.probing import PROBES
from ebbtide.config import parse_config
from ebbtide.config.scope import is_skippable
from ebbtide.deployment.inputs import CollectRequest, Task
from ebbtide.deployment.settings import Settings
from ebbtide.kinds import registry
from ebbtide.model.resource import GLOBAL
from ebbtide.store.bucket import open_bucket
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run, store_run

RUN = "bench"


def measured(work: Callable[[], None]) -> dict[str, Any]:
    started, cpu = time.monotonic(), time.process_time()
    work()
    return {
        "wall": time.monotonic() - started,
        "cpu": time.process_time() - cpu,
        "peak": peak_mb(),
    }


class Journal:
    """A record of every call: service, region, operation and arguments."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        original = botocore.client.BaseClient._make_api_call
        journal = self.calls

        def call(self: Any, operation: str, arguments: Any) -> Any:
            answer = original(self, operation, arguments)
            journal.append(
                {
                    "service": self.meta.service_model.service_name,
                    "region": self.meta.region_name,
                    "operation": operation,
                    "arguments": arguments,
                }
            )
            return answer

        botocore.client.BaseClient._make_api_call = call


def task_of(regions: list[str], probe: tuple[str, ...] = ()) -> Task:
    return Task(
        account=Settings.from_env().account_id,
        name="bench",
        regions=(GLOBAL, *regions),
        enabled_regions=tuple(regions),
        probe=probe,
    )


class Collecting:
    """One task, and a bucket with everything that the function of the step expects."""

    def __init__(self, task: Task) -> None:
        self.task, self.settings = task, Settings.from_env()
        self.bucket = open_bucket(self.settings.bucket, self.settings.aws_region)
        # S3 Control puts the account before the host name, which does not resolve on the loopback.
        config = parse_config("collect: {kinds: {exclude: [aws_s3_account_settings]}}")
        store_run(self.bucket, Run(RUN, "collect", datetime.now(UTC), config))

    def run(self) -> dict[str, Any]:
        request = CollectRequest(run_id=RUN, task=self.task)
        return collect_task(request, self.bucket, self.settings, Deadline.after(900))

    def coverage(self) -> Any:
        key = RunKeys(RUN).task(self.task.account, self.task.task, "coverage.json")
        return self.bucket.read_json(key)


def ours(regions: list[str]) -> dict[str, Any]:
    collecting = Collecting(task_of(regions))
    found: dict[str, Any] = {}
    figures = measured(lambda: found.update(collecting.run()))
    coverage = collecting.coverage()
    figures["calls"] = sum(usage["calls"] for usage in coverage["services"].values())
    figures["resources"] = found["resources"]
    bad = {
        (entry["kind"], entry["state"], entry.get("error"))
        for entry in coverage["kinds"]
        if entry["state"] != "complete"
    }
    for line in sorted(bad):
        sys.stderr.write(" ".join(map(str, line)) + "\n")
    figures["incomplete"] = len(bad)
    return figures


def journal(regions: list[str], target: str) -> dict[str, Any]:
    """Collect like `ours`, but write all calls and the longest chain to a file; not timed."""
    noted = Journal()
    chains: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    timed = Caller.timed

    def watched(self: Caller, function: Callable[..., Any], *arguments: Any) -> Any:
        chains[self.place.region, self.kind.name][function.__name__] += 1
        return timed(self, function, *arguments)

    Caller.timed = watched  # type: ignore[method-assign]
    Collecting(task_of(regions)).run()
    lengths = {
        f"{region} {name}": chain_length(chains, region, name)
        for region, name in chains
        if registry()[name].each is None
    }
    reading = [call for call in noted.calls if "ebbtide-bench" not in str(call["arguments"])]
    Path(target).write_text(
        json.dumps({"calls": reading, "longest": max(lengths.values())}, default=str)
    )
    return {"longest": max(lengths, key=lambda key: lengths[key]), "calls": len(reading)}


def chain_length(
    chains: dict[tuple[str, str], Counter[str]], region: str, name: str, parents: int = 1
) -> int:
    """Return how many calls of a kind must follow each other: pages, details, then children.

    The pages of one parent follow each other; the pages of different parents are independent. Each
    `next` that finds the end makes no call.
    """
    kind = registry()[name]
    counted = chains[region, name]
    pages = max(1, -(-(counted["next"] - parents) // parents)) if counted["next"] else 0
    details = len(kind.details) if counted["call_answer"] else 0
    below = [
        chain_length(chains, region, child.name, max(1, chains[region, child.name]["next"] // 2))
        for child in registry().values()
        if child.each == name and (region, child.name) in chains
    ]
    return pages + details + max(below, default=0)


def plain(source: str) -> dict[str, Any]:
    """Make the same calls one after the other: the cost of botocore alone."""
    noted = json.loads(Path(source).read_text())
    clients: dict[tuple[str, str], Any] = {}
    durations: list[float] = []
    session = boto3.session.Session()

    def loop() -> None:
        for call in noted["calls"]:
            key = (call["service"], call["region"])
            if key not in clients:
                making: Any = session
                clients[key] = making.client(
                    key[0], region_name=key[1], config=ClientConfig(max_pool_connections=1)
                )
            started = time.monotonic()
            clients[key]._make_api_call(call["operation"], call["arguments"])
            durations.append(time.monotonic() - started)

    figures = measured(loop)
    total = sum(durations)
    mean = total / len(durations)
    # Two calls enter the account before anything is read, so nothing runs in parallel with them.
    return {
        **figures,
        "calls": len(durations),
        "sum_seconds": total,
        "chain": (noted["longest"] + 2) * mean,
    }


def empty(regions: list[str]) -> dict[str, Any]:
    """Count by reason the calls of the first run for an empty account, which reads one region."""
    noted = Journal()
    Collecting(task_of(regions, probe=tuple(regions[1:]))).run()
    probes = {(probe.service, _camel(probe.operation), str(dict(probe.args))) for probe in PROBES}
    everywhere = {
        (kind.list.service, _camel(kind.list.operation))
        for kind in registry().values()
        if kind.list is not None and kind.each is None and not is_skippable(kind)
    }
    why: Counter[str] = Counter()
    for call in noted.calls:
        if "ebbtide-bench" in str(call["arguments"]):
            continue
        name = (call["service"], call["operation"])
        if call["service"] == "sts":
            why["entering the account"] += 1
        elif (*name, str(call["arguments"])) in probes and call["region"] != regions[0]:
            why[f"{len(PROBES)} probes in each of {len(regions) - 1} regions"] += 1
        elif name in everywhere:
            why["kinds that are read everywhere"] += 1
        elif call["region"] == regions[0]:
            why["every other kind in the one region whose turn it is"] += 1
        else:
            why["global services"] += 1
    return {"why": dict(why), "calls": sum(why.values())}


def _camel(operation: str) -> str:
    return "".join(part.capitalize() for part in operation.split("_"))


def memory(count: int) -> dict[str, Any]:
    """Read one slice of `count` volumes, in pages of 500 in AWS's format."""
    # Every page has the same volumes, so that the answers themselves need no memory.
    items = _items()
    last = count // 500 - 1

    def answer(request: Any, **_: Any) -> AWSResponse:
        body = dict(part.split("=", 1) for part in _text(request.body).split("&"))
        token = int(body.get("NextToken", "0"))
        return _response(request.url, _page(items, token + 1 if token < last else None))

    config = parse_config("collect: {kinds: {include: [aws_ec2_volume]}}")
    figures = measured(lambda: _collect_volumes(config, answer))
    started = time.process_time()
    client = boto3.client("ec2", region_name="us-east-1")
    client.meta.events.register("before-send.ec2", answer)
    for _ in client.get_paginator("describe_volumes").paginate(MaxResults=500):
        pass
    return {**figures, "plain_cpu": time.process_time() - started}


def _collect_volumes(config: Any, answer: Callable[..., AWSResponse]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from ebbtide.aws import own_session
    from ebbtide.base.json_lines import LineWriter
    from ebbtide.collect.sinks import Output
    from ebbtide.collect.slice_reader import SliceReader
    from ebbtide.collect.to_resource import Place
    from ebbtide.config.scope import collected_kinds

    session = own_session("111122223333", "aws")
    session.client("ec2", "us-east-1").meta.events.register("before-send.ec2", answer)
    with ThreadPoolExecutor(2) as pool, LineWriter() as one, LineWriter() as other:
        place = Place("111122223333", "us-east-1", "aws")
        kinds = collected_kinds(config.collect.kinds)
        reader = SliceReader(session, place, pool, Output(one, other), kinds, lambda: None)
        for group in reader.groups():
            reader.read(group)


def _text(body: Any) -> str:
    return body.decode() if isinstance(body, bytes) else str(body or "")


def _items() -> str:
    return "".join(
        f"<item><volumeId>vol-{number:017x}</volumeId><size>8</size>"
        f"<snapshotId>snap-{number:017x}</snapshotId><availabilityZone>us-east-1a"
        "</availabilityZone><status>in-use</status><createTime>2026-10-05T08:30:00.000Z"
        f"</createTime><attachmentSet><item><volumeId>vol-{number:017x}</volumeId>"
        f"<instanceId>i-{number:017x}</instanceId><device>/dev/xvda</device>"
        "<status>attached</status><attachTime>2026-10-05T08:30:00.000Z</attachTime>"
        "<deleteOnTermination>true</deleteOnTermination></item></attachmentSet><tagSet>"
        f"<item><key>Name</key><value>bench-{number}</value></item>"
        "<item><key>owner</key><value>team-shop</value></item></tagSet>"
        "<volumeType>gp3</volumeType><iops>3000</iops><encrypted>true</encrypted>"
        "<multiAttachEnabled>false</multiAttachEnabled><throughput>125</throughput></item>"
        for number in range(500)
    )


def _page(items: str, following: int | None) -> bytes:
    token = "" if following is None else f"<nextToken>{following}</nextToken>"
    return (
        "<DescribeVolumesResponse><requestId>1</requestId>"
        f"<volumeSet>{items}</volumeSet>{token}</DescribeVolumesResponse>"
    ).encode()


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self._content


def _response(url: str, content: bytes) -> AWSResponse:
    return AWSResponse(url, 200, {}, _Body(content))


def main(arguments: list[str]) -> None:
    part, regions, more = arguments[0], arguments[1].split(","), arguments[2:]
    fewer_collections()  # like functions/collect; for fairness, also for the loops
    if part == "ours":
        found = ours(regions)
    elif part == "journal":
        found = journal(regions, more[0])
    elif part == "plain":
        found = plain(more[0])
    elif part == "empty":
        found = empty(regions)
    else:
        found = memory(int(more[0]))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
