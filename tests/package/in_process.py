"""Runs command lines of `ebbtide` one after the other in this process; a program of its own.

Reads a JSON list of argument lists from stdin, and writes a JSON list of [exit code, output].
"""

from __future__ import annotations

import io
import json
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout

from ebbtide_cli.main import app


def run(arguments: list[str]) -> tuple[int, str]:
    """Return the exit code, 1 for a traceback, and what was written to stdout and stderr."""
    with io.StringIO() as out, redirect_stdout(out), redirect_stderr(out):
        try:
            app(arguments, prog_name="ebbtide")
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        # The next call is to be tried as well, whatever happens to this one.
        except Exception:
            traceback.print_exc()
            code = 1
        return code, out.getvalue()


if __name__ == "__main__":
    results = [run(arguments) for arguments in json.load(sys.stdin)]
    json.dump(results, sys.stdout)
