"""Databases, tables and warehouses that nobody connects to, and their old snapshots."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

IDLE_DATABASES = declare(
    "idle_databases",
    question="Which RDS databases does nobody connect to?",
    search=(
        "is(aws_rds_instance) and db_instance_status = available and db_cluster_identifier = "
        "null and read_replica_source_db_instance_identifier = null and "
        "read_replica_source_db_cluster_identifier = null and last_access > {{idle_for}} "
        f"{nothing_uses('aws_rds_instance')}"
    ),
    reason="a database without connections for the time of idle_for",
    facts=(
        "last_used",
        "engine",
        "db_instance_class",
    ),
    min_age=timedelta(days=30),
    idle_for=timedelta(days=30),
    last_use=("aws_rds_instance",),
    cannot_see=(
        "programs that connect once in a long time, such as at the end of a quarter",
        "databases that wait to take over for one elsewhere, without replication by RDS",
    ),
)

IDLE_WAREHOUSES = declare(
    "idle_warehouses",
    question="Which Redshift clusters does nobody connect to?",
    search=(
        "is(aws_redshift_cluster) and cluster_status = available and last_access > "
        "{{idle_for}} "
        f"{nothing_uses('aws_redshift_cluster')}"
    ),
    reason="a warehouse without connections for the time of idle_for",
    facts=(
        "last_used",
        "node_type",
    ),
    min_age=timedelta(days=30),
    idle_for=timedelta(days=30),
    last_use=("aws_redshift_cluster",),
    cannot_see=(
        "clusters that read its data by a data share, without a connection to it",
        "programs that connect once in a long time, such as at the end of a quarter",
    ),
)

IDLE_TABLES = declare(
    "idle_tables",
    question="Which DynamoDB tables does nobody read or write?",
    search=(
        "is(aws_dynamodb_table) and table_status = ACTIVE and replicas[0] = null and "
        "last_access > {{idle_for}} "
        f"{nothing_uses('aws_dynamodb_table')}"
    ),
    reason="a table that was neither read nor written for the time of idle_for",
    facts=(
        "last_used",
        "item_count",
        "table_size_bytes",
    ),
    min_age=timedelta(days=90),
    idle_for=timedelta(days=90),
    last_use=("aws_dynamodb_table",),
    cannot_see=(
        "data that is kept in case that somebody asks for it",
        "programs that run once in a long time, such as at the end of a year",
        "exports of the table and reads of its backups, which consume no capacity",
    ),
)

AURORA_WITHOUT_INSTANCES = declare(
    "aurora_without_instances",
    question="Which Aurora clusters have no instances, so that nobody can query them?",
    search=(
        'is(aws_rds_cluster) and engine =~ "^aurora" and engine_mode = provisioned and status '
        "= available and global_cluster_identifier = null and replication_source_identifier = "
        "null "
        f"{nothing_uses('aws_rds_cluster')}"
    ),
    reason="a cluster without instances, which nobody can query",
    facts=(
        "engine",
        "engine_version",
    ),
    min_age=timedelta(days=30),
    unchanged_for=timedelta(days=30),
    cannot_see=("somebody who keeps only the data, and adds an instance when it is needed",),
)

SNAPSHOTS_OF_DELETED_DATABASES = declare(
    "snapshots_of_deleted_databases",
    question="Which old snapshots are of RDS databases that no longer exist?",
    search=(
        "is(aws_rds_snapshot) and snapshot_type = manual and status = available and "
        "source_db_snapshot_identifier = null and source_region = null with(empty, <-- "
        "is(aws_rds_instance)) with(empty, <-- is(aws_backup_recovery_point)) "
        f"{nothing_uses('aws_rds_snapshot')}"
    ),
    reason="an old snapshot of a database that no longer exists",
    facts=(
        "db_instance_identifier",
        "engine",
        "allocated_storage",
    ),
    min_age=timedelta(days=365),
    cannot_see=(
        "that it is the last copy of the data, which may have to be kept for longer",
        "accounts that it is shared with, and copies of it elsewhere",
    ),
)

DOCUMENT_CLUSTERS_WITHOUT_INSTANCES = declare(
    "document_clusters_without_instances",
    question="Which DocumentDB clusters have no instances, so that nobody can query them?",
    search=(
        "is(aws_docdb_cluster) and status = available and replication_source_identifier = "
        "null "
        f"{nothing_uses('aws_docdb_cluster')}"
    ),
    reason="a cluster without instances, which nobody can query",
    facts=("engine_version",),
    min_age=timedelta(days=30),
    unchanged_for=timedelta(days=30),
    cannot_see=("somebody who keeps only the data, and adds an instance when it is needed",),
)

GRAPH_CLUSTERS_WITHOUT_INSTANCES = declare(
    "graph_clusters_without_instances",
    question="Which Neptune clusters have no instances, so that nobody can query them?",
    search=(
        "is(aws_neptune_cluster) and status = available and replication_source_identifier = "
        "null "
        f"{nothing_uses('aws_neptune_cluster')}"
    ),
    reason="a cluster without instances, which nobody can query",
    facts=("engine_version",),
    min_age=timedelta(days=30),
    unchanged_for=timedelta(days=30),
    cannot_see=("somebody who keeps only the data, and adds an instance when it is needed",),
)

WAREHOUSES_WITHOUT_WORK_GROUPS = declare(
    "warehouses_without_work_groups",
    question=(
        "Which namespaces of Redshift Serverless have no work group, so that nobody can query them?"
    ),
    search=(
        "is(aws_redshift_serverless_namespace) and status = AVAILABLE "
        f"{nothing_uses('aws_redshift_serverless_namespace')}"
    ),
    reason="a namespace without a work group, which nobody can query",
    facts=("db_name",),
    min_age=timedelta(days=30),
    unchanged_for=timedelta(days=30),
    cannot_see=(
        "somebody who keeps only the data, and adds a work group when it is needed",
        "clusters that read its data by a data share",
    ),
)

SNAPSHOTS_OF_DELETED_CLUSTERS = declare(
    "snapshots_of_deleted_clusters",
    question="Which old snapshots are of database clusters that no longer exist?",
    search=(
        "is(aws_rds_cluster_snapshot) and snapshot_type = manual and status = available and "
        "source_db_cluster_snapshot_arn = null with(empty, <-- is(aws_rds_cluster, "
        "aws_docdb_cluster, aws_neptune_cluster)) with(empty, <-- "
        "is(aws_backup_recovery_point)) "
        f"{nothing_uses('aws_rds_cluster_snapshot')}"
    ),
    reason="an old snapshot of a cluster that no longer exists",
    facts=(
        "db_cluster_identifier",
        "engine",
        "allocated_storage",
    ),
    min_age=timedelta(days=365),
    cannot_see=(
        "that it is the last copy of the data, which may have to be kept for longer",
        "accounts that it is shared with, and copies of it elsewhere",
    ),
)

SNAPSHOTS_OF_DELETED_WAREHOUSES = declare(
    "snapshots_of_deleted_warehouses",
    question="Which old snapshots are of Redshift clusters that no longer exist?",
    search=(
        "is(aws_redshift_snapshot) and snapshot_type = manual and status = available and "
        "source_region = null and accounts_with_restore_access[0] = null with(empty, <-- "
        "is(aws_redshift_cluster))"
    ),
    reason="an old snapshot of a Redshift cluster that no longer exists",
    facts=(
        "cluster_identifier",
        "total_backup_size_in_mega_bytes",
    ),
    min_age=timedelta(days=365),
    cannot_see=("that it is the last copy of the data, which may have to be kept for longer",),
)

OLD_DATABASE_SNAPSHOTS = declare(
    "old_database_snapshots",
    question="Which manual snapshots of RDS databases are old, and have newer ones?",
    search=(
        "is(aws_rds_snapshot) and snapshot_type = manual and status = available and "
        "source_db_snapshot_identifier = null and source_region = null with(empty, <-- "
        "is(aws_backup_recovery_point)) "
        f"{nothing_uses('aws_rds_snapshot')}"
    ),
    reason="an old snapshot of a database that has newer ones",
    facts=("db_instance_identifier", "engine", "allocated_storage"),
    min_age=timedelta(days=180),
    newest_per="db_instance_identifier",
    cannot_see=(
        "snapshots that are kept for longer by law, or as the last state before a change",
        "that other rules or jobs select the newer ones at the same time",
    ),
)

OLD_CLUSTER_SNAPSHOTS = declare(
    "old_cluster_snapshots",
    question="Which manual snapshots of database clusters are old, and have newer ones?",
    search=(
        "is(aws_rds_cluster_snapshot) and snapshot_type = manual and status = available and "
        "source_db_cluster_snapshot_arn = null with(empty, <-- is(aws_backup_recovery_point)) "
        f"{nothing_uses('aws_rds_cluster_snapshot')}"
    ),
    reason="an old snapshot of a cluster that has newer ones",
    facts=("db_cluster_identifier", "engine", "allocated_storage"),
    min_age=timedelta(days=180),
    newest_per="db_cluster_identifier",
    cannot_see=(
        "snapshots that are kept for longer by law, or as the last state before a change",
        "that other rules or jobs select the newer ones at the same time",
    ),
)

OLD_WAREHOUSE_SNAPSHOTS = declare(
    "old_warehouse_snapshots",
    question="Which manual snapshots of Redshift clusters are old, and have newer ones?",
    search=(
        "is(aws_redshift_snapshot) and snapshot_type = manual and status = available and "
        "source_region = null and accounts_with_restore_access[0] = null"
    ),
    reason="an old snapshot of a Redshift cluster that has newer ones",
    facts=("cluster_identifier", "total_backup_size_in_mega_bytes"),
    min_age=timedelta(days=180),
    newest_per="cluster_identifier",
    cannot_see=(
        "snapshots that are kept for longer by law, or as the last state before a change",
        "that other rules or jobs select the newer ones at the same time",
    ),
)
