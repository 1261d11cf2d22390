"""Glue databases, jobs and crawlers."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, LastUse, Relation

_NO_TABLES: Decision = {"strength": "needed", "why": "the crawler could not write its tables"}
_CRAWLED: Decision = {"strength": "watches", "why": "the crawler only catalogs what it finds there"}

_TAGS = Detail(Call("glue", "get_tags", "Tags", ResourceArn="{arn}"), into="Tags")

# A role is named by ARN or by name, with or without its path.
_ROLE = (
    Relation("Role", "aws_iam_role", by="arn", deleted_before=True, pattern=r"^(arn:.+)$"),
    Relation(
        "Role",
        "aws_iam_role",
        by="name",
        deleted_before=True,
        pattern=r"^(?!arn:)(?:.*/)?([^/]+)$",
    ),
)

DATABASE = Kind(
    name="aws_glue_database",
    list=Call("glue", "get_databases", "DatabaseList[]"),
    get=Call("glue", "get_database", "Database", Name="{id}"),
    details=(_TAGS,),
    id="Name",
    label="Name",
    arn="arn:{partition}:glue:{region}:{CatalogId || account}:database/{id}",
    created="CreateTime",
    relations=(
        Relation(
            "LocationUri",
            "aws_s3_bucket",
            pattern=r"^s3[an]?://([^/]+)",
            strength="needed",
            why="new tables of the database would have no place for their data",
        ),
        # A database may be a link to another one, even in another account.
        Relation(
            "[@][?TargetDatabase.CatalogId == CatalogId].TargetDatabase.DatabaseName",
            "aws_glue_database",
            strength="needed",
            why="the database is a link and would lead nowhere",
        ),
    ),
    never_delete=(
        NeverDelete(
            "Name == 'default'", "it is the default database, which Spark and Athena expect"
        ),
        NeverDelete(
            "CatalogId && CatalogId != account", "it belongs to another catalog", "glue:Database"
        ),
        NeverDelete(
            "FederatedDatabase", "it represents a database of an external source", "glue:Database"
        ),
    ),
    fingerprint=("CreateTime", "CatalogId"),
    delete=Delete(
        Call("glue", "delete_database", Name="{id}"),
        gone=("EntityNotFoundException",),
        blocked=("ConcurrentModificationException",),
        refused=("InvalidInputException",),
        note="Its table and function definitions go with it; the data of the tables stays.",
    ),
)

JOB = Kind(
    name="aws_glue_job",
    list=Call("glue", "get_jobs", "Jobs[]"),
    get=Call("glue", "get_job", "Job", JobName="{id}"),
    details=(_TAGS,),
    id="Name",
    label="Name",
    arn="arn:{partition}:glue:{region}:{account}:job/{id}",
    created="CreatedOn",
    relations=(
        *_ROLE,
        Relation(
            "Command.ScriptLocation",
            "aws_s3_bucket",
            pattern=r"^s3[an]?://([^/]+)",
            strength="needed",
            why="the job could not load its script",
        ),
    ),
    fingerprint=("CreatedOn", "LastModifiedOn", "Role"),
    delete=Delete(
        Call("glue", "delete_job", JobName="{id}"),
        gone=("EntityNotFoundException",),
        blocked=(),
        refused=("InvalidInputException",),
        note="Its run history and bookmarks go with it; its script stays in S3.",
    ),
)

_CRAWLER_RELATIONS = (
    *_ROLE,
    Relation("DatabaseName", "aws_glue_database", **_NO_TABLES),
    Relation("Targets.CatalogTargets[].DatabaseName", "aws_glue_database", **_CRAWLED),
    Relation(
        "Targets.S3Targets[].Path", "aws_s3_bucket", pattern=r"^s3[an]?://([^/]+)", **_CRAWLED
    ),
    Relation("Targets.DynamoDBTargets[].Path", "aws_dynamodb_table", **_CRAWLED),
    Relation(
        "Targets.S3Targets[].[EventQueueArn, DlqEventQueueArn][]",
        "aws_sqs_queue",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        "Targets.CatalogTargets[].[EventQueueArn, DlqEventQueueArn][]",
        "aws_sqs_queue",
        by="arn",
        strength="needed",
        why="its next run would fail",
    ),
)

CRAWLER = Kind(
    name="aws_glue_crawler",
    list=Call("glue", "get_crawlers", "Crawlers[]"),
    get=Call("glue", "get_crawler", "Crawler", Name="{id}"),
    details=(_TAGS,),
    id="Name",
    label="Name",
    arn="arn:{partition}:glue:{region}:{account}:crawler/{id}",
    created="CreationTime",
    relations=_CRAWLER_RELATIONS,
    volatile=("State", "CrawlElapsedTime", "LastCrawl"),
    last_use=LastUse(path="LastCrawl.StartTime"),
    fingerprint=("CreationTime", "LastUpdated", "Version"),
    delete=Delete(
        Call("glue", "delete_crawler", Name="{id}"),
        gone=("EntityNotFoundException",),
        blocked=("CrawlerRunningException", "SchedulerTransitioningException"),
        note="Tables that it created stay.",
    ),
)
