"""What searches mean: the examples of Resoto's language, and what is no search at all."""

from __future__ import annotations

import random
import string
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebbtide.language import SearchError, parse_search, print_query
from ebbtide.language.parsing import MAX_NESTING, parse
from ebbtide.language.source import MAX_LENGTH
from ebbtide.language.syntax import (
    MAX_DEPTH,
    Aggregate,
    AggregateFunction,
    All,
    And,
    ArrayContext,
    FullText,
    Function,
    Group,
    HasId,
    IsKind,
    Limit,
    Merge,
    Merged,
    Navigation,
    Not,
    Or,
    Part,
    Path,
    Predicate,
    Query,
    Sort,
    Step,
    Template,
    Term,
    Usage,
    With,
)
from ebbtide.language.texts import read_path
from tests.support.asts import KEYWORDS, queries
from tests.support.effort import is_full, scaled

NOW = datetime(2026, 11, 25, 10, 20, 30, 999, UTC)


def p(path: str, operator: str, value: object, quantifier: str | None = None) -> Predicate:
    return Predicate(read_path(path), operator, value, quantifier)  # type: ignore[arg-type]


def both(*terms: Term) -> Term:
    first, *rest = terms
    for term in rest:
        first = And(first, term)
    return first


def found(term: Term, **more: object) -> Query:
    return Query((Part(term, **more),))  # type: ignore[arg-type]


def way(term: Term, navigation: Navigation, last: Term | None = None) -> Query:
    return Query((Part(term, navigation=navigation), Part(last or All())))


INSTANCE = IsKind(("aws_ec2_instance",))
GROUP = IsKind(("aws_ec2_security_group",))
RULES = "group_ip_permissions[*]"
RUNNING = And(IsKind(("instance",)), p("instance_status", "==", "running"))

EXAMPLES: list[tuple[str, Query]] = [
    ("is(aws_ec2_instance)", found(INSTANCE)),
    ("is(volume)", found(IsKind(("volume",)))),
    (
        "is(aws_elb, aws_alb, aws_alb_target_group)",
        found(IsKind(("aws_elb", "aws_alb", "aws_alb_target_group"))),
    ),
    (
        "is(instance) and instance_status == running and instance_cores >= 4",
        found(both(RUNNING, p("instance_cores", ">=", 4))),
    ),
    (
        'is(aws_ec2_instance) and name =~ "^ci-.*" and age > 24h',
        found(both(INSTANCE, p("name", "=~", "^ci-.*"), p("age", ">", "24h"))),
    ),
    (
        "is(volume) and volume_status = available and age > 30d and last_access > 7d "
        "and last_update > 7d",
        found(
            both(
                IsKind(("volume",)),
                p("volume_status", "==", "available"),
                p("age", ">", "30d"),
                p("last_access", ">", "7d"),
                p("last_update", ">", "7d"),
            )
        ),
    ),
    (
        'is(aws_ec2_instance) and not has_key(tags, ["owner", "expiration"])',
        found(
            And(INSTANCE, Not(Function("has_key", read_path("tags"), (["owner", "expiration"],))))
        ),
    ),
    (
        "is(aws_ec2_instance) and tags.owner == null",
        found(And(INSTANCE, p("tags.owner", "==", None))),
    ),
    (
        '/metadata.expires < "2024-05-01T00:00:00Z"',
        found(p("/metadata.expires", "<", "2024-05-01T00:00:00Z")),
    ),
    (
        "/desired.clean == true and /metadata.protected != true and /metadata.cleaned != true",
        found(
            both(
                p("/desired.clean", "==", True),
                p("/metadata.protected", "!=", True),
                p("/metadata.cleaned", "!=", True),
            )
        ),
    ),
    (
        f"is(aws_ec2_security_group) and {RULES}.{{from_port <= 22 and to_port >= 22 and "
        'ip_ranges[*].cidr_ip = "0.0.0.0/0"}',
        found(
            And(
                GROUP,
                ArrayContext(
                    read_path(RULES),
                    both(
                        p("from_port", "<=", 22),
                        p("to_port", ">=", 22),
                        p("ip_ranges[*].cidr_ip", "==", "0.0.0.0/0"),
                    ),
                ),
            )
        ),
    ),
    (
        f'is(aws_ec2_security_group) and {RULES}.ip_ranges[*].cidr_ip = "0.0.0.0/0"',
        found(And(GROUP, p(f"{RULES}.ip_ranges[*].cidr_ip", "==", "0.0.0.0/0"))),
    ),
    (
        'is(load_balancer) and in_subnet(public_ip_address, "10.0.0.0/8")',
        found(
            And(
                IsKind(("load_balancer",)),
                Function("in_subnet", read_path("public_ip_address"), ("10.0.0.0/8",)),
            )
        ),
    ),
    (
        '("payments" or "billing") and is(aws_resource) and age < 2w',
        found(
            both(
                Or(FullText("payments"), FullText("billing")),
                IsKind(("aws_resource",)),
                p("age", "<", "2w"),
            )
        ),
    ),
    (
        'is(aws_vpc) and id = "vpc-0abc" -delete[1:]->',
        way(
            And(IsKind(("aws_vpc",)), p("id", "==", "vpc-0abc")),
            Navigation("out", 1, MAX_DEPTH, ("delete",)),
        ),
    ),
    (
        "is(aws_account) and name = sandbox -[0:]->",
        way(
            And(IsKind(("aws_account",)), p("name", "==", "sandbox")),
            Navigation("out", 0, MAX_DEPTH),
        ),
    ),
    (
        "is(aws_ec2_instance) <-[1:]- is(aws_region)",
        way(INSTANCE, Navigation("in", 1, MAX_DEPTH), IsKind(("aws_region",))),
    ),
    (
        "is(aws_ec2_instance) limit 1 <-default,delete[0:]->",
        Query(
            (
                Part(
                    INSTANCE,
                    limit=Limit(1),
                    navigation=Navigation(
                        "both", 0, MAX_DEPTH, ("default", "delete"), ("default", "delete")
                    ),
                ),
                Part(),
            )
        ),
    ),
    (
        "is(aws_alb_target_group) with(empty, --> is(aws_ec2_instance))",
        found(
            IsKind(("aws_alb_target_group",)),
            with_clause=With("==", 0, Navigation("out"), INSTANCE),
        ),
    ),
    (
        "aggregate(kind as kind: sum(1) as count): is(aws_resource)",
        Query(
            (Part(IsKind(("aws_resource",))),),
            Aggregate(
                (Group(read_path("kind"), "kind"),), (AggregateFunction("sum", 1, (), "count"),)
            ),
        ),
    ),
    (
        "aggregate(/ancestors.account.reported.name as account, instance_type as type: sum(1) as n,"
        " sum(instance_cores) as cores, avg(instance_cores) as avg_cores): is(instance) and "
        "instance_status == running",
        Query(
            (Part(RUNNING),),
            Aggregate(
                (
                    Group(read_path("/ancestors.account.reported.name"), "account"),
                    Group(read_path("instance_type"), "type"),
                ),
                (
                    AggregateFunction("sum", 1, (), "n"),
                    AggregateFunction("sum", read_path("instance_cores"), (), "cores"),
                    AggregateFunction("avg", read_path("instance_cores"), (), "avg_cores"),
                ),
            ),
        ),
    ),
    (
        "is(volume) sort volume_size desc, name asc limit 10, 5",
        found(
            IsKind(("volume",)),
            sort=(Sort(read_path("volume_size"), True), Sort(read_path("name"))),
            limit=Limit(5, 10),
        ),
    ),
    (
        "(edge_type=delete): is(aws_ec2_volume) -->",
        Query(
            (Part(IsKind(("aws_ec2_volume",)), navigation=Navigation("out")), Part()),
            edge_types=("delete",),
        ),
    ),
    (
        "with_usage(3d, cpu_utilization) is(instance) and /usage.cpu_utilization.avg < 5",
        found(
            And(IsKind(("instance",)), p("/usage.cpu_utilization.avg", "<", 5)),
            usage=Usage("3d", ("cpu_utilization",)),
        ),
    ),
    (
        "is(aws_iam_user) -iam[1:1]{permissions[*].level = read}-> is(aws_s3_bucket)",
        way(
            IsKind(("aws_iam_user",)),
            Navigation(
                "out", 1, 1, ("iam",), (), p("permissions[*].level", "==", "read")
            ),
            IsKind(("aws_s3_bucket",)),
        ),
    ),
    (
        "is(a) or is(b) and c == d",
        found(And(Or(IsKind(("a",)), IsKind(("b",))), p("c", "==", "d"))),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "query"), EXAMPLES, ids=[text for text, _ in EXAMPLES])
def test_examples_of_resoto_mean_what_they_meant(text: str, query: Query) -> None:
    assert parse(text) == query
    assert parse(print_query(query)) == query


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ('is(instance) in ["dev"]', 14),
    ],
)
def test_what_only_resotos_documentation_accepts_is_refused(text: str, column: int) -> None:
    with pytest.raises(SearchError, match=f"^column {column}: found `"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("a == 30d", p("a", "==", "30d")),
        ("a == 2h30m", p("a", "==", "2h30m")),
        ("a < 2024-05-01T10:00:00.5", p("a", "<", "2024-05-01T10:00:00.5")),
        ("a == -3.5", p("a", "==", -3.5)),
        ("a == 1e3", p("a", "==", 1000.0)),
        ("a == 10.0.0.1", p("a", "==", "10.0.0.1")),
        ("a == 007", p("a", "==", "007")),
        ("a = true", p("a", "==", True)),
        ("a ~ x", p("a", "=~", "x")),
        ("a !~ x", p("a", "!~", "x")),
        ('a == "true"', p("a", "==", "true")),
        (r'a =~ "^\d+\b\\.\"\n\u00e9\ud83d\ude00"', p("a", "=~", '^\\d+\\b\\."\né😀')),
        ('a in [1, x, "y z", null, [2], {b: {"c": 3}}]',
         p("a", "in", [1, "x", "y z", None, [2], {"b": {"c": 3}}])),
        ("a in [x, arn:aws:s3, y]", p("a", "in", ["x", "arn:aws:s3", "y"])),
        ("a == {b: 1, c: 2}", p("a", "==", {"b": 1, "c": 2})),
        ("id(a:b, c:d) and has_key(x, aws:y)",
         And(HasId(("a:b", "c:d")), Function("has_key", read_path("x"), ("aws:y",)))),
        ("a not  in []", p("a", "not in", [])),
        ("a any == 1", p("a", "==", 1, "any")),
        ("a none in [1]", p("a", "in", [1], "none")),
        ("a all > 1", p("a", ">", 1, "all")),
        ("/a.`b.c/d`[].e[*][3] == 1", Predicate(
            Path((Step("a"), Step("b.c/d", (None,)), Step("e", (None, 3))), True), "==", 1)),
        ("`a``b` == 1", Predicate(Path((Step("a`b"),)), "==", 1)),
        ("not_all.limit == 1 and sort in [1]", And(p("not_all.limit", "==", 1),
                                                    p("`sort`", "in", [1]))),
        ("limit == 1", p("`limit`", "==", 1)),
        ("id == 1 and is == 2", And(p("id", "==", 1), p("is", "==", 2))),
        ("id(1/eu/x/y:z)", HasId(("1/eu/x/y:z",))),
        ('id("a b", c)', HasId(("a b", "c"))),
        ("is([a, b])", IsKind(("a", "b"))),
        ("a == 1 or b == 2 and c == 3 or d == 4",
         Or(And(Or(p("a", "==", 1), p("b", "==", 2)), p("c", "==", 3)), p("d", "==", 4))),
        ("not a == 1 and b == 2", And(Not(p("a", "==", 1)), p("b", "==", 2))),
        ("not (a == 1 and b == 2)", Not(And(p("a", "==", 1), p("b", "==", 2)))),
        ("not not all", Not(Not(All()))),
        ("x.{a == 1 and y[*].{b == 2}}", ArrayContext(
            read_path("x"),
            And(p("a", "==", 1), ArrayContext(read_path("y[*]"), p("b", "==", 2))))),
        ("has_key(tags, a)", Function("has_key", read_path("tags"), ("a",))),
        ("has_desired_change(a)", Function("has_desired_change", read_path("a"))),
    ],
)  # fmt: skip
def test_terms(text: str, term: Term) -> None:
    query = parse(text)
    assert query == found(term)
    assert repr(query) == repr(found(term)), "1 and 1.0 and true are not the same"


@pytest.mark.parametrize(
    ("text", "navigation"),
    [
        ("-->", Navigation("out")),
        ("<--", Navigation("in")),
        ("<-->", Navigation("both")),
        ("-[2]->", Navigation("out", 2, 2)),
        ("-[2:]->", Navigation("out", 2, MAX_DEPTH)),
        ("-[0:3]->", Navigation("out", 0, 3)),
        ("-[0..3]->", Navigation("out", 0, 3)),
        ("-delete[1:]->", Navigation("out", 1, MAX_DEPTH, ("delete",))),
        ("-[1:]delete->", Navigation("out", 1, MAX_DEPTH, ("delete",))),
        ("<-a,b-", Navigation("in", in_types=("a", "b"))),
        ("<-delete->", Navigation("both", 1, 1, ("delete",), ("delete",))),
        ("<-delete[1:1]default->", Navigation("both", 1, 1, ("default",), ("delete",))),
        ("<-[1]default->", Navigation("both", 1, 1, ("default",))),
        ("-{a = 1}->", Navigation("out", edge_filter=p("a", "==", 1))),
    ],
)
def test_navigations(text: str, navigation: Navigation) -> None:
    assert parse(text) == way(All(), navigation)
    assert parse(f"{text} is(a)") == way(All(), navigation, IsKind(("a",)))
    assert parse(f"a = b {text}") == way(p("a", "==", "b"), navigation)
    assert parse(f"sort a {text}").parts[0] == Part(
        sort=(Sort(read_path("a")),), navigation=navigation
    )


def test_a_part_has_everything_in_its_order() -> None:
    text = (
        'with_usage(2w::"1 week", [a, b]) is(x) with(count >= 2, <-- is(y) with(any, -->)) '
        "#tag sort a, b desc limit 3 reversed --> --> all"
    )
    inner = With(">", 0, Navigation("out"))
    first = Part(
        IsKind(("x",)),
        Usage("2w", ("a", "b"), "1 week"),
        With(">=", 2, Navigation("in"), IsKind(("y",)), inner),
        "tag",
        (Sort(read_path("a")), Sort(read_path("b"), True)),
        Limit(3),
        True,
        Navigation("out"),
    )
    query = Query((first, Part(navigation=Navigation("out")), Part()))
    assert parse(text) == query
    assert parse(print_query(query)) == query


def test_several_with_clauses_concern_the_same_node() -> None:
    first, second, third = (
        With(*condition, Navigation(direction), IsKind((kind,)))
        for condition, direction, kind in (
            ((">", 0), "out", "b"),
            (("==", 0), "in", "c"),
            ((">", 0), "in", "d"),
        )
    )
    text = (
        "is(a) with(any, --> is(b) with(any, <-- is(d)) with(empty, <-- is(c))) "
        "with(any, <-- is(d))"
    )
    inner = replace(third, also=second)
    clause = replace(first, inner=inner, also=third)
    assert parse(text) == found(IsKind(("a",)), with_clause=clause)
    assert print_query(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a ~ 11", 'a =~ "11"'),
        ("a !~ 1.50", 'a !~ "1.50"'),
        ("a =~ true", 'a =~ "true"'),
        ("x[*].{a > 1, b < 2 or c = 3, d = 4}", "x[*].{a > 1 and (b < 2 or c = 3) and d = 4}"),
        ("all {/x: -->, /y[]: <--} /x = 1", "all {x: -->, y[]: <--} /x = 1"),
        (
            "all {x: -->, a.b[]: <--} x.reported.n = 1 and a.b[*].metadata.m = 2 and x = 3",
            "all {x: -->, a.b[]: <--} /x.reported.n = 1 and /a.b[*].metadata.m = 2 and x = 3",
        ),
        (
            "is(aws_iam_user) {x: -->, path: -->} x != null and path = null and x.a = 1",
            "is(aws_iam_user) {x: -->, path: -->} /x != null and path = null and x.a = 1",
        ),
        ("all {x: -->} sort x.reported.n", "all {x: -->} sort /x.reported.n"),
        (
            "aggregate(x.id as i: sum(1)): all {x: -->}",
            "aggregate(/x.id as i: sum(1)): all {x: -->}",
        ),
        ("is(a) --at 1w", "--at 1w is(a)"),
        ('is(a) sort n limit 3 --at "2 weeks"', '--at "2 weeks" is(a) sort n limit 3'),
        (
            "--at 2026-01-01T00:00:00Z aggregate(sum(1)): all",
            "--at 2026-01-01T00:00:00Z aggregate(sum(1)): all",
        ),
    ],
)
def test_what_resoto_writes_in_other_words_means_the_same(text: str, same: str) -> None:
    assert parse(text) == parse(same)
    assert parse(print_query(parse(text))) == parse(same)


def test_merges_attach_the_results_of_searches() -> None:
    text = (
        "is(a) {x: --> is(b) sort n, y[]: all <-- limit 3, ancestors.c: (edge_type=delete): --> } "
        "/x.reported.n == 1 --> is(d)"
    )
    out, back = Navigation("out"), Navigation("in")
    of_b = Part(IsKind(("b",)), sort=(Sort(read_path("n")),))
    merges = (
        Merge("x", Query((Part(navigation=out), of_b))),
        Merge("y", Query((Part(navigation=back), Part(limit=Limit(3)))), True),
        Merge("ancestors.c", Query((Part(navigation=out), Part()), None, ("delete",))),
    )
    term = Merged(IsKind(("a",)), merges, p("/x.reported.n", "==", 1))
    assert parse(text) == way(term, out, IsKind(("d",)))


def test_aggregates_group_by_paths_and_templates_and_calculate() -> None:
    text = (
        'aggregate("{kind} in {{{/ancestors.region.reported.name}}}" as "a b", x[*].y: '
        "sum(size * 2 + -1.5) as n, count(id)) (edge_type=delete, default): is(a)"
    )
    template = Template(
        (read_path("kind"), " in {", read_path("/ancestors.region.reported.name"), "}")
    )
    assert parse(text) == Query(
        (Part(IsKind(("a",))),),
        Aggregate(
            (Group(template, "a b"), Group(read_path("x[*].y"))),
            (
                AggregateFunction("sum", read_path("size"), (("*", 2), ("+", -1.5)), "n"),
                AggregateFunction("count", read_path("id")),
            ),
        ),
        ("delete", "default"),
    )
    for function in ("sum", "count", "min", "max", "avg", "stddev", "variance"):
        assert parse(f"aggregate({function}(a / 2)): all").aggregate == Aggregate(
            (), (AggregateFunction(function, read_path("a"), (("/", 2),)),)
        )


# --- what is no search ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("is(volume) adn age > 30d", 12, ["found `adn`", "`and`, `or`", "did you mean `and`?"]),
        ("is(volume) AND (a = 1)", 12, ["did you mean `and`?"]),
        ("is(volume) limt 5", 12, ["did you mean `limit`?"]),
        ("is(volume) srot name", 12, ["did you mean `sort`?"]),
        ("is(volume) whith(any, -->)", 12, ["did you mean `with`?"]),
        ("is(volume) with(emtpy, -->)", 17, ["did you mean `empty`?"]),
        ("is(volume) sort a dsc", 19, ["did you mean `desc`?"]),
        ("nott is(volume)", 6, ["did you mean `not`?"]),
        ("iss(volume)", 1, ["unknown function 'iss'", "did you mean 'is'?"]),
        ("has_keys(tags, a)", 1, ["did you mean 'has_key'?"]),
        ("agregate(kind: sum(1)): all", 1, ["did you mean 'aggregate'?"]),
        ("aggregate(kind: summ(1)): all", 17, ["unknown aggregate", "did you mean 'sum'?"]),
        ("aggregate(kind: xyz(1)): all", 17, ["known: sum, count"]),
        ("a == @TODY@", 6, ["did you mean `@TODAY@`?"]),
        ("", None, ["the search is empty"]),
        (" \n ", None, ["the search is empty"]),
        (":", None, ["use `all` to find everything"]),
        ("(edge_type=delete): ", None, ["the search is empty"]),
        ("aggregate(sum(1)):", None, ["the search is empty"]),
        ('is(a) "text"', 7, ['found `"text"`']),
        ("all `x` == 1", 5, ["found ``x``"]),
        ("is(volume) and ", 15, ["the search ends here", "a condition such as"]),
        ("is(", 4, ["the search ends here"]),
        ("a", 2, ["an operator such as =="]),
        ("a ==", 5, ["a value such as 30d"]),
        ("a == 'x'", 6, ["double quotes"]),
        ('a == "x', 6, ["no closing quote"]),
        ("`a == 3", 1, ["no closing back-tick"]),
        ("--at 1w is(a) --at 2w", 15, ["--at is given twice"]),
        ("--at 1w", None, ["the search is empty"]),
        ("is(a) | grep x", 7, ["the command grep", "did you mean the shell"]),
        ("--with-edges is(a)", 2, ["`--with-edges`", "outside the search"]),
        ("is(a) --limit 3", 8, ["`--limit`"]),
        ("is(a) |", 7, ["did you mean `or`?"]),
        ("is(a) is(b)", 7, ["found `is`", "a navigation such as -->"]),
        ("is(a) -[3:1]-> all", 9, ["put the lower one first"]),
        ("is(a) -[0:251]->", 9, ["250"]),
        ("is(a) -b[1]c->", 7, ["not on both sides"]),
        ("with(count =~ 3, -->)", 12, ["not =~"]),
        ("a == 1e999", 6, ["too large"]),
        (f"a == {'9' * 2000}", 6, ["digits"]),
        ('aggregate("{a b}": sum(1)): all', 11, ["braces"]),
        ("aggregate(a: sum(b / 0)): all", 22, ["cannot divide by 0"]),
        ("aggregate(a: sum(1)) is(b)", 22, ["`:`"]),
    ],
)
def test_mistakes_are_shown_where_they_are(text: str, column: int | None, words: list[str]) -> None:
    with pytest.raises(SearchError) as error:
        parse_search(text)
    assert error.value.column == column
    assert error.value.text == text
    assert all(word in str(error.value) for word in words), str(error.value)
    assert not any(name in str(error.value) for name in ("LPAR", "$END", "BOOLEAN", "PATH"))


def test_an_error_points_at_its_column() -> None:
    with pytest.raises(SearchError) as error:
        parse_search("is(volume) limt 5")
    assert error.value.pointed().splitlines()[1].index("^") == 11


def test_an_error_about_all_of_a_search_shows_it() -> None:
    with pytest.raises(SearchError) as error:
        parse_search(" ")
    assert error.value.pointed() == f" \n{error.value}"
    assert SearchError("wrong").pointed() == "wrong"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "all" + ")" * 5000,
        "not " * 20000 + "all",
        "all" + " or all" * 5000,
        "a == " + "[" * 5000 + "]" * 5000,
        "x.{" * 5000 + "all" + "}" * 5000,
        "all" + " with(any, -->" * 3000 + ")" * 3000,
        "all {x: " * 3000 + "all -->" + "}" * 3000,
    ],
    ids=["parentheses", "not", "or", "arrays", "contexts", "with", "merges"],
)
def test_deep_nesting_is_no_crash(text: str) -> None:
    with suppress(SearchError):
        parse(text)


def test_nesting_has_a_limit_that_says_what_to_do() -> None:
    parse_search("id == a" + " or id == a" * (MAX_NESTING - 20))
    with pytest.raises(SearchError, match=r"in \[a, b\]"):
        parse_search("id == a" + " or id == a" * MAX_NESTING)


def test_length_has_a_limit() -> None:
    with pytest.raises(SearchError, match=str(MAX_LENGTH)):
        parse_search("a" * (MAX_LENGTH + 1))


PIECES = [
    *"()[]{}<>-,:.#*/\\\"'`=!~@ ",
    *KEYWORDS,
    *("is(", "id(", "has_key(", "with(", "with_usage(", "aggregate(", "expand(", "sum(1)"),
    *("-->", "<--", "<->", "-[", "]->", ".{", "=~", "==", "(edge_type=delete):"),
    *("@NOW@", "30d", "5", "-1.5", "volume", "kind", "\x00", "é"),
]


def mutated(text: str, chance: random.Random) -> str:
    """A valid search with up to four pieces put in, taken out or doubled."""
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.randint(0, 6))
        piece = chance.choice([*PIECES, "", text[start:end] * 2])
        text = text[:start] + piece + text[end:]
    return text


@pytest.mark.scaled
@pytest.mark.no_cover
def test_no_text_raises_anything_but_a_search_error() -> None:
    """Parse valid searches with mistakes, their pieces in any order, and mere noise."""
    chance = random.Random(20261125)
    for number in range(scaled(10_000)):
        if number % 4 == 0:
            text = " ".join(chance.choices(PIECES, k=chance.randint(1, 12)))
        elif number % 4 == 1:
            text = "".join(chance.choices(string.printable, k=chance.randint(0, 30)))
        else:
            text = mutated(chance.choice(EXAMPLES)[0], chance)
        with suppress(SearchError):
            parse_search(text, {"kind": "is({{x}})"}, NOW)


@given(st.text())
def test_any_text_parses_or_raises_a_search_error(text: str) -> None:
    with suppress(SearchError):
        parse_search(text, now=NOW)


@pytest.mark.scaled
@settings(max_examples=scaled(200) if is_full() else 20)
@given(queries)
def test_what_is_printed_is_read_as_the_same(query: Query) -> None:
    text = print_query(query)
    again = parse(text, now=NOW)
    assert again == query
    assert repr(again) == repr(query), "1 and 1.0 and true are not the same"
    assert print_query(again) == text


@pytest.mark.parametrize("start", [":", "a:", ":a", "2026-01-01T10:00:00Z", "3d"])
def test_a_moment_keeps_apart_from_the_colons_between_two(start: str) -> None:
    query = Query((Part(All(), usage=Usage(start, ("cpu",), "3d")),))
    assert parse(print_query(query)) == query
