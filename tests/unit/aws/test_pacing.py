"""Calls begin no faster than allowed, no more at once than allowed, and all of them are counted."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.parsers import ResponseParserError
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.aws import pacing
from ebbtide.aws.pacing import Pacer, ServiceUsage, TokenBucket
from ebbtide.model.service import SERVICES, service

REGION = "us-east-1"
THREADS = 4


class Clock:
    """Time that passes only when somebody sleeps, or says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


rates = st.floats(0.5, 200)
bursts = st.integers(1, 50)
pauses = st.lists(st.one_of(st.just(0.0), st.floats(0, 0.2), st.floats(0, 20)), max_size=60)


def begun(rate: float, burst: int, waits: list[float], *, asleep: bool) -> list[float]:
    """When calls begin that are asked for after such pauses; `asleep`: by one thread only."""
    clock = Clock()
    bucket = TokenBucket(rate, burst, clock.monotonic)
    moments = []
    for wait in waits:
        clock.sleep(wait)
        pause = bucket.reserve()
        moments.append(clock.now + pause)
        if asleep:
            clock.sleep(pause)
    return moments


@given(rates, bursts, pauses, st.booleans())
def test_never_more_than_the_burst_and_the_rate_begin_in_any_window(
    rate: float, burst: int, waits: list[float], asleep: bool
) -> None:
    moments = begun(rate, burst, waits, asleep=asleep)
    for first, start in enumerate(moments):
        for last in range(first, len(moments)):
            assert last - first + 1 <= burst + rate * (moments[last] - start) + 1e-6


@given(rates, bursts, pauses)
def test_nobody_who_came_first_begins_later(rate: float, burst: int, waits: list[float]) -> None:
    moments = begun(rate, burst, waits, asleep=False)
    assert all(late >= early - 1e-9 for early, late in pairwise(moments))


@given(rates, bursts)
def test_a_burst_waits_for_nothing_and_what_follows_comes_at_the_rate(
    rate: float, burst: int
) -> None:
    start, *_ = moments = begun(rate, burst, [0.0] * (burst + 3), asleep=False)
    assert moments[:burst] == [start] * burst
    late = [moment - start for moment in moments[burst:]]
    assert late == pytest.approx([1 / rate, 2 / rate, 3 / rate])


@given(rates, bursts, st.floats(0, 1e6))
def test_a_long_pause_saves_up_no_more_than_a_burst(rate: float, burst: int, idle: float) -> None:
    moments = begun(rate, burst, [idle, *[0.0] * burst], asleep=False)
    assert moments[-1] > moments[0]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of the pacer and of botocore's repetitions."""
    found = Clock()
    fake = SimpleNamespace(monotonic=found.monotonic, sleep=found.sleep)
    monkeypatch.setattr(pacing, "time", fake)
    monkeypatch.setattr("botocore.endpoint.time", fake)
    return found


def paced(pacer: Pacer, answers: list[Any], name: str = "sqs") -> Any:
    """A client whose requests are answered in turn, without a network."""
    client = boto3.client(
        name,
        region_name=REGION,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
    )
    pending = iter(answers)

    def send(request: Any, **_: Any) -> Any:
        answer = next(pending)
        answer = answer() if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        response = AWSResponse(request.url, status, {}, None)
        response._content = body.encode()
        return response

    client.meta.events.register("before-send", send)
    pacer.watch(name, REGION, client)
    return client


FINE = (200, "{}")
THROTTLED = (400, '{"__type": "ThrottlingException", "message": "slow down"}')
DENIED = (400, '{"__type": "AccessDeniedException", "message": "no"}')


def test_every_call_is_counted_by_its_service(clock: Clock) -> None:
    pacer = Pacer(THREADS)
    client = paced(pacer, [FINE] * 3)
    for _ in range(3):
        client.list_queues()
    assert dict(pacer.usage) == {"sqs": ServiceUsage(calls=3)}
    assert clock.now == 1000.0


def test_a_throttled_call_counts_each_request_and_the_pause_in_between(clock: Clock) -> None:
    pacer = Pacer(THREADS)
    paced(pacer, [THROTTLED, THROTTLED, FINE]).list_queues()
    usage = pacer.usage["sqs"]
    assert (usage.calls, usage.throttled, usage.waited_seconds) == (3, 2, 0.0)
    assert usage.throttled_seconds == pytest.approx(clock.now - 1000.0)
    assert usage.throttled_seconds > 0


def test_what_is_throttled_to_the_end_does_not_burden_the_next_call(clock: Clock) -> None:
    pacer = Pacer(THREADS)
    client = paced(pacer, [THROTTLED] * 3 + [FINE])
    with pytest.raises(ClientError, match="ThrottlingException"):
        client.list_queues()
    before = pacer.usage["sqs"].throttled_seconds
    clock.sleep(60)
    client.list_queues()
    usage = pacer.usage["sqs"]
    assert (usage.calls, usage.throttled, usage.throttled_seconds) == (4, 3, before)


@pytest.mark.usefixtures("clock")
def test_another_error_is_no_throttling() -> None:
    pacer = Pacer(THREADS)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        paced(pacer, [DENIED]).list_queues()
    assert dict(pacer.usage) == {"sqs": ServiceUsage(calls=1)}


def test_more_calls_than_a_burst_wait_and_the_waiting_is_counted(clock: Clock) -> None:
    limits = service("organizations")
    pacer = Pacer(THREADS)
    pacer._buckets["organizations", REGION] = TokenBucket(
        limits.rate, limits.burst, clock.monotonic
    )
    pacer._gates["organizations", REGION] = threading.Semaphore(limits.concurrency)
    client = paced(pacer, [FINE] * (limits.burst + 4), "organizations")
    for _ in range(limits.burst + 4):
        client.list_roots()
    assert clock.now - 1000.0 == pytest.approx(4 / limits.rate)
    assert pacer.usage["organizations"].waited_seconds == pytest.approx(4 / limits.rate)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "answer", [FINE, DENIED, ConnectionClosedError(endpoint_url="https://sqs")]
)
def test_a_call_gives_its_place_back_however_it_ends(answer: Any) -> None:
    pacer = Pacer(1)
    client = paced(pacer, [answer] * 20)
    for _ in range(5):
        try:
            client.list_queues()
        except (ClientError, ConnectionClosedError):
            continue
    assert pacer._all.acquire(blocking=False)
    assert not pacer._all.acquire(blocking=False)


@pytest.mark.usefixtures("clock")
def test_an_answer_that_cannot_be_parsed_gives_its_place_back() -> None:
    pacer = Pacer(1)
    client = paced(pacer, [(200, "<DescribeRegions")] * 3, "ec2")
    with pytest.raises(ResponseParserError):
        client.describe_regions()
    assert pacer._all.acquire(blocking=False)
    assert not pacer._all.acquire(blocking=False)


def test_a_repetition_is_a_request_like_any_other(clock: Clock) -> None:
    pacer = Pacer(THREADS)
    pacer._buckets["sqs", REGION] = TokenBucket(0.01, 1, clock.monotonic)
    pacer._gates["sqs", REGION] = threading.Semaphore(1)
    paced(pacer, [THROTTLED, FINE]).list_queues()
    usage = pacer.usage["sqs"]
    assert usage.waited_seconds + usage.throttled_seconds == pytest.approx(100)
    assert clock.now - 1000.0 == pytest.approx(100)


def test_who_waited_for_his_turn_does_not_wait_again(clock: Clock) -> None:
    pacer = Pacer(THREADS)
    pacer._buckets["sqs", REGION] = TokenBucket(0.1, 1, clock.monotonic)
    pacer._gates["sqs", REGION] = threading.Semaphore(1)
    client = paced(pacer, [FINE] * 3)
    for _ in range(2):
        pacer.wait_for_rate("sqs", REGION, "list_queues")
        with pacer.prepaid():
            client.list_queues()
    assert clock.now - 1000.0 == pytest.approx(10)
    client.list_queues()
    assert clock.now - 1000.0 == pytest.approx(20)
    assert pacer.usage["sqs"].waited_seconds == pytest.approx(20)


def test_operation_with_a_limit_of_its_own_waits_longer_than_others(clock: Clock) -> None:
    limits = service("firehose")
    rate = limits.operations["list_tags_for_delivery_stream"]
    pacer, calls = Pacer(THREADS), 3 * int(rate)
    client = paced(pacer, [FINE] * 3 * calls, "firehose")
    for _ in range(calls):
        client.list_delivery_streams()
    assert clock.now - 1000.0 == 0
    for _ in range(calls):
        client.list_tags_for_delivery_stream(DeliveryStreamName="a")
    assert clock.now - 1000.0 == pytest.approx((calls - int(rate)) / rate)
    pacer.wait_for_rate("firehose", REGION, "list_tags_for_delivery_stream")
    with pacer.prepaid():
        client.list_tags_for_delivery_stream(DeliveryStreamName="a")
    assert clock.now - 1000.0 == pytest.approx((calls + 1 - int(rate)) / rate)


def test_operation_with_a_quota_apart_and_others_do_not_wait_for_each_other(clock: Clock) -> None:
    limits, pacer = service("lambda"), Pacer(THREADS)
    rate = limits.apart["get_policy"]
    for _ in range(limits.burst):
        pacer.wait_for_rate("lambda", REGION, "list_tags")
    for _ in range(int(rate)):
        pacer.wait_for_rate("lambda", REGION, "get_policy")
    assert clock.now - 1000.0 == 0
    pacer.wait_for_rate("lambda", REGION, "get_policy")
    assert clock.now - 1000.0 == pytest.approx(1 / rate)


def test_tasks_that_run_side_by_side_share_the_limit_of_an_operation(clock: Clock) -> None:
    rate = service("firehose").operations["list_tags_for_delivery_stream"]
    pacer = Pacer(THREADS, {"firehose": 2})
    for _ in range(int(rate)):
        pacer.wait_for_rate("firehose", REGION, "list_tags_for_delivery_stream")
    assert clock.now - 1000.0 == pytest.approx((int(rate) - int(rate / 2)) / (rate / 2))


def test_limits_are_those_of_operations_that_exist() -> None:
    for name, limits in SERVICES.items():
        known = set(boto3.client(name, region_name=REGION).meta.method_to_api_mapping)
        assert limits.operations.keys() | limits.apart.keys() <= known, name


def test_a_repetition_of_a_prepaid_request_waits_for_its_own_turn(clock: Clock) -> None:
    pacer = Pacer(THREADS)
    pacer._buckets["sqs", REGION] = TokenBucket(0.01, 1, clock.monotonic)
    pacer._gates["sqs", REGION] = threading.Semaphore(1)
    client = paced(pacer, [THROTTLED, FINE])
    pacer.wait_for_rate("sqs", REGION, "list_queues")
    with pacer.prepaid():
        client.list_queues()
    assert clock.now - 1000.0 == pytest.approx(100)


@pytest.mark.parametrize(("threads", "name", "most"), [(2, "sqs", 2), (8, "organizations", 2)])
def test_no_more_calls_than_allowed_are_under_way_at_once(
    threads: int, name: str, most: int
) -> None:
    lock, under_way, seen = threading.Lock(), 0, []

    def slow() -> Any:
        nonlocal under_way
        with lock:
            under_way += 1
            seen.append(under_way)
        threading.Event().wait(0.01)
        with lock:
            under_way -= 1
        return FINE

    client = paced(Pacer(threads), [slow] * 5, name)
    operation = client.list_queues if name == "sqs" else client.list_roots
    with ThreadPoolExecutor(5) as pool:
        for call in [pool.submit(operation) for _ in range(5)]:
            call.result()
    assert max(seen) == most


def test_clients_of_the_same_service_and_region_share_their_limits() -> None:
    pacer = Pacer(THREADS)
    assert pacer._limits("sqs", REGION) is not None
    assert pacer._limits("sqs", REGION)[0] is pacer._limits("sqs", REGION)[0]
    assert pacer._limits("sqs", REGION)[0] is not pacer._limits("sqs", "eu-west-1")[0]


def test_usage_is_told_in_thousandths_of_seconds() -> None:
    assert ServiceUsage(2, 1, 0.12345, 1.0004).to_json() == {
        "calls": 2,
        "throttled": 1,
        "throttled_seconds": 0.123,
        "waited_seconds": 1.0,
    }


def test_a_rate_is_divided_among_those_that_share_it(clock: Clock) -> None:
    limits = service("organizations")
    pacer = Pacer(THREADS, {"organizations": 5})
    bucket, _ = pacer._limits("organizations", REGION)
    bucket._clock = clock.monotonic
    bucket._at = clock.now
    assert bucket.reserve() == 0.0
    assert bucket.reserve() == pytest.approx(5 / limits.rate)
    assert pacer._limits("sqs", REGION)[0]._rate == service("sqs").rate
