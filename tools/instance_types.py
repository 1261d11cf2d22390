"""Write the table of EC2 instance types from the data of moto; --check only compares.

The moto package contains AWS's own answers to DescribeInstanceTypes and updates them with each
release. The table has only the two figures that the base kind `instance` promises.
"""

from __future__ import annotations

import gzip
import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "layers" / "common" / "ebbtide" / "kinds" / "instance_types.json"


def text_of(known: dict[str, Any]) -> str:
    """Return the JSON text of the table, with one line per type: virtual CPUs and memory in MiB."""
    lines = (
        f"  {json.dumps(name)}: "
        f"[{found['VCpuInfo']['DefaultVCpus']}, {found['MemoryInfo']['SizeInMiB']}]"
        for name, found in sorted(known.items())
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(arguments: list[str]) -> int:
    source = files("moto") / "ec2" / "resources" / "instance_types.json.gz"
    return write_or_check(
        __doc__, {TARGET: text_of(json.loads(gzip.decompress(source.read_bytes())))}, arguments
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
