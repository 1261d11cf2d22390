"""Arguments that declarations send and that older botocore models do not have.

The Lambda runtime brings its own botocore, which may be months older than the one that the
declarations are tested with. It would refuse a call with an unknown argument; without the argument,
AWS would leave resources out. So the argument is added to the model. Data from botocore 1.44.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_FLAG: Mapping[str, Any] = {"type": "boolean"}
_TEXTS: Mapping[str, Any] = {"type": "list", "member": {"shape": "EbbtideText"}}

# boto3's name of a service -> operation -> argument -> its shape.
NEWER: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "acm": {"ListCertificates": {"CertificateKeyPairOrigins": _TEXTS}},
    "ec2": {
        operation: {"IncludeManagedResources": _FLAG}
        for operation in (
            "DescribeInstances",
            "DescribeLaunchTemplateVersions",
            "DescribeLaunchTemplates",
            "DescribeNetworkInterfaces",
            "DescribeVolumes",
        )
    },
}


def add_newer_members(path: Path, model: Any) -> None:
    """Add the arguments that a service model lacks; `path` is `<service>/<version>/service-2`."""
    if not path.name.startswith("service-2."):
        return
    for operation, arguments in NEWER.get(path.parent.parent.name, {}).items():
        described = model["operations"].get(operation)
        if described is None or "input" not in described:
            continue
        members = model["shapes"][described["input"]["shape"]]["members"]
        for argument, shape in arguments.items():
            if argument not in members:
                members[argument] = {"shape": f"Ebbtide{argument}"}
                model["shapes"] |= {
                    f"Ebbtide{argument}": dict(shape),
                    "EbbtideText": {"type": "string"},
                }
