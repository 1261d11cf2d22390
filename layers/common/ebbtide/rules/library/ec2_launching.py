"""What instances are launched from or with: images, templates, keys, placement groups."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from ebbtide.options.section import Duration
from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

LAUNCHED_ELSEWHERE = (
    "scripts, pipelines, Spot Fleets and EC2 Fleets that name it when they launch instances"
)

UNUSED_IMAGES = declare(
    "unused_images",
    question="Which machine images has no instance been launched from for long, and names nothing?",
    search="is(aws_ec2_image) and state in [available, disabled] and public = false "
    "and (last_launched_time = null or last_launched_time < -{{not_launched_for}}) "
    f"{nothing_uses('aws_ec2_image')} "
    "with(empty, --> is(aws_ec2_instance)) "
    "with(empty, <-- is(aws_autoscaling_launch_configuration))",
    reason="an image that nothing was launched from for long and nothing refers to",
    facts=("last_launched_time", "creation_date", "state"),
    min_age=timedelta(days=90),
    more={
        "not_launched_for": (
            Duration,
            Field(
                default=timedelta(days=90),
                description="no instance was launched from it within this time; AWS reports a "
                "launch a day late",
            ),
        )
    },
    cannot_see=(
        LAUNCHED_ELSEWHERE,
        "parameters of Systems Manager, recipes of Image Builder and templates of CloudFormation "
        "that name the image",
        "images that are kept as a backup of an instance",
    ),
)

FAILED_IMAGES = declare(
    "failed_images",
    question="Which machine images could not be made, so that nothing can start from them?",
    search=f"is(aws_ec2_image) and state in [failed, error, invalid] "
    f"{nothing_uses('aws_ec2_image')}",
    reason="an image whose creation failed",
    facts=("state", "creation_date"),
    cannot_see=("somebody who still wants to look at why the creation failed",),
)

UNUSED_LAUNCH_TEMPLATES = declare(
    "unused_launch_templates",
    question="Which launch templates does no group use, and has no instance been launched from?",
    search=f"is(aws_ec2_launch_template) {nothing_uses('aws_ec2_launch_template')} "
    "with(empty, <-- is(aws_ec2_instance))",
    reason="a launch template that no group uses and no instance came from",
    facts=("default_version_number", "latest_version_number", "created_by"),
    min_age=timedelta(days=90),
    cannot_see=(
        LAUNCHED_ELSEWHERE,
        "Karpenter, Image Builder and other services of AWS that name the template",
    ),
)

UNUSED_LAUNCH_CONFIGURATIONS = declare(
    "unused_launch_configurations",
    question="Which launch configurations does no Auto Scaling group use?",
    search="is(aws_autoscaling_launch_configuration) "
    f"{nothing_uses('aws_autoscaling_launch_configuration')}",
    reason="a launch configuration that no group uses",
    facts=("image_id", "instance_type"),
    min_age=timedelta(days=30),
    cannot_see=("scripts that switch a group back to an earlier launch configuration",),
)

UNUSED_KEY_PAIRS = declare(
    "unused_key_pairs",
    question="Which key pairs does no instance, template, group or configuration name?",
    search=f"is(aws_ec2_keypair) {nothing_uses('aws_ec2_keypair')} "
    "with(empty, <-- is(aws_ec2_instance)) "
    "with(empty, <-- is(aws_autoscaling_launch_configuration))",
    reason="a key pair that nothing names",
    facts=("key_type", "key_fingerprint"),
    min_age=timedelta(days=90),
    cannot_see=(
        LAUNCHED_ELSEWHERE,
        "machines outside of EC2 that accept the key, and data that is encrypted with it; both "
        "keep working without the pair in EC2",
    ),
)

UNUSED_PLACEMENT_GROUPS = declare(
    "unused_placement_groups",
    question="Which placement groups hold no instance and are named by nothing?",
    search="is(aws_ec2_placement_group) and state = available "
    f"{nothing_uses('aws_ec2_placement_group')}",
    reason="a placement group without instances",
    facts=("strategy",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=30),
    cannot_see=(LAUNCHED_ELSEWHERE, "accounts that the group is shared with"),
)
