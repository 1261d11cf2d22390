"""How many calls an empty account takes, in which only the default VPCs of EC2 exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import botocore.client
import botocore.session
import pytest

from ebbtide.collect.probing import PROBES
from tests.integration.workflow import Workflow

MOST_CALLS = 500
ENABLED = 17  # regions that AWS enables by default
REGIONS = set(sorted(botocore.session.get_session().get_available_regions("ec2"))[:ENABLED])
# The mocked cloud answers these, with a default VPC in every region.
MOCKED = {"ec2", "iam", "sts"}
REQUEST_ID = "11111111-2222-3333-4444-555555555555"


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[tuple[str, str]]]:
    """Count the calls to the account by region and operation; most services have nothing."""
    original = botocore.client.BaseClient._make_api_call
    calls: Counter[tuple[str, str]] = Counter()

    def call(self: Any, name: str, arguments: Any) -> Any:
        service = self.meta.service_model.service_name
        if service == "s3" and "Bucket" in arguments:
            return original(self, name, arguments)  # the application's own bucket
        calls[self.meta.region_name, f"{service}.{name}"] += 1
        if name == "DescribeRegions":
            return {"Regions": [{"RegionName": region} for region in sorted(REGIONS)]}
        if service in MOCKED:
            return original(self, name, arguments)
        return {"ResponseMetadata": {"HTTPStatusCode": 200, "RequestId": REQUEST_ID}}

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        yield calls


def test_empty_account_with_seventeen_regions_takes_few_calls(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run reads one region completely, and probes the others."""
    workflow.configure(collect={})
    for _ in range(2):
        workflow.now += timedelta(hours=1)
        with counted(monkeypatch) as calls:
            workflow.release(workflow.collect())
        assert calls.total() <= MOST_CALLS
        by_region = Counter(region for region, _ in calls.elements())
        assert by_region.keys() >= REGIONS
        complete, *probed = sorted((by_region[region] for region in REGIONS), reverse=True)
        assert complete > 5 * max(probed)
        assert min(probed) > len(PROBES)
