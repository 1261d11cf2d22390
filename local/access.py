"""Writes the environment file that points a shell at the emulated cloud."""

from __future__ import annotations

import shlex
from pathlib import Path

from local.cloud import Cloud
from local.deploy import ACCOUNT, REGION, Deployment

# If set, these send a command to another account or make it fail.
_UNSET = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)


def access_file(cloud: Cloud) -> Path:
    """Return the path of a cloud's environment file."""
    return cloud.state_dir / "demo.env"


def write_access(cloud: Cloud, deployment: Deployment) -> Path:
    """Write the settings that `aws` and `ebbtide` need to reach the emulated cloud.

    Nothing in the file can lead to a real account.
    """
    nowhere = str((cloud.state_dir / "no-aws-configuration").resolve())
    values = {
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,  # the AWS CLI reads only this one
        "AWS_ACCESS_KEY_ID": ACCOUNT,  # the emulator treats the access key id as the account
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "EBBTIDE_BUCKET": deployment.outputs["BucketName"],
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    path = access_file(cloud)
    path.write_text("\n".join([f"unset {' '.join(_UNSET)}", *lines]) + "\n")
    return path
