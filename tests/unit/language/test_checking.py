"""What a search must not say, and where the error points."""

from __future__ import annotations

import pytest

from ebbtide.kinds import registry
from ebbtide.language import SearchError, check, parse_search
from ebbtide.language.fields import known_fields
from ebbtide.language.parsing import parse


@pytest.mark.parametrize(
    "text",
    [
        "is(volume) and anything == 1",
        "is(aws_ec2_volume) and volume_size > 5 and tags.x == 1 and age > 30d",
        "is(aws_ec2_volume) and attachments[*].instance_id == x and kms_key_id == null",
        "is(aws_ec2_volume) and account == x and region.id == y and usage.cpu_utilization.max == 1",
        "is(aws_ec2_volume) and /reported.volume_size > 1 and /metadata.stale_since == null",
        "is(aws_ec2_volume) and last_used == null and last_use_known_since == null",
        "is(aws_ec2_volume, aws_vpc) and anything == 1",
        "is(aws_ec2_volume) or anything == 1",
        "is(aws_vpc) or is(aws_ec2_volume) and anything == 1",
        "is(aws_sqs_queue) and whatever_it_answers == 1",
        "is(aws_account) and whatever == 1",
        "is(aws_ec2_security_group) and ip_permissions[*].{anything <= 22}",
        "is(aws_ec2_volume) -delete,owns[0:]-> is(aws_vpc) and cidr_block == x",
        "is(volume) {x: <-- is(instance)} /x.reported.anything == 1",
        "cloud == aws",
        "is(volume) {ancestors.foo: <-- is(instance)} /ancestors.foo.reported.anything == 1",
        "/ancestors.aws_vpc.reported.name == x or /ancestors.zone.reported.name == y",
        "aggregate(volume_type: sum(volume_size)): is(aws_ec2_volume)",
        'has_key(tags, a) and has_key(tags, ["a", b]) and in_subnet(x, 10.0.0.1/8)',
        "age > 4w and last_update == null and last_access in [1d, null] and x.age == 3",
        'name =~ "[[a]"',
    ],
)
def test_what_can_be_answered_is_accepted(text: str) -> None:
    parse_search(text)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("is(volum)", 4, "unknown kind 'volum' (did you mean 'volume'?"),
        ("all --> is(aws_ec2_volum)", 12, "did you mean 'aws_ec2_volume'?"),
        ("with(any, --> is(volum))", 18, "did you mean 'volume'?"),
        ("all {x: --> is(volum)}", 16, "did you mean 'volume'?"),
        ("not (all or is(gcp_disk))", 16, "only AWS is collected"),
        ("is(azure_disk, k8s_pod)", 4, "only AWS is collected"),
        ("/ancestors.aws_vcp.reported.name == x", 12, "did you mean 'aws_vpc'?"),
        ("is(aws_ec2_volume) and volume_sise > 5", 24, "did you mean 'volume_size'?"),
        ("is(aws_ec2_volume) and (a == 1 or id == 2)", 25, "unknown field 'a' of aws_ec2_volume"),
        ("volume_sise > 5 and is(aws_ec2_volume)", 1, "did you mean 'volume_size'?"),
        ("is(aws_ec2_volume) and /reported.volume_sise > 5", 34, "did you mean 'volume_size'?"),
        ("all or (is(aws_ec2_volume) and volume_sise > 5)", 32, "did you mean 'volume_size'?"),
        ("is(aws_ec2_volume) and not has_key(tag, x)", 36, "did you mean 'tags'?"),
        ("is(aws_ec2_volume) and attachmets[*].{a = 1}", 24, "did you mean 'attachments'?"),
        ("is(aws_ec2_volume) sort volume_sise", 25, "did you mean 'volume_size'?"),
        ("aggregate(volume_tipe: sum(1)): is(aws_ec2_volume)", 11, "did you mean 'volume_type'?"),
        ('aggregate("{volume_tipe}": sum(1)): is(aws_ec2_volume)', 13, "volume_type"),
        ("aggregate(sum(volume_sise)): is(aws_ec2_volume)", 15, "volume_size"),
        ("all --> is(aws_ec2_volume) and volume_sise > 5", 32, "did you mean 'volume_size'?"),
        ("/metadat.expires < x", 2, "unknown section 'metadat' (did you mean 'metadata'?"),
        ("/security.has_issues == true", 2, "no security findings are kept"),
        ("all -iam->", 6, "iam edges are not collected"),
        ("(edge_type=delet): all -->", 12, "did you mean 'delete'?"),
        ("with(any, -delet->)", 12, "did you mean 'delete'?"),
        ("all {x: <-delet-}", 11, "did you mean 'delete'?"),
        ("all -{level = read}->", 7, "edges have no properties"),
        ("has_desired_change(x)", 1, "has_desired_change is not available"),
        ("with_usage(3d, cpu) all", 16, "unknown metric"),
        ("all {x: is(volume)}", 6, "needs a navigation"),
        ("all {x: aggregate(sum(1)): -->}", 6, "cannot be an aggregate"),
        ("age > 30", 1, "a duration such as 30d, not 30"),
        ("age > soon", 1, "not a duration"),
        ("/reported.last_update > x", 2, "not a duration"),
        ("last_access in [1d, x]", 1, "not a duration"),
        ("last_access in 1d", 1, "needs a list"),
        ('name =~ "("', 1, "invalid regular expression"),
        ('name =~ "a{99999999999}"', 1, "invalid regular expression"),
        ("in_subnet(ip, 10.0.0.0/33)", 1, "invalid IPv4 network"),
        ("in_subnet(ip, 3)", 1, "invalid IPv4 network"),
        ("last_access > 3d and name in 3", 22, "needs a list"),
        ("has_key(tags, a, b)", 1, "takes a path and one argument"),
        ("in_subnet(ip)", 1, "takes a path and one argument"),
        ("has_key(tags, [])", 1, "a name or a list of names"),
        ("has_key(tags, 3)", 1, "a name or a list of names"),
        ("x[*].{in_subnet(ip, no)}", 7, "invalid IPv4 network"),
    ],
)
def test_what_cannot_be_answered_is_refused_where_it_stands(
    text: str, column: int, words: str
) -> None:
    with pytest.raises(SearchError) as error:
        parse_search(text)
    assert words in error.value.message
    assert error.value.column == column
    assert error.value.text == text


def test_an_error_from_within_a_template_has_no_column() -> None:
    with pytest.raises(SearchError) as error:
        parse_search("expand(mine)", {"mine": "is(volum)"})
    assert error.value.column is None


def test_a_query_can_be_checked_without_its_text() -> None:
    check(parse("is(volume)"))
    with pytest.raises(SearchError, match=r"^unknown kind 'volum'"):
        check(parse("is(volum)"))


def test_promised_and_common_names_are_known_of_every_kind() -> None:
    unchecked = []
    for name, kind in registry().items():
        fields = known_fields(name)
        if fields is None:
            unchecked.append(name)
        else:
            assert {*kind.fields, *kind.computed, "tags", "age", "account"} <= fields
    assert len(unchecked) < len(registry()) / 10
