"""`python -m local.dashboard FILE`: write what the dashboard of the emulated cloud shows.

Reads the dashboard that `make demo` has deployed and the values of its metrics, as the console of
CloudWatch does. tools/draw_dashboard.py draws the file.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from local.cloud import Cloud
from local.deploy import ACCOUNT, REGION, STACK

# Seconds; runs of the demonstration are minutes apart, not hours as those of a schedule.
PERIOD = 60
BACK = timedelta(hours=3)

type Record = dict[str, Any]


class Clients(Protocol):
    """The part of the emulated cloud that this module needs."""

    def client(self, service: str, account: str, region: str) -> Any: ...


def shown(cloud: Clients, moment: datetime) -> Record:
    """Return the widgets of the dashboard, with the series of each and the states of the alarms.

    A series has `label`, `axis` (left or right), `times` (epoch seconds) and `values`.
    """
    client = cloud.client("cloudwatch", ACCOUNT, REGION)
    name = f"{STACK}-{REGION}"
    body = json.loads(client.get_dashboard(DashboardName=name)["DashboardBody"])
    return {
        "name": name,
        "widgets": [_filled(client, widget, moment) for widget in body["widgets"]],
    }


def _filled(client: Any, widget: Mapping[str, Any], moment: datetime) -> Record:
    properties = widget["properties"]
    if widget["type"] == "alarm":
        names = [arn.rpartition(":alarm:")[2] for arn in properties["alarms"]]
        return {**widget, "states": dict(_states(client, names))}
    series = [_series(client, properties, metric, moment) for metric in properties["metrics"]]
    return {**widget, "series": series}


def _states(client: Any, names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the alarms as the template names them; CloudFormation adds the stack and a suffix."""
    for alarm in client.describe_alarms(AlarmNames=names)["MetricAlarms"]:
        named = alarm["AlarmName"].removeprefix(f"{STACK}-").rpartition("-")[0]
        yield named or alarm["AlarmName"], alarm["StateValue"]


def _series(
    client: Any, properties: Mapping[str, Any], metric: list[Any], moment: datetime
) -> Record:
    options = metric[-1] if isinstance(metric[-1], dict) else {}
    namespace, name, *rest = [one for one in metric if isinstance(one, str)]
    pairs = zip(rest[::2], rest[1::2], strict=True)
    stat = options.get("stat", properties["stat"])
    points = client.get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in pairs],
        StartTime=moment - BACK,
        EndTime=moment + timedelta(seconds=PERIOD),
        Period=PERIOD,
        Statistics=[stat],
    )["Datapoints"]
    found = sorted((point["Timestamp"].timestamp(), point[stat]) for point in points)
    return {
        "label": options.get("label", name),
        "axis": options.get("yAxis", "left"),
        "times": [time for time, _ in found],
        "values": [value for _, value in found],
    }


def main(arguments: list[str] | None = None) -> int:
    """Write the file; return 1 if no emulated cloud is running."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    cloud = Cloud.running()
    if cloud is None:
        sys.stderr.write("No emulated cloud is running; run `make demo` first.\n")
        return 1
    options.file.write_text(json.dumps(shown(cloud, datetime.now(UTC)), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
