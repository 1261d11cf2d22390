"""Starts at the same moment, against a server: moto's objects are not made for threads."""

from concurrent.futures import ThreadPoolExecutor

from ebbtide.deployment.settings import Settings
from ebbtide.store.bucket import Bucket
from local.cloud import Cloud
from tests.integration.workflow import Workflow


def test_of_many_starts_at_once_exactly_one_wins(cloud: Cloud, account: str) -> None:
    s3 = cloud.client("s3", account, "us-east-1")
    s3.create_bucket(Bucket=f"claims-{account}")
    settings = Settings(bucket=f"claims-{account}", account_id=account)
    workflow = Workflow(settings, Bucket(s3, settings.bucket))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: workflow.claim(f"run-{number}"), range(8)))
    assert sum(answer["claimed"] for answer in answers) == 1
