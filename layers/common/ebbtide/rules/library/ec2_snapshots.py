"""Snapshots of volumes that are no longer of use."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

# AWS gives the copy of a snapshot a volume id that means nothing.
NO_COPY = (
    'and volume_id =~ "^vol-" and volume_id != vol-ffffffff and transfer_type = null '
    'and description !~ "copied"'
)

SNAPSHOTS_OF_DELETED_VOLUMES = declare(
    "snapshots_of_deleted_volumes",
    question="Which snapshots are of a volume that is gone, and no image or volume uses them?",
    search=f"is(aws_ec2_snapshot) and snapshot_status = completed {NO_COPY} "
    "with(empty, --> is(aws_ec2_volume)) with(empty, <-- is(aws_ec2_volume)) "
    "with(empty, <-- is(aws_autoscaling_launch_configuration)) "
    f"{nothing_uses('aws_ec2_snapshot')}",
    reason="a snapshot whose volume is gone, and which nothing refers to",
    facts=("volume_id", "volume_size", "storage_tier"),
    min_age=timedelta(days=90),
    cannot_see=(
        "snapshots that are kept as the only copy of the data of the deleted volume, such as for "
        "an archive or by law",
        "scripts that make volumes from the snapshot",
    ),
)

OLD_SNAPSHOTS = declare(
    "old_snapshots",
    question="Which snapshots are old, and the newest of their volume besides?",
    search=f"is(aws_ec2_snapshot) and snapshot_status = completed {NO_COPY} "
    "with(empty, <-- is(aws_autoscaling_launch_configuration)) "
    f"{nothing_uses('aws_ec2_snapshot')}",
    reason="an old snapshot of a volume that has newer ones",
    facts=("volume_id", "volume_size", "storage_tier"),
    min_age=timedelta(days=180),
    newest_per="volume_id",
    cannot_see=(
        "snapshots that are kept for longer by law, or as the last state before a change",
        "that other rules or jobs select the newer ones at the same time",
    ),
)

FAILED_SNAPSHOTS = declare(
    "failed_snapshots",
    question="Which snapshots failed, so that they hold no complete copy?",
    search=f"is(aws_ec2_snapshot) and snapshot_status = error {nothing_uses('aws_ec2_snapshot')}",
    reason="a snapshot that failed",
    facts=("volume_id", "state_message"),
    min_age=timedelta(days=7),
    cannot_see=("somebody who still wants to look at why the snapshot failed",),
)
