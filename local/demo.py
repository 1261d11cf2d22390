"""`make demo`: everything against an emulated cloud on this machine, and what came of it."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field

from rich.console import Console

from local import show
from local.cloud import Cloud, CloudError
from local.deploy import DeployError
from local.estate import Estate, Key, build, existing, is_listed
from local.session import Run, RunError, Session, cleanup
from local.watch import Steps, watch

DRY_RUN, REAL_RUN = "demo-dry-run", "demo-cleanup"
WIDTH = 120


@dataclass(slots=True)
class Demo:
    """The story of the demonstration, told to a console; notes what did not go as expected."""

    console: Console
    session: Session
    estate: Estate
    surprises: list[str] = field(default_factory=list)

    def expect(self, holds: bool, surprise: str) -> None:
        if not holds:
            self.surprises.append(surprise)

    def look(self) -> None:
        """Collect and plan, touching nothing."""
        self.console.rule("First run: collect, plan, and only pretend to clean up")
        self.session.configure(cleanup=cleanup(dry_run=True))
        mark = self.session.cloud.mark()
        run = watch(self.console, self.session, DRY_RUN)
        plans = self.session.plans(run)
        show.snapshot(self.console, self.session, run)
        show.plan(self.console, plans)
        show.rejected(self.console, plans)
        show.waves(self.console, plans)
        changes = self.session.changes_since(mark)
        still = self._existing()
        show.dry_run(self.console, len(changes), len(still), len(self._known()))
        self.expect(not changes, f"the dry run changed something: {changes[:3]}")
        self.expect(still == self._known(), "something vanished during the dry run")
        planned = {show.key_of(entry) for plan in plans for entry in plan.planned}
        missed, wrong = self.estate.wasted() - planned, planned & self.estate.keep.keys()
        self.expect(not missed, f"not found: {sorted(missed)}")
        self.expect(not wrong, f"planned although it must stay: {sorted(wrong)}")

    def clean(self) -> Run:
        """Clean up for real."""
        self.console.rule("Second run: the same with cleanup.dry_run: false")
        self.session.configure(cleanup=cleanup(dry_run=False))
        run = watch(self.console, self.session, REAL_RUN)
        plans = self.session.plans(run)
        ledgers = [line for plan in plans for line in self.session.ledger(run, plan.account)]
        show.ledger(self.console, plans, ledgers)
        still = self._existing()
        show.stayed(self.console, self.estate, still)
        left, lost = self.estate.wasted() & still, self.estate.keep.keys() - still
        self.expect(not left, f"not cleaned up: {sorted(left)}")
        self.expect(not lost, f"deleted although it must stay: {sorted(lost)}")
        events = self.session.events(run.run_id)
        show.events(self.console, events)
        self.expect(events[-1:] != [] and events[-1]["event"] == "workflow_succeeded", "no end")
        values = show.metrics(self.console, self.session, run)
        self.expect(values.get("ResourcesCleaned", 0) > 0, "CloudWatch knows of nothing cleaned")
        return run

    def _known(self) -> set[Key]:
        return {item.key for item in self.estate.resources if is_listed(item)}

    def _existing(self) -> set[Key]:
        return existing(self.session.client) & self._known()


def main(arguments: list[str] | None = None) -> int:
    """Run or end the demonstration; 0 only if everything happened that was expected."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--stop", action="store_true", help="end the emulated cloud")
    parser.add_argument("--port", type=int, help="where it listens; a free port by default")
    options = parser.parse_args(arguments)
    # A file or a pipe has no width of its own, and 80 columns break every table.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    try:
        stopped = stop()
        if options.stop:
            console.print("The emulated cloud has ended." if stopped else "None was running.")
            return 0
        return _demonstrate(console, options.port)
    except (CloudError, DeployError, RunError) as error:
        console.print(str(error), style="bold red", markup=False, soft_wrap=True)
    except KeyboardInterrupt:
        console.print("Interrupted.")
    if (cloud := Cloud.running()) is not None:
        log = cloud.state_dir / "emulator.log"
        console.print(f"The cloud goes on running, its log is {log}; `make demo-stop` ends it.")
    return 1


def stop() -> bool:
    """End the emulated cloud of an earlier demonstration, if there is one."""
    running = Cloud.running()
    if running is not None:
        running.stop()
    return running is not None


def _demonstrate(console: Console, port: int | None) -> int:
    begun = time.monotonic()
    console.rule("An organisation of three accounts on this machine")
    demo = _prepared(console, port)
    demo.look()
    run = demo.clean()
    show.whereabouts(console, demo.session, run)
    for surprise in demo.surprises:
        console.print(f"Not as expected: {surprise}", style="red", markup=False, soft_wrap=True)
    took = time.monotonic() - begun
    verdict = "Everything went as expected" if not demo.surprises else "Something went wrong"
    console.print(f"\n[bold]{verdict}, in {took:.0f} seconds.[/] `make demo-stop` ends the cloud.")
    return 1 if demo.surprises else 0


def _prepared(console: Console, port: int | None) -> Demo:
    with Steps(console) as say:
        say("Starting the emulated cloud")
        cloud = Cloud.start(port=port)
        try:
            session = Session.deployed(cloud, say=say)
            say("Creating the estate: what the accounts hold, its waste, and what resembles waste")
            return Demo(console, session, build(session.client))
        except BaseException:
            cloud.stop()
            raise


if __name__ == "__main__":
    sys.exit(main())
