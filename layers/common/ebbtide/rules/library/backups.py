"""Vaults and plans of backups without contents."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

EMPTY_BACKUP_VAULTS = declare(
    "empty_backup_vaults",
    question="Which backup vaults are empty, and no plan fills them?",
    search=(
        "is(aws_backup_vault) and number_of_recovery_points = 0 and id != Default and id !~ "
        '"^aws/" and locked != true and (vault_type = BACKUP_VAULT or vault_type = null) '
        f"{nothing_uses('aws_backup_vault')}"
    ),
    reason="an empty vault that no backup plan names",
    facts=("number_of_recovery_points",),
    min_age=timedelta(days=60),
    unchanged_for=timedelta(days=60),
    cannot_see=(
        "plans and jobs of other accounts that copy to it",
        "scripts that start a backup into it by its name",
    ),
)

BACKUP_PLANS_WITHOUT_SELECTIONS = declare(
    "backup_plans_without_selections",
    question="Which backup plans back up nothing?",
    search=(
        f'is(aws_backup_plan) and backup_plan_name !~ "^aws/" {nothing_uses("aws_backup_plan")}'
    ),
    reason="a backup plan that selects no resources",
    facts=("backup_plan_name",),
    min_age=timedelta(days=60),
    unchanged_for=timedelta(days=60),
    cannot_see=(
        "somebody who is still to assign resources to it",
        "a policy of the organization that it belongs to",
    ),
)

EMPTY_ARCHIVE_VAULTS = declare(
    "empty_archive_vaults",
    question="Which vaults of Glacier are empty?",
    search=(
        "is(aws_glacier_vault) and last_inventory_date != null and number_of_archives = 0 and "
        "size_in_bytes = 0"
    ),
    reason="a vault that held no archive at its last inventory",
    facts=("last_inventory_date",),
    min_age=timedelta(days=90),
    unchanged_for=timedelta(days=30),
    cannot_see=(
        "archives since the last inventory; AWS refuses to delete the vault then",
        "programs that write to it seldom, and fail without it",
    ),
)
