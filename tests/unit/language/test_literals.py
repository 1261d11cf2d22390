"""The value of a comparison gets the type of its field, or the search is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ebbtide.kinds import registry
from ebbtide.language import SearchError, parse_search, print_query, shapes
from ebbtide.language.moments import Moment
from ebbtide.language.syntax import Predicate, Term
from ebbtide.language.walking import terms

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def condition(text: str) -> Predicate:
    """Return the only comparison of a search."""
    last = parse_search(text, now=NOW).parts[-1]
    everything: list[Term] = list(terms(last.term))
    if last.with_clause:
        everything += terms(last.with_clause.term)
    (found,) = [term for term in everything if isinstance(term, Predicate)]
    return found


def moment(**ago: float) -> Moment:
    return Moment.at(NOW - timedelta(**ago))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # Booleans, as Fix reads them.
        *((f"is(aws_ec2_volume) and encrypted = {word}", True) for word in ("true", "Yes", "on")),
        *(
            (f"is(aws_ec2_volume) and encrypted != {word}", False)
            for word in ("no", "False", "OFF")
        ),
        ('is(aws_ec2_volume) and encrypted in ["no", null]', [False, None]),
        ("/metadata.protected = no", False),
        ("is(aws_ec2_volume) and attachments[*].{delete_on_termination = yes}", True),
        # Numbers.
        ('is(volume) and volume_size > "400"', 400),
        ('is(volume) and volume_size in ["4", 5, "1e3"]', [4, 5, 1000.0]),
        ("is(instance) and instance_cores = 4", 4),
        # Texts.
        ("tags.keep = true", "true"),
        ("tags.days > 30", 30),
        ("tags.name > web", "web"),
        ("account.id = 111122223333", 111122223333),
        ("region != us-east-1", "us-east-1"),
        ("region = xx-north-7", "xx-north-7"),
        ("kind in [aws_vpc]", ["aws_vpc"]),
        ("is(volume) and volume_status = available", "available"),
        ("is(aws_vpc_endpoint) and state = available", "available"),
        ('is(volume) and volume_status =~ "^Avail"', "^Avail"),
        # Times, and durations from now.
        ("ctime < -30d", moment(days=30)),
        ('ctime > "-3d"', moment(days=3)),
        ('ctime > "+3d"', moment(days=-3)),
        ("/metadata.expires < 3d", moment(days=-3)),
        ("is(aws_ec2_volume) and create_time < -1h", moment(hours=1)),
        ("is(aws_ec2_volume) and attachments[*].attach_time < -1h", moment(hours=1)),
        ("is(aws_ec2_volume) and attachments[*].{attach_time < -1h}", moment(hours=1)),
        ("/ancestors.aws_vpc.reported.ctime < -1h", moment(hours=1)),
        ("/ancestors.aws_vpc.metadata.first_seen < -1h", moment(hours=1)),
        ("all {x: --> is(volume)} /x.reported.ctime < -1h", moment(hours=1)),
        ("with(any, --> is(volume) and ctime < -1h)", moment(hours=1)),
        ("is(aws_vpc) --> is(volume) and ctime < -1h", moment(hours=1)),
        ("ctime = 2026-11-01", Moment("2026-11-01T00:00:00Z")),
        ('ctime in ["2026-11-01T02:00:00+02:00"]', ["2026-11-01T00:00:00Z"]),
        ("ctime != null", None),
        # A text may be a time, too.
        ("tags.delete_after < 2026-11-27", Moment("2026-11-27T00:00:00Z")),
        ("tags.delete_after < 3d", moment(days=-3)),
        ("tags.time_to_live = 3d", "3d"),
        ("is(aws_lambda_function) and last_modified < -30d", moment(days=30)),
    ],
)
def test_a_value_gets_the_type_of_its_field(text: str, value: Any) -> None:
    found = condition(text).value
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        ("is(aws_resource) and multi_az = no", "in", [False, "no"]),
        ("is(aws_resource) and multi_az != no", "not in", [False, "no"]),
        ("is(aws_resource) and multi_az != true", "not in", [True, "true"]),
    ],
)
def test_a_value_of_several_types_is_any_of_them(text: str, operator: str, value: Any) -> None:
    types = [shapes.properties_of(kind).get("multi_az") for kind in registry()]
    assert shapes.BOOLEAN in types and shapes.TEXT in types
    found = condition(text)
    assert (found.operator, found.value) == (operator, value)


@pytest.mark.parametrize(
    ("operator", "opposite"), [("<", ">"), ("<=", ">="), (">", "<"), (">=", "<="), ("=", "==")]
)
def test_an_age_of_another_resource_is_asked_as_its_time(operator: str, opposite: str) -> None:
    found = condition(f"/ancestors.aws_vpc.reported.age {operator} 30d")
    assert [step.name for step in found.path.steps][-1] == "ctime"
    assert (found.operator, found.value) == (opposite, moment(days=30))


def test_an_age_of_another_resource_sorts_by_its_time() -> None:
    (part,) = parse_search("all sort /ancestors.aws_vpc.reported.last_update desc").parts
    (sort,) = part.sort
    assert sort.path.steps[-1].name == "mtime"
    assert not sort.descending


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("is(volume) and volume_size > 10gb", "volume_size is a number, not '10gb'"),
        ("is(volume) and volume_size = [1]", "not [1]"),
        ("is(volume) and volume_encrypted = maybe", "volume_encrypted is true or false"),
        ("is(volume) and volume_encrypted > 3", "has no order"),
        ('is(volume) and volume_encrypted =~ "t"', "no regular expression matches"),
        ("is(volume) and volume_status = Available", "did you mean 'available'?"),
        ("is(volume) and volume_status not in [available, in_use]", "did you mean 'in-use'?"),
        ("is(aws_ec2_instance) and instance_type = t3.smal", "did you mean 't3.small'?"),
        (
            "is(aws_ec2_instance) and instance_type = zzz",
            "if AWS has added it since, use =~",
        ),
        ("is(aws_ec2_instance) and state = running", "compare one of its fields: code, name"),
        ("is(aws_ec2_instance) and state.name = runing", "did you mean 'running'?"),
        ("is(aws_ec2_instance) and has_key(instance_type, x)", "instance_type is a text"),
        ("is(aws_ec2_instance) and in_subnet(launch_time, 10.0.0.0/8)", "launch_time is a time"),
        ("is(aws_ec2_instance) and security_groups.group_id = x", "write security_groups[*].group"),
        ("is(aws_ec2_instance) and instance_type[*] = x", "remove the brackets"),
        ("is(aws_ec2_instance) and instance_type any = x", "remove `any`"),
        ("is(aws_ec2_instance) and instance_type.x = y", "unknown field 'x'"),
        ("ctime < tomorow", "write @TOMORROW@"),
        ("ctime < 17", "ctime is a time, not 17"),
        ("ctime in [2026-11-01, soon]", "'soon'"),
        ("ctime < null", "needs a number, a text or a time"),
        ("tags.delete_after < tomorow", "write @TOMORROW@"),
        ("tags.delete_after < 2026-13-01", "write a date such as 2026-11-25"),
        ("/ancestors.aws_vpc.reported.age > 30", "needs a duration such as 30d"),
        ('/ancestors.aws_vpc.reported.age =~ "3"', "not a regular expression"),
        ("/ancestors.aws_vpc.reported.account = x", "unknown field 'account' of aws_vpc"),
        ("account = 111122223333", "write account.id = ..."),
        ("account.id = sandbox", "write account = ..."),
        ("region = us-east", "did you mean 'us-east-1'?"),
        ("zone = us-east-1", "it is like us-east-1a"),
        ("cloud = gcp", "cloud is never 'gcp'"),
        ("kind = volume", "kind is never 'volume'"),
        ("kind != aws_ec2_volum", "did you mean 'aws_ec2_volume'?"),
        ("/id = vol-1", "'vol-1' is not a graph id"),
        ("id(vol-1)", 'write id = "vol-1"'),
        ("/desired.cleaned = true", "did you mean 'clean'?"),
        ("is(volume) {x: <-- is(instance)} <-- is(aws_vpc) and /x.reported.name = a", "'x'"),
    ],
)
def test_a_value_that_its_field_never_has_is_refused(text: str, words: str) -> None:
    with pytest.raises(SearchError) as error:
        parse_search(text, now=NOW)
    assert words in error.value.message


def test_a_moment_is_printed_as_the_time_that_it_is() -> None:
    printed = print_query(parse_search("is(volume) and ctime < -30d", now=NOW))
    assert printed == 'is(volume) and ctime < "2026-10-26T12:00:00Z"'
    again = parse_search(printed, now=NOW + timedelta(days=9))
    assert again == parse_search("is(volume) and ctime < -30d", now=NOW)
