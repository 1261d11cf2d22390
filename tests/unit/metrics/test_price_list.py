"""The refresh asks for what the snapshot uses, once a month, and may be stopped anywhere."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ebbtide.base.deadline import Deadline
from ebbtide.deployment.settings import Settings
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.graph.pricing import stored_prices
from ebbtide.metrics import price_list
from ebbtide.metrics.price_list import refresh_prices
from ebbtide.prices.book import PriceBook
from ebbtide.store.bucket import Bucket
from tests.support.memory_s3 import MemoryS3
from tests.support.price_list import PriceList, instance, product
from tests.support.scripted_aws import Scripted, refusal

ACCOUNT = "111122223333"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SETTINGS = Settings("bucket", ACCOUNT)
GP3 = product(
    "AmazonEC2",
    "Storage",
    "GB-Mo",
    ("0", "0.0800000000"),
    usagetype="EBS:VolumeUsage.gp3",
    volumeApiName="gp3",
)
ZONE = product(
    "AmazonRoute53",
    "DNS Zone",
    "HostedZone",
    ("0", "0.5000000000"),
    region="",
    usagetype="HostedZone",
)
PRODUCTS = [instance("m5.large", "0.0960000000"), instance("t3.micro", "0.0104"), GP3, ZONE]
LARGE = "ec2.instance/linux/shared/m5.large"
WANTED = {
    LARGE: ["us-east-1"],
    "ebs.storage/gp3": ["us-east-1"],
    "ebs.storage/io2": ["us-east-1"],
    "route53.zone": ["global"],
}


def bucket_of(wanted: dict[str, list[str]]) -> Bucket:
    bucket = Bucket(MemoryS3(), "bucket")
    keys = [f"runs/run-1/graph/{ACCOUNT}/{name}" for name in ("r", "e", "c", "v")]
    manifest = Manifest("run-1", "", None, (AccountEntry(ACCOUNT, "shop", "run-1", *keys),))
    bucket.write_json("runs/run-1/graph/manifest.json", manifest.to_json())
    current = {"run_id": "run-1", "manifest": "runs/run-1/graph/manifest.json"}
    bucket.write_json("graph/current.json", current)
    key = f"runs/run-1/graph/{ACCOUNT}/rates.json"
    bucket.write_json(key, {"format": 1, "rates": wanted})
    return bucket


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[PriceList]:
    found = PriceList(PRODUCTS, page=1)
    session = Scripted(ACCOUNT, found)
    monkeypatch.setattr(price_list, "own_session", lambda *_: session)
    yield found


def refresh(bucket: Bucket, seconds: float = 900, now: datetime = NOW) -> dict[str, Any]:
    return refresh_prices(bucket, SETTINGS, Deadline.after(seconds), now)


def stored(bucket: Bucket, month: str = "2026-11") -> Any:
    return stored_prices(bucket, month)


@pytest.mark.usefixtures("aws")
def test_what_the_snapshot_uses_is_asked_and_kept() -> None:
    bucket = bucket_of(WANTED)
    # The two prices of storage are answered together, and a machine may be of metal or not.
    assert refresh(bucket) == {"asked": 3, "left": 0}
    found = stored(bucket)
    assert found["rates"] == {
        LARGE: {"us-east-1": "0.0960000000"},
        "ebs.storage/gp3": {"us-east-1": "0.0800000000"},
        "route53.zone": {"*": "0.5000000000"},
    }
    assert found["missing"] == {"ebs.storage/io2": ["us-east-1"]}
    assert (found["complete"], found["month"]) == (True, "2026-11")
    asked = PriceBook(found).find(LARGE, "us-east-1")
    assert asked is not None and asked.basis == "price list 2026-11"


def test_only_the_types_that_are_used_are_asked(aws: PriceList) -> None:
    refresh(bucket_of({LARGE: ["us-east-1"]}))
    filters = [{one["Field"]: one["Value"] for one in asked["Filters"]} for asked in aws.asked]
    assert {one["instanceType"] for one in filters} == {"m5.large"}
    assert {one["regionCode"] for one in filters} == {"us-east-1"}


def test_nothing_is_asked_twice_in_a_month(aws: PriceList) -> None:
    bucket = bucket_of(WANTED)
    refresh(bucket)
    aws.asked.clear()
    assert refresh(bucket) == {"asked": 0, "left": 0}
    assert aws.asked == []
    refresh(bucket, now=datetime(2026, 12, 1, tzinfo=UTC))
    assert aws.asked
    assert stored(bucket, "2026-12")["complete"]


@pytest.mark.usefixtures("aws")
def test_what_a_later_snapshot_uses_is_asked_in_the_same_month() -> None:
    bucket = bucket_of({LARGE: ["us-east-1"]})
    refresh(bucket)
    key = f"runs/run-1/graph/{ACCOUNT}/rates.json"
    bucket.write_json(key, {"format": 1, "rates": WANTED})
    refresh(bucket)
    assert set(stored(bucket)["rates"]) == {LARGE, "ebs.storage/gp3", "route53.zone"}


@pytest.mark.usefixtures("aws")
def test_out_of_time_it_stores_nothing_wrong_and_continues() -> None:
    bucket = bucket_of(WANTED)
    assert refresh(bucket, seconds=1) == {"asked": 0, "left": 4}
    assert stored(bucket)["complete"] is False
    assert refresh(bucket)["left"] == 0
    assert stored(bucket)["complete"] is True


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_refused_anywhere_it_keeps_what_it_has(
    aws: PriceList, monkeypatch: pytest.MonkeyPatch, before: int, code: str
) -> None:
    bucket = bucket_of(WANTED)
    calls = iter(range(100))

    def refusing(*call: Any) -> Any:
        if next(calls) == before:
            raise refusal(code)
        return aws(*call)

    with monkeypatch.context() as patch:
        patch.setattr(price_list, "own_session", lambda *_: Scripted(ACCOUNT, refusing))
        first = refresh(bucket)
    if "failure" in first:
        assert code in first["failure"]
        # Another question may have answered it.
        assert stored(bucket)["complete"] is (first["left"] == 0)
        # What has not been answered yet is not taken for something that AWS does not sell.
        assert not stored(bucket)["missing"].keys() & {LARGE, "ebs.storage/gp3", "route53.zone"}
    refresh(bucket)
    assert set(stored(bucket)["rates"]) == {LARGE, "ebs.storage/gp3", "route53.zone"}


def test_a_question_that_is_never_answered_keeps_no_other_from_being_asked(
    aws: PriceList, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(service: str, operation: str, arguments: Any) -> Any:
        if any(one["Value"] == "Storage" for one in arguments["Filters"]):
            raise refusal("InternalErrorException")
        return aws(service, operation, arguments)

    bucket = bucket_of(WANTED)
    monkeypatch.setattr(price_list, "own_session", lambda *_: Scripted(ACCOUNT, refusing))
    found = refresh(bucket)
    assert "InternalErrorException" in found["failure"] and found["left"] == 2
    assert set(stored(bucket)["rates"]) == {LARGE, "route53.zone"}
    assert stored(bucket)["missing"] == {}


def test_if_nothing_is_answered_it_gives_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def refusing(*call: Any) -> Any:
        calls.append(call)
        raise refusal("AccessDeniedException")

    monkeypatch.setattr(price_list, "own_session", lambda *_: Scripted(ACCOUNT, refusing))
    found = refresh(bucket_of({LARGE: [f"region-{number}" for number in range(50)]}))
    assert (found["asked"], found["left"]) == (0, 50)
    assert len(calls) == 3


@pytest.mark.parametrize("odd", ["", "{", "1", "[]", "{}", '{"product": null}'])
def test_a_product_of_another_form_spoils_no_other(
    aws: PriceList, monkeypatch: pytest.MonkeyPatch, odd: str
) -> None:
    def answering(*call: Any) -> Any:
        answer = aws(*call)
        return {**answer, "PriceList": [odd, *answer["PriceList"]]}

    bucket = bucket_of(WANTED)
    monkeypatch.setattr(price_list, "own_session", lambda *_: Scripted(ACCOUNT, answering))
    assert refresh(bucket)["left"] == 0
    assert set(stored(bucket)["rates"]) == {LARGE, "ebs.storage/gp3", "route53.zone"}


@pytest.mark.usefixtures("aws")
def test_prices_that_cannot_be_read_are_asked_again() -> None:
    bucket = bucket_of(WANTED)
    bucket._client.put_object(Bucket="bucket", Key="prices/2026-11.json.zst", Body=b"cut")
    assert refresh(bucket)["left"] == 0
    assert stored(bucket)["complete"] is True


@pytest.mark.usefixtures("aws")
def test_it_may_be_killed_after_any_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_list, "_BETWEEN_WRITES", 1)
    bucket = bucket_of(WANTED)
    write = Bucket.write_lines
    writes = 0

    def killed(self: Bucket, *given: Any) -> int:
        nonlocal writes
        writes += 1
        found = write(self, *given)
        if writes == 2:
            raise KeyboardInterrupt
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "write_lines", killed)
        with pytest.raises(KeyboardInterrupt):
            refresh(bucket)
    assert stored(bucket)["complete"] is False
    refresh(bucket)
    assert stored(bucket)["complete"] is True
    assert len(stored(bucket)["rates"]) == 3


def test_without_a_snapshot_or_outside_of_aws_nothing_is_asked(aws: PriceList) -> None:
    nothing = {"asked": 0, "left": 0}
    assert refresh(Bucket(MemoryS3(), "bucket")) == nothing
    china = Settings("bucket", ACCOUNT, partition="aws-cn")
    bucket = bucket_of(WANTED)
    assert refresh_prices(bucket, china, Deadline.after(900), NOW) == nothing
    assert aws.asked == []
