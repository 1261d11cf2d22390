"""Parameter, option and subnet groups that no database uses."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

UNUSED_PARAMETER_GROUPS = declare(
    "unused_parameter_groups",
    question="Which parameter groups does no database use?",
    search=(
        'is(aws_rds_parameter_group) and id !~ "^default[.]" '
        f"{nothing_uses('aws_rds_parameter_group')}"
    ),
    reason="a parameter group that no database uses",
    facts=("db_parameter_group_family",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=(
        "databases that are restored with it from a snapshot, or created by a template later",
    ),
)

UNUSED_CLUSTER_PARAMETER_GROUPS = declare(
    "unused_cluster_parameter_groups",
    question="Which cluster parameter groups does no cluster use?",
    search=(
        'is(aws_rds_cluster_parameter_group) and id !~ "^default[.]" '
        f"{nothing_uses('aws_rds_cluster_parameter_group')}"
    ),
    reason="a parameter group that no cluster uses",
    facts=("db_parameter_group_family",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=(
        "clusters that are restored with it from a snapshot, or created by a template later",
        "global clusters that use it during an upgrade",
    ),
)

UNUSED_OPTION_GROUPS = declare(
    "unused_option_groups",
    question="Which option groups does no database and no snapshot use?",
    search=(
        f'is(aws_rds_option_group) and id !~ "^default:" {nothing_uses("aws_rds_option_group")}'
    ),
    reason="an option group that no database and no snapshot uses",
    facts=(
        "engine_name",
        "major_engine_version",
    ),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=(
        "databases that are created with it later, by a template or from automated backups",
    ),
)

UNUSED_DATABASE_SUBNET_GROUPS = declare(
    "unused_database_subnet_groups",
    question="Which subnet groups does no database use?",
    search=(
        f'is(aws_rds_subnet_group) and id !~ "^default" {nothing_uses("aws_rds_subnet_group")}'
    ),
    reason="a subnet group that no database uses",
    facts=("vpc_id",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=(
        "databases that are restored with it from a snapshot, or created by a template later",
    ),
)

UNUSED_CACHE_SUBNET_GROUPS = declare(
    "unused_cache_subnet_groups",
    question="Which subnet groups does no cache use?",
    search=(
        "is(aws_elasticache_subnet_group) and id != default "
        f"{nothing_uses('aws_elasticache_subnet_group')}"
    ),
    reason="a subnet group that no cache uses",
    facts=("vpc_id",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=(
        "caches that are restored with it from a snapshot, or created by a template later",
    ),
)

UNUSED_WAREHOUSE_SUBNET_GROUPS = declare(
    "unused_warehouse_subnet_groups",
    question="Which subnet groups does no Redshift cluster use?",
    search=(
        "is(aws_redshift_subnet_group) and id != default "
        f"{nothing_uses('aws_redshift_subnet_group')}"
    ),
    reason="a subnet group that no Redshift cluster uses",
    facts=("vpc_id",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=(
        "clusters that are restored with it from a snapshot, or created by a template later",
        "endpoints of Redshift that it gives subnets to",
    ),
)
