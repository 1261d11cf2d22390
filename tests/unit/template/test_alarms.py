"""The alarms of the template, evaluated over time by the rules that AWS documents.

A new alarm is in INSUFFICIENT_DATA (API reference, PutMetricAlarm). Missing data points count as
TreatMissingData says (CloudWatch user guide, "Configuring how CloudWatch alarms treat missing
data"). A composite alarm is in ALARM exactly while its rule is true (PutCompositeAlarm).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from ebbtide.metrics.cloudwatch import DEFAULT_SERIES
from tests.support.each_case import for_each
from tools.template import read_template

ALARMS = {
    name: resource
    for name, resource in read_template()["Resources"].items()
    if resource["Type"] in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
}
METRIC_ALARMS = {
    name: one["Properties"] for name, one in ALARMS.items() if "MetricName" in one["Properties"]
}
COMPOSITE_ALARMS = {
    name: one["Properties"] for name, one in ALARMS.items() if name not in METRIC_ALARMS
}
NAMESPACE = {"Ref": "MetricsNamespace"}
MINUTE, HOUR, DAY = 60, 3_600, 86_400  # seconds
STEP = 5 * MINUTE  # how often alarms are evaluated here, besides when data arrives
NEW = "INSUFFICIENT_DATA"
BREACHES = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


STATISTICS = {"Sum": sum, "Maximum": max, "Minimum": min}
WORKFLOW = "WorkflowStateMachine"
SAVINGS = 50.0  # the parameter SavingsAlarmThreshold here


def watched_by(alarm: Mapping[str, Any]) -> str:
    """The metric of an alarm, after the resource that it is about, if it is about one."""
    of = [one["Value"]["Ref"] for one in alarm.get("Dimensions", ())]
    return " ".join([*of, alarm["MetricName"]])


def threshold_of(alarm: Mapping[str, Any]) -> float:
    given = alarm["Threshold"]
    return SAVINGS if given == {"Ref": "SavingsAlarmThreshold"} else float(given)


@dataclass
class CloudWatch:
    """Data points (second, value) by metric, and the states of all alarms at one time."""

    points: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=lambda: dict.fromkeys(ALARMS, NEW))
    time: int = 0
    backwards: bool = False
    raised: list[tuple[int, str]] = field(default_factory=list)

    def put(self, metric: str, value: float = 1, at: int | None = None) -> None:
        self.points.setdefault(metric, []).append((self.time if at is None else at, value))
        self.evaluate()

    def run(self, ends: str = "ExecutionsSucceeded", minutes: int = 10, **values: float) -> None:
        """One execution from its start to its end, with the values that it publishes."""
        started = self.time
        self.put(f"{WORKFLOW} ExecutionsStarted")
        self.put("AnnounceFunction Invocations")
        self.wait(minutes * MINUTE)
        if ends == "ExecutionsSucceeded":
            for metric, value in ({**dict.fromkeys(DEFAULT_SERIES, 0)} | values).items():
                self.put(metric, value, at=started)
        self.put(f"{WORKFLOW} {ends}")

    def skip(self) -> None:
        """One execution that another one makes skip; Step Functions calls it succeeded."""
        self.put(f"{WORKFLOW} ExecutionsStarted")
        self.put("SkippedStateMachine ExecutionsStarted")
        self.put(f"{WORKFLOW} ExecutionsSucceeded")

    def wait(self, seconds: int) -> None:
        """Let time pass and evaluate every alarm as it does."""
        until = self.time + seconds
        while self.time < until:
            self.time = min(self.time + STEP, until)
            self.evaluate()

    def evaluate(self) -> None:
        """Evaluate all alarms, the composite ones after each change: nobody promises an order."""
        for name in reversed(METRIC_ALARMS) if self.backwards else METRIC_ALARMS:
            before = self.states[name]
            self.enter(name, self.state_of(METRIC_ALARMS[name], before))
            if self.states[name] != before or self.time <= STEP:
                self.combine()

    def combine(self) -> None:
        for name, properties in COMPOSITE_ALARMS.items():
            true = is_true(properties["AlarmRule"]["Fn::Sub"], self.states)
            self.enter(name, "ALARM" if true else "OK")

    def enter(self, name: str, state: str) -> None:
        if state == "ALARM" and self.states[name] != "ALARM":
            self.raised.append((self.time, name))
        self.states[name] = state

    def state_of(self, alarm: Mapping[str, Any], now: str) -> str:
        """The state of a metric alarm with one evaluation period, which all of them have."""
        assert alarm["EvaluationPeriods"] == 1
        begin = self.time - alarm["Period"]
        points = self.points.get(watched_by(alarm), [])
        values = [value for second, value in points if begin < second <= self.time]
        if values:
            value = STATISTICS[alarm["Statistic"]](values)
            breaches = BREACHES[alarm["ComparisonOperator"]](value, threshold_of(alarm))
            return "ALARM" if breaches else "OK"
        missing = {"breaching": "ALARM", "notBreaching": "OK", "ignore": now, "missing": NEW}
        return missing[alarm["TreatMissingData"]]


def is_true(rule: str, states: Mapping[str, str]) -> bool:
    """Evaluate the rule of a composite alarm: STATE("${Alarm}") joined by AND, OR and NOT."""
    terms = re.sub(
        r'\b(OK|ALARM|INSUFFICIENT_DATA)\("\$\{(\w+)\}"\)',
        lambda found: str(states[found[2]] == found[1]),
        rule,
    )
    words = terms.replace("(", " ( ").replace(")", " ) ").split()
    assert set(words) <= {"True", "False", "AND", "OR", "NOT", "(", ")"}, rule
    return bool(eval(" ".join(words).lower(), {"true": True, "false": False}))


def in_alarm(states: Mapping[str, str]) -> set[str]:
    return {name for name, state in states.items() if state == "ALARM"}


@pytest.mark.parametrize("days", [0.5, 1, 3, 10])
def test_nothing_is_in_alarm_while_there_is_no_data(days: float) -> None:
    watch = CloudWatch()
    watch.wait(round(days * DAY))
    assert watch.raised == []
    assert in_alarm(watch.states) == set()


@pytest.mark.parametrize("waited", [0, HOUR, 3 * DAY])
@pytest.mark.parametrize("minutes", [5, 45, 20 * 60])
@pytest.mark.parametrize("backwards", [False, True])
def test_nothing_is_in_alarm_during_the_first_runs(
    waited: int, minutes: int, backwards: bool
) -> None:
    watch = CloudWatch(backwards=backwards)
    watch.wait(waited)
    for _ in range(5):
        watch.run(minutes=minutes)
        watch.wait(HOUR)
    assert watch.raised == []


@pytest.mark.parametrize("every", [HOUR, 6 * HOUR, 23 * HOUR])
def test_missing_runs_raise_an_alarm_within_about_a_day_and_until_a_run_starts(every: int) -> None:
    watch = CloudWatch()
    for _ in range(10):
        watch.run()
        watch.wait(every)
    assert watch.raised == []
    stopped = watch.points["AnnounceFunction Invocations"][-1][0]
    watch.wait(3 * DAY)
    ((raised, name),) = watch.raised
    assert name == "MissingRunsAlarm"
    assert DAY <= raised - stopped <= DAY + HOUR
    assert in_alarm(watch.states) == {"MissingRunsAlarm"}
    watch.run()
    assert in_alarm(watch.states) == set()


def test_runs_that_only_skip_raise_the_alarm_of_missing_runs() -> None:
    watch = CloudWatch()
    watch.run()
    for _ in range(3 * 24):
        watch.wait(HOUR)
        watch.skip()
    raised = {name: time for time, name in watch.raised}
    assert raised.keys() == {"MissingRunsAlarm", "SkippedRunsAlarm"}
    assert DAY <= raised["MissingRunsAlarm"] <= DAY + 2 * HOUR
    assert raised["SkippedRunsAlarm"] <= 4 * HOUR
    watch.run()
    assert in_alarm(watch.states) == {"SkippedRunsAlarm"}
    watch.wait(6 * HOUR)
    assert in_alarm(watch.states) == set()


def test_single_skipped_runs_raise_no_alarm() -> None:
    watch = CloudWatch()
    for _ in range(10):
        watch.run(minutes=80)
        watch.skip()
        watch.wait(2 * HOUR)
    assert watch.raised == []


@pytest.mark.parametrize(
    ("metric", "value", "alarm"),
    [
        ("ResourcesHeld", 1, "HeldPlansAlarm"),
        ("DeletesFailed", 1, "FailedDeletesAlarm"),
        ("SavingsPlanned", SAVINGS, "SavingsAlarm"),
    ],
)
@pytest.mark.parametrize("minutes", [5, 20 * 60])
def test_value_of_one_run_raises_its_alarm_for_a_day(
    metric: str, value: float, alarm: str, minutes: int
) -> None:
    """Also if the run takes so long that the value, which has its start time, arrives late."""
    watch = CloudWatch()
    watch.run()
    watch.wait(HOUR)
    watch.run(minutes=minutes, **{metric: value})
    watch.wait(HOUR)
    watch.run()
    assert [name for _, name in watch.raised] == [alarm]
    for _ in range(25):
        watch.wait(HOUR)
        watch.run()
    assert in_alarm(watch.states) == set()


def test_accounts_that_no_run_of_a_day_reads_completely_raise_an_alarm() -> None:
    watch = CloudWatch()
    watch.run()
    for _ in range(2):
        watch.wait(8 * HOUR)
        watch.run(AccountsIncomplete=1)
    assert watch.raised == []
    watch.wait(8 * HOUR)
    watch.run(AccountsIncomplete=2)
    assert [name for _, name in watch.raised] == ["IncompleteAccountsAlarm"]
    watch.wait(HOUR)
    watch.run()
    assert in_alarm(watch.states) == set()


def test_alarm_of_savings_exists_only_with_a_threshold() -> None:
    template = read_template()
    assert template["Parameters"]["SavingsAlarmThreshold"]["Default"] == 0
    assert ALARMS["SavingsAlarm"]["Condition"] == "HasSavingsAlarm"
    zero = {"Fn::Equals": [{"Ref": "SavingsAlarmThreshold"}, 0]}
    assert template["Conditions"]["HasSavingsAlarm"] == {"Fn::Not": [zero]}


def test_as_many_alarms_as_are_free_exist_by_default() -> None:
    """The free tier has ten alarms on metrics (CloudWatch pricing); docs/costs.md counts them."""
    by_default = METRIC_ALARMS.keys() - {"FailedDigestsAlarm", "SavingsAlarm"}
    assert len(by_default) == 10
    assert list(COMPOSITE_ALARMS) == ["MissingRunsAlarm"]


def test_alarms_watch_what_is_published_by_default() -> None:
    own = {"Fn::If": ["OwnNamespace", {"Fn::Sub": "Ebbtide/${AWS::StackName}"}, NAMESPACE]}
    watched = {one["MetricName"] for one in METRIC_ALARMS.values() if one["Namespace"] == own}
    assert watched == {"ResourcesHeld", "AccountsIncomplete", "DeletesFailed", "SavingsPlanned"}
    assert watched <= {*DEFAULT_SERIES}


def test_alarms_that_are_created_again_wait_for_a_first_run_again() -> None:
    """As after ScheduleState was DISABLED for a while: they start anew, the metrics do not."""
    before = CloudWatch()
    for _ in range(3):
        before.run()
        before.wait(HOUR)
    after = CloudWatch(points=before.points, time=before.time + 5 * DAY)
    after.wait(2 * DAY)
    assert after.raised == []
    after.run()
    after.wait(2 * DAY)
    assert [name for _, name in after.raised] == ["MissingRunsAlarm"]


@pytest.mark.parametrize(
    ("metric", "alarm"),
    [("ExecutionsFailed", "FailedRunsAlarm"), ("ExecutionsTimedOut", "TimedOutRunsAlarm")],
)
def test_run_that_does_not_succeed_raises_its_alarm_also_if_it_is_the_first(
    metric: str, alarm: str
) -> None:
    watch = CloudWatch()
    watch.run(ends=metric)
    assert [name for _, name in watch.raised] == [alarm]


@pytest.mark.parametrize(
    ("alarm", "function"),
    [
        ("FailedJobsAlarm", "JobFunction"),
        ("FailedTagJobsAlarm", "TagFunction"),
        ("FailedDigestsAlarm", "SendDigestFunction"),
    ],
)
def test_failed_job_raises_the_alarm_of_its_function(alarm: str, function: str) -> None:
    watched = METRIC_ALARMS[alarm]
    assert watched["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]
    watch = CloudWatch()
    watch.put(f"{function} Errors")
    assert (0, alarm) in watch.raised


def children(names: Iterable[str]) -> set[str]:
    return {
        child
        for name in names
        for child in re.findall(r"\$\{(\w+)\}", COMPOSITE_ALARMS[name]["AlarmRule"]["Fn::Sub"])
    }


def test_alarm_of_missing_runs_exists_only_with_an_enabled_schedule() -> None:
    for name in {"MissingRunsAlarm"} | children(["MissingRunsAlarm"]):
        assert ALARMS[name]["Condition"] == "Scheduled"
    assert "DISABLED" in read_template()["Parameters"]["ScheduleState"]["AllowedValues"]


def test_every_alarm_notifies_except_those_that_another_one_asks() -> None:
    asked = children(COMPOSITE_ALARMS)
    topic = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    for name, alarm in ALARMS.items():
        assert alarm["Properties"].get("AlarmActions") == (None if name in asked else topic)


@for_each("name", METRIC_ALARMS)
def test_alarm_looks_back_no_longer_than_aws_accepts(name: str) -> None:
    """A day, or seven days with periods of an hour and more (PutMetricAlarm, Period)."""
    alarm = METRIC_ALARMS[name]
    longest = 7 * DAY if alarm["Period"] >= HOUR else DAY
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= longest
