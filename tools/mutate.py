"""Run tests against mutants of the package, and report those that no test notices.

    python -m tools.mutate --room plan --count 40     40 mutants of a room, always the same ones
    python -m tools.mutate --module plan/needs.py     all mutants of a module
    python -m tools.mutate --name "plan/needs.py ..." one mutant
    python -m tools.mutate --room plan --list         only list them

The tests run in a copy of the repository below .local/mutants. tools/mutants.yaml says which tests
belong to which room; the first ones that fail decide. It also lists mutants that were reviewed and
change nothing. Exits with 1 if any other mutant survives.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any, Literal

from coverage import CoverageData

from tools.mutants import Mutant, mutants_of, sample
from tools.yaml_files import read_yaml

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tools" / "mutants.yaml"
PACKAGE = Path("layers/common/ebbtide")
SCRATCH = ROOT / ".local" / "mutants"
SEED = "1"
# A mutant that never ends counts as killed after the CPU time of the tests, times this. On a busy
# machine, the time on the clock says little.
PATIENCE = 4
LEAST_SECONDS = 20
# The number of tests that run first of those that reach a mutant, spread over all of them.
SELECTED = 60
# The context of a line that runs at import: it may matter to every test.
AT_IMPORT = ""

type Fate = Literal["killed", "survived", "equivalent"]


@dataclass(frozen=True, slots=True)
class Targets:
    """The tests of each room, in steps from fast to slow, and the mutants that change nothing."""

    rooms: Mapping[str, Sequence[Sequence[str]]]
    equivalent: Mapping[str, str]

    @classmethod
    def read(cls, path: Path = LIST) -> Targets:
        content: dict[str, Any] = read_yaml(path)
        return cls(content["rooms"], content["equivalent"] or {})


@dataclass(frozen=True, slots=True)
class Usual:
    """What the tests of one step do without a mutant.

    `reached` holds the tests that run each line, by module and line.
    """

    limit: int
    reached: Mapping[str, Mapping[int, Sequence[str]]]

    @classmethod
    def read(cls, package: Path, data: Path, seconds: float) -> Usual:
        found = CoverageData(str(data))
        found.read()
        reached = {
            Path(name).relative_to(package).as_posix(): found.contexts_by_lineno(name)
            for name in found.measured_files()
        }
        return cls(LEAST_SECONDS + round(PATIENCE * seconds), reached)

    def runs(self, mutant: Mutant, step: Sequence[str], *, every: bool) -> list[Sequence[str]]:
        """Return what to run for a mutant, one after the other: tests of a step, or all of it."""
        lines = self.reached.get(mutant.module, {})
        last = mutant.line + mutant.before.count("\n")
        contexts = {one for line in range(mutant.line, last + 1) for one in lines.get(line, ())}
        near = sorted({one.rpartition("|")[0] for one in contexts})
        if AT_IMPORT in near:
            return [step]
        first = near[:: 1 + len(near) // SELECTED]
        whole = every or len(first) < len(near)
        return [one for one in (first, step if whole else ()) if one]


@dataclass(frozen=True, slots=True)
class Result:
    mutant: Mutant
    fate: Fate
    # The test that failed, or why the mutant is equivalent.
    by: str
    seconds: float


def all_mutants(room: str, root: Path = ROOT) -> Iterator[Mutant]:
    """Yield the mutants of every module of a room."""
    folder = root / PACKAGE
    for path in sorted((folder / room).rglob("*.py")):
        yield from mutants_of(path.relative_to(folder).as_posix(), path.read_bytes())


class Copy:
    """A copy of the repository in which one module at a time is changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Of each step without a mutant, measured when it is first needed.
        self._usual: dict[tuple[str, ...], Usual] = {}
        self._changes = 0

    def make(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
        for name in filter(None, names.decode().split("\0")):
            source, target = ROOT / name, self.folder / name
            if source.is_file() and not source.is_symlink():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        (self.folder / ".venv").symlink_to(ROOT / ".venv")
        (self.folder / ".local" / "tmp").mkdir(parents=True)
        # Some tests ask git for the files of the repository.
        subprocess.run(["git", "init", "--quiet"], cwd=self.folder, check=True)
        subprocess.run(["git", "add", "--all"], cwd=self.folder, check=True)

    def test(self, mutant: Mutant, step: Sequence[str], *, every: bool) -> str:
        """Return what failed of a step with a mutant; "" if nothing did.

        Only the tests run that reach the changed lines, or with `every` all: what is cached may be
        reached by one test and noticed by another.
        Raises SystemExit if the tests fail without it, too.
        """
        for tests in self._usual_of(step).runs(mutant, step, every=every):
            failed = self._changed(mutant, step, tests)
            if failed:
                return failed
        return ""

    def _changed(self, mutant: Mutant, step: Sequence[str], tests: Sequence[str]) -> str:
        path = self.folder / PACKAGE / mutant.module
        source, limit = path.read_bytes(), self._usual_of(step).limit
        try:
            self._write(path, mutant.applied(source))
            return self.failure(tests, limit)
        finally:
            self._write(path, source)

    def _write(self, path: Path, source: bytes) -> None:
        """Change a module so that its bytecode is outdated, even within the same second."""
        self._changes += 1
        path.write_bytes(source)
        os.utime(path, (self._changes, self._changes))

    def _usual_of(self, step: Sequence[str]) -> Usual:
        key = tuple(step)
        if key not in self._usual:
            data = self.folder / ".local" / "coverage"
            data.unlink(missing_ok=True)
            before = getrusage(RUSAGE_CHILDREN)
            options = ["--cov=ebbtide", "--cov-context=test", "--cov-report=", "--cov-fail-under=0"]
            failed = self.failure([*options, *step], data=data)
            if failed:
                raise SystemExit(f"the tests fail without any mutant: {failed}")
            after = getrusage(RUSAGE_CHILDREN)
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            self._usual[key] = Usual.read(self.folder / PACKAGE, data, used)
        return self._usual[key]

    def failure(
        self, tests: Sequence[str], limit: int | None = None, data: Path | None = None
    ) -> str:
        """Run tests until one fails; return its name, or "" if all pass."""
        options = ["-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--tb=no"]
        arguments = self.folder / ".local" / "arguments"
        arguments.write_text("".join(f"{one}\n" for one in tests))
        command = [sys.executable, "-m", "pytest", *options, f"@{arguments}"]
        if limit is not None:
            command = ["bash", "-c", f'ulimit -t {limit}; exec "$@"', "bash", *command]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment() | ({"COVERAGE_FILE": str(data)} if data else {}),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return ""
        if done.returncode < 0:
            return f"the tests do not end within {limit} s of CPU time"
        lines = [*done.stdout.splitlines(), *done.stderr.splitlines()]
        failed = [line for line in lines if line.startswith(("FAILED ", "ERROR ", "ImportError"))]
        if not failed:
            raise SystemExit(f"pytest ended with {done.returncode}: {'; '.join(lines[-5:])}")
        return failed[0].partition(" - ")[0][:200]

    def _environment(self) -> dict[str, str]:
        paths = ("layers/common", "cli", ".")
        return {
            **os.environ,
            "PYTHONPATH": ":".join(str((self.folder / path).resolve()) for path in paths),
            "TMPDIR": str(self.folder / ".local" / "tmp"),
            # Properties take the same examples each time.
            "CI": "1",
        }


def run(
    mutants: Iterable[Mutant],
    steps: Sequence[Sequence[str]],
    targets: Targets,
    copy: Copy,
    *,
    every: bool = False,
) -> Iterator[Result]:
    """Yield the fate of each mutant: first of those that the first step kills, and so on."""
    left: dict[Mutant, float] = {}
    for mutant in mutants:
        why = targets.equivalent.get(mutant.name)
        if why is None:
            left[mutant] = 0.0
        else:
            yield Result(mutant, "equivalent", why, 0)
    for step in steps:
        for mutant, seconds in list(left.items()):
            started = time.monotonic()
            failed = copy.test(mutant, step, every=every)
            left[mutant] = seconds + time.monotonic() - started
            if failed:
                yield Result(mutant, "killed", failed, left.pop(mutant))
    for mutant, seconds in left.items():
        yield Result(mutant, "survived", "", seconds)


def chosen(options: argparse.Namespace) -> list[Mutant]:
    rooms = options.room or [(options.module or options.name).split("/")[0]]
    found = [one for room in rooms for one in all_mutants(room)]
    if options.module:
        found = [one for one in found if one.module == options.module]
    if options.name:
        found = [one for one in found if one.name == options.name]
    if options.count:
        found = sample(found, options.count, options.seed)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.mutate", description=__doc__.splitlines()[0])
    parser.add_argument("--room", action="append", help="mutants of this room; repeatable")
    parser.add_argument("--module", default="", help="mutants of this module, as plan/needs.py")
    parser.add_argument("--name", default="", help="this mutant only")
    parser.add_argument("--count", type=int, help="choose this number of them; default: all")
    parser.add_argument("--seed", default=SEED, help="another seed chooses others")
    parser.add_argument("--steps", type=int, help="run only the first steps of tests; default: all")
    parser.add_argument("--every", action="store_true", help="run tests that do not reach it, too")
    parser.add_argument("--list", action="store_true", help="list them, and run nothing")
    parser.add_argument("--copy", default="copy", help="name of the copy, to run several at once")
    parser.add_argument("--out", type=Path, help="append the results as JSON lines")
    options = parser.parse_args()
    mutants = chosen(options)
    if options.list:
        for mutant in mutants:
            sys.stdout.write(f"{mutant.name}\n")
        return
    raise SystemExit(_tested(mutants, options))


def _tested(mutants: list[Mutant], options: argparse.Namespace) -> int:
    targets, copy = Targets.read(), Copy(SCRATCH / options.copy)
    copy.make()
    counts: Counter[str] = Counter()
    for room in dict.fromkeys(mutant.module.split("/")[0] for mutant in mutants):
        own = [mutant for mutant in mutants if mutant.module.startswith(f"{room}/")]
        for result in run(
            own, targets.rooms[room][: options.steps], targets, copy, every=options.every
        ):
            counts[result.fate] += 1
            _report(result, options.out)
    total = ", ".join(f"{count} {fate}" for fate, count in sorted(counts.items()))
    sys.stdout.write(f"{sum(counts.values())} mutants: {total}\n")
    return 1 if counts["survived"] else 0


def _report(result: Result, out: Path | None) -> None:
    mutant = result.mutant
    place = f"{mutant.module}:{mutant.line}"
    sys.stdout.write(f"{result.fate:<10} {result.seconds:5.1f} s  {place}  {mutant.name}\n")
    sys.stdout.write(f"           {result.by}\n" if result.by else "")
    sys.stdout.flush()
    if out is not None:
        line = {
            "name": mutant.name,
            "line": mutant.line,
            "what": mutant.what,
            "fate": result.fate,
            "by": result.by,
            "seconds": round(result.seconds, 1),
        }
        with out.open("a") as file:
            file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
