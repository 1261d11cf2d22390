"""Starts the emulator: `python -m local.emulator --port 4566 --state-dir .local`."""

import argparse
import os
import sys
from pathlib import Path

from local.emulator.engine import check_version, load


def main() -> int:
    """Patch ministack in memory and serve it on the loopback interface until stopped."""
    parser = argparse.ArgumentParser(prog="local.emulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--auth", action="store_true", help="enforce IAM policies")
    options = parser.parse_args()
    if reason := check_version():
        sys.stderr.write(f"{reason}\n")
        return 2
    options.state_dir.mkdir(parents=True, exist_ok=True)
    # ministack reads its settings once, at import.
    os.environ |= {
        "GATEWAY_PORT": str(options.port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "AUTH": str(options.auth).lower(),
        "IMAGES": str(options.state_dir / "images"),
    }
    serve(options.state_dir)
    return 0


def serve(state_dir: Path) -> None:
    """Install every correction, then run ministack's own main function."""
    from local.emulator import (
        answers,
        calendars,
        classic_elb,
        destinations,
        executions,
        group_rules,
        layers,
        mail_rights,
        policy_resources,
        repair,
        schedule_groups,
        secret_arns,
        stacks,
        strict,
        strict_elb,
        strict_groups,
        strict_rds,
        tasks,
        time_outs,
        variables,
    )
    from local.emulator.record import Recorder

    app = load("app")
    os.environ.pop("LOG_LEVEL", None)  # functions would inherit the emulator's log level
    # The order matters: later corrections wrap functions that earlier ones have replaced.
    first = (
        repair,
        layers,
        classic_elb,
        answers,
        group_rules,
        schedule_groups,
        stacks,
        time_outs,
        variables,
        calendars,
        secret_arns,
        mail_rights,
        policy_resources,
        destinations,
        executions,
        tasks,
    )
    for correction in (*first, strict, strict_elb, strict_groups, strict_rds):
        correction.install()
    app.app = Recorder(app.app, state_dir / "calls.jsonl")
    sys.argv = ["ministack"]
    app.main()


if __name__ == "__main__":
    sys.exit(main())
