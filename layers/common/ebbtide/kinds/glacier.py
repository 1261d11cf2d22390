"""Glacier vaults and their retrieval jobs."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

_RECORD: Decision = {"strength": "history", "why": "it is the record of a retrieval"}

VAULT = Kind(
    name="aws_glacier_vault",
    list=Call("glacier", "list_vaults", "VaultList[]", accountId="-"),
    get=Call("glacier", "describe_vault", accountId="-", vaultName="{id}"),
    # AWS no longer serves accounts that have nothing in Glacier.
    absent=("NoLongerSupportedException",),
    details=(
        Detail(
            Call("glacier", "list_tags_for_vault", "Tags", accountId="-", vaultName="{VaultName}"),
            into="Tags",
        ),
    ),
    id="VaultName",
    label="VaultName",
    arn="VaultARN",
    created="CreationDate",
    volatile=("LastInventoryDate", "NumberOfArchives", "SizeInBytes"),
    never_delete=(
        NeverDelete(
            "NumberOfArchives > `0`",
            "it held archives when AWS last counted them, which no job can ask to remove: the list"
            " of archives is as old as that count",
            "https://docs.aws.amazon.com/amazonglacier/latest/dev/vault-inventory.html",
        ),
    ),
    fingerprint=("CreationDate", "VaultARN"),
    delete=Delete(
        Call("glacier", "delete_vault", accountId="-", vaultName="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=(),
        refused=("InvalidParameterValueException",),
        # What DeleteArchive could remove is only in an inventory.
        note=(
            "Only an empty vault without writes since the last inventory is deleted. A job cannot"
            " ask to empty it: an inventory is made once a day and takes hours to retrieve, so what"
            " it lacks could neither be counted first nor removed."
        ),
    ),
)

JOB = Kind(
    name="aws_glacier_job",
    each="aws_glacier_vault",
    list=Call("glacier", "list_jobs", "JobList[]", accountId="-", vaultName="{VaultName}"),
    id="JobId",
    tags=None,
    created="CreationDate",
    relations=(
        Relation("VaultARN", "aws_glacier_vault", by="arn", reverse=True, **_RECORD),
        Relation(
            "[@][?!Completed].SNSTopic",
            "aws_sns_topic",
            strength="needed",
            why="the retrieval could notify nobody",
        ),
        Relation("[@][?Completed].SNSTopic", "aws_sns_topic", **_RECORD),
        Relation(
            "[@][?!Completed].OutputLocation.S3.BucketName",
            "aws_s3_bucket",
            strength="needed",
            why="the retrieval could not store its output",
        ),
        Relation("[@][?Completed].OutputLocation.S3.BucketName", "aws_s3_bucket", **_RECORD),
        Relation(
            "OutputLocation.S3.Encryption.KMSKeyId",
            "aws_kms_key",
            deleted_before=True,
            pattern=KEY_ID,
        ),
    ),
    undeletable="It is the record of a retrieval, which AWS removes a day after it ended.",
)
