"""Paces the calls to one account: limits their rate and concurrency per service and region.

Operations for which AWS documents a limit of their own have a rate of their own besides.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name

from ebbtide.aws.failures import is_throttling
from ebbtide.model.service import service


@dataclass(slots=True)
class ServiceUsage:
    """Counts the HTTP requests to one service and the seconds lost to rate limits.

    `throttled_seconds` are pauses after AWS throttled a request, `waited_seconds` those imposed by
    the rate limiter.
    """

    calls: int = 0
    throttled: int = 0
    throttled_seconds: float = 0.0
    waited_seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "throttled": self.throttled,
            "throttled_seconds": round(self.throttled_seconds, 3),
            "waited_seconds": round(self.waited_seconds, 3),
        }


class TokenBucket:
    """Allows `burst` calls at once, then `rate` calls per second."""

    def __init__(
        self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._burst, self._clock = rate, float(burst), clock
        self._tokens, self._at = self._burst, clock()
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Take a token; return the seconds to wait before the call may begin."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate) - 1
            self._at = now
            return max(0.0, -self._tokens / self._rate)


@dataclass(slots=True)
class Pacer:
    """Limits and counts the calls to one account; shared by its threads.

    `shares` gives for each service the number of parallel processes that divide its rate.
    """

    threads: int
    shares: Mapping[str, int] = field(default_factory=dict)
    usage: dict[str, ServiceUsage] = field(default_factory=lambda: defaultdict(ServiceUsage))
    _all: threading.Semaphore = field(init=False)
    _buckets: dict[tuple[str, str], TokenBucket] = field(default_factory=dict)
    _operations: dict[tuple[str, str, str], TokenBucket] = field(default_factory=dict)
    _gates: dict[tuple[str, str], threading.Semaphore] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _own: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        self._all = threading.Semaphore(self.threads)

    def _limits(self, name: str, region: str) -> tuple[TokenBucket, threading.Semaphore]:
        key = (name, region)
        with self._lock:
            if key not in self._buckets:
                limits, among = service(name), self.shares.get(name, 1)
                burst = max(1, limits.burst // among)
                self._buckets[key] = TokenBucket(limits.rate / among, burst)
                self._gates[key] = threading.Semaphore(limits.concurrency)
            return self._buckets[key], self._gates[key]

    def _reserve(self, name: str, region: str, operation: str) -> float:
        """Take a token of each limit of an operation; return the seconds to wait."""
        limits, shared = service(name), self._limits(name, region)[0]
        alone = limits.apart.get(operation)
        rate = limits.operations.get(operation) if alone is None else alone
        own = None if rate is None else self._limit_of(name, region, operation, rate)
        used = [own] if alone is not None else [shared, own]
        return max(bucket.reserve() for bucket in used if bucket is not None)

    def _limit_of(self, name: str, region: str, operation: str, rate: float) -> TokenBucket:
        """Return the limit of an operation that has one of its own."""
        key = (name, region, operation)
        with self._lock:
            if key not in self._operations:
                rate /= self.shares.get(name, 1)
                self._operations[key] = TokenBucket(rate, max(1, int(rate)), time.monotonic)
            return self._operations[key]

    def _count(self, name: str, **amounts: float) -> None:
        with self._lock:
            usage = self.usage[name]
            for field_name, amount in amounts.items():
                setattr(usage, field_name, getattr(usage, field_name) + amount)

    def wait_for_rate(self, name: str, region: str, operation: str) -> None:
        """Wait until a request for an operation of a service may begin.

        A thread calls this before it submits a call to a pool: a call that waited in the pool would
        block a thread that other services need. The pool makes the first request as `prepaid`.
        """
        pause = self._reserve(name, region, operation)
        if pause:
            self._count(name, waited_seconds=pause)
            time.sleep(pause)

    @contextmanager
    def prepaid(self) -> Iterator[None]:
        """Skip the rate limiter for this thread's first request, which has already waited."""
        self._own.prepaid = True
        try:
            yield
        finally:
            self._own.__dict__.pop("prepaid", None)

    def watch(self, name: str, region: str, client: Any) -> None:
        """Pace and count the requests of a client, including retries.

        A request occupies a concurrency slot only while it is on the wire, not while it is being
        signed or its answer parsed.
        """
        _, gate = self._limits(name, region)
        own = self._own

        def send(event_name: str, **_: Any) -> None:
            since = own.__dict__.pop("throttled_at", None)
            throttled = 0.0 if since is None else time.monotonic() - since
            # The event is called before-send.<service>.<operation>, by AWS's name of it.
            operation = xform_name(event_name.rsplit(".", 1)[1])
            prepaid = own.__dict__.pop("prepaid", False)
            pause = 0.0 if prepaid else self._reserve(name, region, operation)
            self._count(name, calls=1, waited_seconds=pause, throttled_seconds=throttled)
            if pause:
                time.sleep(pause)
            gate.acquire()
            self._all.acquire()
            own.gate = gate

        def release(**_: Any) -> None:
            held = own.__dict__.pop("gate", None)
            if held is not None:
                self._all.release()
                held.release()

        def answered(parsed_response: Any = None, **_: Any) -> None:
            release()
            code = ((parsed_response or {}).get("Error") or {}).get("Code", "")
            if code and is_throttling(str(code)):
                self._count(name, throttled=1)
                own.throttled_at = time.monotonic()

        def over(**_: Any) -> None:
            release()
            own.__dict__.pop("throttled_at", None)

        client.meta.events.register_first("before-send", send)
        client.meta.events.register("before-parse", release)
        # All four are needed: a broken connection never reaches before-parse, and an answer that
        # cannot be parsed never reaches response-received.
        client.meta.events.register("response-received", answered)
        client.meta.events.register("after-call", over)
        client.meta.events.register("after-call-error", over)
