"""Advice about databases, caches, networks and names. None of these rules selects anything."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from ebbtide.rules.search_rule import declare

_AT_ONCE = timedelta(days=1)
_OPEN_ENGINES = "[mysql, mariadb, postgres, aurora-mysql, aurora-postgresql]"

# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html.
PREVIOUS_GENERATION_DATABASES = declare(
    "previous_generation_databases",
    question="Which databases are of a previous generation?",
    search='is(aws_rds_instance) and instance_type =~ "^db.(t1|t2|m1|m2|m3|m4|r3|r4)[.]"',
    reason="a database of a previous generation",
    facts=("instance_type", "engine", "engine_version"),
    min_age=_AT_ONCE,
    advises="change it to the current generation of its class",
    instead={
        "db_instance_class": {
            "db.t2.": "db.t3.",
            "db.m3.": "db.m5.",
            "db.m4.": "db.m5.",
            "db.r3.": "db.r5.",
            "db.r4.": "db.r5.",
        }
    },
    cannot_see=("versions of an engine that the current generation does not run",),
)

DATABASES_WITHOUT_GRAVITON = declare(
    "databases_without_graviton",
    question="Which databases could be of a class with Graviton processors?",
    search=f"is(aws_rds_instance) and engine in {_OPEN_ENGINES} and "
    'instance_type =~ "^db.(t3|m5|m6i|r5|r6i)[.]"',
    reason="a database of a class that has a cheaper one with Graviton processors",
    facts=("instance_type", "engine", "engine_version"),
    min_age=_AT_ONCE,
    advises="change it to the class with Graviton processors",
    instead={
        "db_instance_class": {
            "db.t3.": "db.t4g.",
            "db.m5.": "db.m6g.",
            "db.m6i.": "db.m6g.",
            "db.r5.": "db.r6g.",
            "db.r6i.": "db.r6g.",
        }
    },
    cannot_see=("old versions of the engine that run on x86 only",),
)

# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html.
DATABASES_IN_EXTENDED_SUPPORT = declare(
    "databases_in_extended_support",
    question="Which databases have a version in extended support, which AWS bills by processor?",
    search="is(aws_rds_instance) and "
    '((engine = mysql and engine_version =~ "^(5[.]|8[.]0)") or '
    '(engine = postgres and engine_version =~ "^(9|1[0-3])[.]"))',
    reason="a database whose version is in extended support",
    facts=("engine", "engine_version", "instance_type"),
    min_age=_AT_ONCE,
    advises="upgrade it to a version in standard support",
    cannot_see=("versions whose standard support ended after this version of Ebbtide",),
)

STANDBYS_OF_TESTS = declare(
    "standbys_of_tests",
    question="Which databases of tests have a standby in a second zone?",
    search="is(aws_rds_instance) and multi_az = true and (tags.environment in {{environments}} or "
    "tags.env in {{environments}} or tags.stage in {{environments}})",
    reason="a database of tests with a standby",
    facts=("instance_type", "engine"),
    min_age=_AT_ONCE,
    more={
        "environments": (
            tuple[str, ...],
            Field(
                default=("dev", "development", "test", "testing", "sandbox"),
                description="values of the tags environment, env and stage of what is for tests",
            ),
        )
    },
    advises="do without its standby",
    instead={"multi_az": False},
    cannot_see=("tests of the standby itself",),
)

PREVIOUS_GENERATION_CACHES = declare(
    "previous_generation_caches",
    question="Which caches are of a previous generation?",
    search="is(aws_elasticache_cache_cluster) and "
    'cache_node_type =~ "^cache.(t1|t2|m1|m2|m3|m4|c1|r3|r4)[.]"',
    reason="a cache of a previous generation",
    facts=("cache_node_type", "engine", "num_cache_nodes"),
    min_age=_AT_ONCE,
    advises="change it to the current generation of its node type",
    instead={
        "cache_node_type": {
            "cache.t2.": "cache.t3.",
            "cache.m3.": "cache.m5.",
            "cache.m4.": "cache.m5.",
            "cache.r3.": "cache.r5.",
            "cache.r4.": "cache.r5.",
        }
    },
    cannot_see=("reserved nodes that have been paid for",),
)

PREVIOUS_GENERATION_WAREHOUSES = declare(
    "previous_generation_warehouses",
    question="Which Redshift clusters have nodes of a previous generation?",
    search='is(aws_redshift_cluster) and instance_type =~ "^(dc1|dc2|ds1|ds2)[.]"',
    reason="a warehouse of a previous generation",
    facts=("instance_type", "number_of_nodes"),
    min_age=_AT_ONCE,
    advises="move it to RA3 nodes or to Redshift Serverless",
    cannot_see=("reserved nodes that have been paid for",),
)

UNUSED_HEALTH_CHECKS = declare(
    "unused_health_checks",
    question="Which health checks does no record and no other health check use?",
    search="is(aws_route53_health_check) and linked_service = null "
    "with(empty, <-- is(aws_route53_resource_record_set)) "
    "with(empty, <-- is(aws_route53_health_check))",
    reason="a health check that no record uses",
    facts=("health_check_config",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=14),
    advises="delete it if no alarm and nobody looks at it",
    saves_all=True,
    cannot_see=(
        "alarms in us-east-1 and dashboards that look at its metric",
        "records of other accounts that name it",
    ),
)

UNUSED_DEFAULT_VPCS = declare(
    "unused_default_vpcs",
    question="Which default VPCs hold no network interface?",
    search="is(aws_vpc) and is_default = true "
    "with(empty, --> is(aws_ec2_subnet) with(any, --> is(aws_ec2_network_interface)))",
    reason="a default VPC that nothing uses",
    facts=("cidr_block",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=14),
    advises="delete it, so that nothing is launched there by mistake",
    cannot_see=("functions and tasks that start in it for a moment now and then",),
)

DISTRIBUTIONS_AT_ALL_EDGES = declare(
    "distributions_at_all_edges",
    question="Which distributions use all edge locations, also the most expensive ones?",
    search="is(aws_cloudfront_distribution) and enabled = true and price_class = PriceClass_All",
    reason="a distribution of the most expensive price class",
    facts=("domain_name", "price_class"),
    min_age=_AT_ONCE,
    advises="choose a smaller price class if its users are in fewer continents",
    cannot_see=("where its users are", "pricing plans with a fixed price"),
)
