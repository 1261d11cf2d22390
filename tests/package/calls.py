"""Calls of every command of `ebbtide`, each with the exit code that docs/cli.md gives it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support import command_tree

FOLDER, BUCKET, STACK = "folder", "bucket", "stack"
# Names of places that do not exist; the last word is the option.
NO_FOLDER, NO_BUCKET, NO_STACK = "absent folder", "absent bucket", "absent stack"
NO, USAGE, SOURCE = 1, 2, 3
MISSING = "missing argument"
# Characters that a message about an output has of its beginning, and of its end.
_SHOWN = 1_000

VOLUMES = "is(volume)"
WALK = "is(aws_ec2_instance) -[0:]->"
CONFIGURATION = "copy/config/ebbtide.yaml"
ADD = ("keep", VOLUMES, "--event", "post_collect")


@dataclass(frozen=True, slots=True)
class Call:
    """One command line.

    `command` is the path of the command, such as "jobs add"; `source` names the option that says
    where to read, None for no such option; `shows` is part of what goes to stdout or stderr.
    """

    command: str
    arguments: tuple[str, ...] = ()
    code: int = 0
    shows: str = ""
    source: str | None = FOLDER

    def words(self, places: dict[str, str]) -> list[str]:
        """Return the arguments of `ebbtide`; `places` has the value of each source's option."""
        options: list[str] = []
        if self.source is not None:
            options = [f"--{self.source.split()[-1]}", places[self.source]]
        return [*options, *self.command.split(), *self.arguments]

    def fault(self, code: int, output: str) -> str | None:
        """Return what is wrong with how the call ended, None if it ended as it should."""
        if code == self.code and self.shows in output:
            return None
        expected = f"expected exit code {self.code} and {self.shows!r}"
        # A page or an export would bury the calls that fail after it.
        shown = output
        if len(output) > 2 * _SHOWN:
            shown = f"{output[:_SHOWN]}\n[...]\n{output[-_SHOWN:]}"
        return f"{self}\n{expected}, got exit code {code} and:\n{shown}"


# What starts, stops or asks, or answers no: its own tests make such calls succeed.
NEVER_SUCCEED = {
    *("runs start", "runs watch", "runs stop", "workflows run", "workflows stop"),
    "workflows apply",
    "cleanup restore",
    *("config edit", "config restore", "protect check", "report open", "report link"),
}

# In this order on one copy and one bucket: what `jobs add` adds, a later call deletes.
CALLS = (
    Call("", ("--version",), shows="ebbtide ", source=None),
    Call("search", code=USAGE, shows=MISSING),
    Call("search", (VOLUMES,), shows="vol-9"),
    Call("search", (VOLUMES,), shows="vol-9", source=BUCKET),
    Call("search", (VOLUMES,), shows="vol-9", source=STACK),
    Call("search", (VOLUMES, "--format", "table"), shows="vol-9"),
    Call("search", (VOLUMES, "--format", "csv", "--columns", "id"), shows="vol-9"),
    Call("search", (VOLUMES, "--format", "markdown"), shows="vol-9"),
    Call("search", (WALK, "--format", "json", "--with-edges"), shows='"edge"'),
    Call("search", (VOLUMES, "--format", "yaml"), shows="id: vol-9"),
    Call("search", (VOLUMES, "--format", "graphml"), shows="<graphml"),
    Call("search", (f"{VOLUMES} and age > 1d", "--at", "1d", "--limit", "1"), shows="vol-"),
    Call("search", ("aggregate(kind as kind: sum(1) as n): is(volume)",), shows="n=3"),
    Call("search", (f"{VOLUMES} with(empty, <-- is(aws_ec2_instance))",), shows="vol-2"),
    Call("search", (VOLUMES, "--explain"), shows="object"),
    Call("search", ("is(volum)",), code=USAGE, shows="volum"),
    Call("search", (f"{VOLUMES} | count kind | sort count desc",), shows="count=3"),
    Call("search", (f"{VOLUMES} | list --csv id | tail 1",), shows="vol-9"),
    Call("search", (f"{VOLUMES} | clean old", "--dry-run"), shows="Nothing was changed"),
    Call("search", (f"{VOLUMES} | clean old",), code=USAGE, shows="it is a copy"),
    Call("search", (f"{VOLUMES} | aws ec2",), code=USAGE, shows="does not work here"),
    Call("predecessors", code=USAGE, shows=MISSING),
    Call("predecessors", ("vol-1",), shows="i-1"),
    Call("ancestors", code=USAGE, shows=MISSING),
    Call("ancestors", ("vol-1", "--format", "dot"), shows=" -> "),
    Call("successors", code=USAGE, shows=MISSING),
    Call("successors", ("vol-1", "--edge-type", "delete"), shows="i-1"),
    Call("descendants", code=USAGE, shows=MISSING),
    Call("descendants", ("i-1", "--columns", "id"), shows="vol-1"),
    Call("descendants", ("logs",), code=USAGE, shows="logs"),
    Call("history", shows="vol-9"),
    Call("history", (VOLUMES, "--after", "30d", "--change", "deleted"), shows="vol-old"),
    Call("history", ("--run", "run-2", "--format", "json"), shows="vol-1"),
    Call("history", ("--run", "none"), code=USAGE, shows="none"),
    Call("kinds", shows="aws_ec2_volume", source=None),
    Call("kinds", ("aws_ec2_volume",), shows="volume_size", source=None),
    Call("kinds", ("volume", "--format", "json"), shows="aws_ec2_volume", source=None),
    Call("kinds", ("aws_ec2_volum",), code=USAGE, shows="aws_ec2_volume", source=None),
    Call("graph export", code=USAGE, shows=MISSING),
    Call("graph export", ("-",), code=USAGE, shows="--format"),
    Call("graph export", ("exported.graphml",), shows="run-3"),
    Call("graph export", ("exported.cyjs",), shows="run-3"),
    Call("graph export", ("-", "--format", "ndjson", "--at", "run-1"), shows='"type":"edge"'),
    Call("plan show", shows="vol-9"),
    Call("plan show", ("--format", "table", "--details"), shows="wave", source=BUCKET),
    Call("plan show", ("--run", "none"), code=USAGE, shows="none"),
    Call("plan explain", code=USAGE, shows=MISSING),
    Call("plan explain", ("vol-1",), shows="still used by aws_ec2_instance i-1"),
    Call("plan explain", ("i-1", "--format", "yaml"), shows="not_selected", source=BUCKET),
    Call("plan explain", ("logs",), code=USAGE, shows="logs"),
    Call("plan diff", shows="vol-1"),
    Call("plan advice", shows="No rule that advises was on"),
    Call("plan advice", ("--kind", "aws_ec2_volum"), code=USAGE, shows="unknown kind"),
    Call("plan simulate", code=USAGE, shows="missing option"),
    Call("plan simulate", ("--config", CONFIGURATION), shows="No differences"),
    Call("plan simulate", ("--config", CONFIGURATION), shows="No differences", source=BUCKET),
    Call("jobs list", shows="old-volumes"),
    Call("jobs list", ("--format", "yaml"), shows="wipe", source=BUCKET),
    Call("jobs show", code=USAGE, shows=MISSING),
    Call("jobs show", ("wipe",), shows="is(instance)"),
    Call("jobs show", ("none",), code=USAGE, shows="none"),
    Call("jobs run", code=USAGE, shows=MISSING),
    Call("jobs run", ("old-volumes",), shows="vol-1"),
    Call("jobs add", code=USAGE, shows=MISSING),
    Call("jobs add", (*ADD, "--clean", "old"), code=USAGE, shows="--bucket"),
    Call("jobs add", (*ADD, "--cron", "never", "--clean", "x"), code=USAGE, source=BUCKET),
    Call(
        "jobs add",
        (*ADD, "--cron", "0 22 * * fri", "--timezone", "Europe/Berlin", "--clean", "weekend"),
        shows="Added job keep",
        source=BUCKET,
    ),
    Call("jobs run", ("keep",), shows="vol-9", source=BUCKET),
    Call("jobs deactivate", code=USAGE, shows=MISSING),
    Call("jobs deactivate", ("keep",), shows="inactive", source=BUCKET),
    Call("jobs activate", code=USAGE, shows=MISSING),
    Call("jobs activate", ("keep",), shows="active", source=BUCKET),
    Call("jobs delete", code=USAGE, shows=MISSING),
    Call("jobs delete", ("keep",), shows="Deleted job keep", source=BUCKET),
    Call("jobs delete", ("keep",), code=USAGE, shows="keep", source=BUCKET),
    Call("plan approvals", shows="0 decisions"),
    Call("plan approvals", shows="0 decisions", source=BUCKET),
    Call("plan approve", code=USAGE, shows="it is a copy"),
    Call("plan approve", ("run-2", "--all"), code=USAGE, shows="--yes", source=BUCKET),
    Call("plan approve", ("run-2", "--all", "--yes"), shows="Approved 4 resources", source=BUCKET),
    Call("plan reject", code=USAGE, shows="it is a copy"),
    Call(
        "plan reject",
        ("run-2", "--owner", "b", "--yes"),
        shows="Rejected 1 resource",
        source=BUCKET,
    ),
    Call("plan approvals", ("--format", "csv"), shows="1 of 4 rejected", source=BUCKET),
    Call("config show", shows="old-volumes"),
    Call("config show", ("--defaults", "--format", "json"), shows='"lines"', source=BUCKET),
    Call("config validate", shows="is valid"),
    Call("config validate", (CONFIGURATION,), shows="is valid", source=None),
    Call("config set", code=USAGE, shows=MISSING),
    Call("config set", ("protect.ids.-", "vol-9"), shows="protect.ids", source=BUCKET),
    Call("config diff", code=USAGE, shows="no earlier configuration"),
    Call("config diff", (CONFIGURATION,), shows="vol-9", source=BUCKET),
    Call("config history", shows="0 versions"),
    Call("config unset", code=USAGE, shows=MISSING),
    Call("config unset", ("protect.ids",), shows="protect.ids", source=BUCKET),
    Call("config apply", code=USAGE, shows=MISSING),
    Call("config apply", (CONFIGURATION,), source=BUCKET),
    Call("config edit", code=USAGE, shows="it is a copy"),
    Call("config restore", code=USAGE, shows=MISSING),
    Call("digest show", shows="Run run-3"),
    Call("digest show", ("--team", "--format", "html"), shows="</html>"),
    Call("digest show", ("--owner", "nobody"), code=USAGE, shows="nothing of the owner"),
    Call("digest show", source=NO_FOLDER, code=SOURCE, shows="folder not found"),
    Call("protect check", code=USAGE, shows=MISSING),
    Call("protect check", ("vol-1",), code=NO, shows="nothing protects it"),
    Call("protect check", ("none",), code=USAGE, shows="not found"),
    Call("runs list", shows="run-3"),
    Call("runs show", code=USAGE, shows=MISSING),
    Call("runs show", ("run-3",), shows="planned: 2"),
    Call("runs log", code=USAGE, shows=MISSING),
    Call("runs log", ("run-3",), shows="no report was written"),
    Call("runs start", code=USAGE, shows="is a copy"),
    Call("runs watch", code=USAGE, shows="is a copy"),
    Call("runs stop", code=USAGE, shows=MISSING),
    Call("workflows list", shows="collect_and_cleanup"),
    Call("workflows list", ("--config", CONFIGURATION), shows="metrics", source=None),
    Call("workflows apply", code=USAGE, shows="it is a copy"),
    Call("workflows show", code=USAGE, shows=MISSING),
    Call("workflows show", ("cleanup",), shows="cleanup_plan"),
    Call("workflows history", shows="run-3"),
    Call("workflows log", code=USAGE, shows=MISSING),
    Call("workflows log", ("run-3",), shows="no report was written"),
    Call("workflows running", shows="0 runs"),
    Call("workflows run", code=USAGE, shows=MISSING),
    Call("workflows stop", code=USAGE, shows=MISSING),
    Call("cleanup log", shows="0 cleanups"),
    Call("cleanup restore", code=USAGE, shows=MISSING),
    Call("cleanup restore", ("none", "vol-1", "--yes"), code=USAGE, shows="run not found"),
    Call("metrics list", shows="ResourcesFound"),
    Call("metrics list", ("--run", "none"), code=USAGE, shows="none"),
    Call("metrics show", code=USAGE, shows=MISSING),
    Call("metrics show", ("ResourcesFound", "--by", "kind"), shows="run-1", source=BUCKET),
    Call("metrics show", ("none",), code=USAGE, shows="none"),
    Call("metrics cost", shows="0.00 USD a month"),
    Call("metrics cost", ("--by", "Volumes"), code=USAGE, shows="NAME=LABEL"),
    Call("metrics export", shows="# EOF"),
    Call("report build", shows="</html>"),
    Call("report open", code=SOURCE, shows="no report found"),
    Call("report build", ("--output", "report.html"), shows="Wrote report.html"),
    Call("report build", ("none",), code=USAGE, shows="run not found"),
    Call("report export", ("--format", "csv"), shows="vol-9", source=BUCKET),
    Call("report export", ("run-3", "--output", "plan.csv"), shows="of the plan of run run-3"),
    Call("report export", code=SOURCE, shows="no report found"),
    Call("report open", ("run-3", "--print-path"), code=SOURCE, shows="has no report"),
    Call("report link", code=USAGE, shows="it is a copy"),
    Call("report link", ("--expires", "8d"), code=USAGE, shows="7d", source=BUCKET),
    Call("coverage", shows="0 gaps"),
    Call("coverage", ("--strict", "--format", "json"), shows="[]", source=BUCKET),
    Call("status", shows="run-3"),
    Call("savings", shows="run-3"),
    Call("savings", ("--by", "owner", "--since", "90d"), shows="deleted"),
    Call("savings", ("--by", "colour"), code=USAGE, shows="colour"),
    Call("search", (VOLUMES,), code=SOURCE, shows="folder not found", source=NO_FOLDER),
    Call("search", (VOLUMES,), code=SOURCE, shows="NoSuchBucket", source=NO_BUCKET),
    Call("search", (VOLUMES,), code=SOURCE, shows="stack not found", source=NO_STACK),
)


def commands() -> Iterator[tuple[str, Any]]:
    """Yield the path and the command of everything that `ebbtide` offers, groups included."""
    yield "", command_tree.root()
    yield from command_tree.commands().items()


def leaves() -> set[str]:
    """Return the paths of all commands that do something themselves."""
    return {path for path, command in commands() if not hasattr(command, "commands")}


def help_calls() -> list[Call]:
    return [Call(path, ("--help",), shows="Usage", source=None) for path, _ in commands()]
