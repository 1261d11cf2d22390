"""`make demo`: run Ebbtide against an emulated cloud on this machine and print the results."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field

from rich.console import Console

from ebbtide_cli.watching import Log
from local import show
from local.access import access_file
from local.cloud import Cloud, CloudError
from local.deploy import DeployError
from local.estate import ACCOUNTS, NAMES, Estate, Key, build, existing, is_listed
from local.estate.obstacles import (
    CLOSED,
    CLOSED_NAME,
    DENIED_ACCOUNT,
    DENIED_ACTION,
    DENIED_REGION,
    deny,
    fill_closed,
)
from local.session import Run, RunError, Session
from local.watch import watch

HELD_RUN, CLEANUP_RUN = "demo-held", "demo-cleanup"
WIDTH = 100
ALL_NAMES = {**NAMES, CLOSED: CLOSED_NAME}
RAISED = {"percent_of_account": 100.0, "percent_of_kind": 100.0}


@dataclass(slots=True)
class Demo:
    """The demonstration: its console, session and estates, and the surprises so far."""

    log: Log
    session: Session
    estate: Estate
    closed: Estate
    surprises: list[str] = field(default_factory=list)

    @property
    def console(self) -> Console:
        return self.log.console

    def expect(self, holds: bool, surprise: str) -> None:
        if not holds:
            self.surprises.append(surprise)

    def hold(self) -> Run:
        """Collect and plan with the default limits, which the plan exceeds."""
        self.console.rule("Run 1: collect everything, plan, and clean up within the default limits")
        self._configure()
        mark = self.session.cloud.mark()
        run = watch(self.log, self.session, HELD_RUN, ALL_NAMES)
        plans = self.session.plans(run)
        show.snapshot(self.console, self.session, run)
        show.plan(self.console, plans, ALL_NAMES)
        denied = f"{DENIED_ACTION} in {DENIED_REGION}"
        show.undecided(self.console, plans, self.estate, ALL_NAMES, denied)
        changes, still, summary = (
            self.session.changes_since(mark),
            self.existing(),
            self.session.summary(run),
        )
        reasons = [_named(reason) for reason in summary["exceeded"]]
        show.held(self.console, reasons, len(changes), len(still), len(self.known()))
        planned = {show.key_of(entry) for plan in plans for entry in plan.planned}
        undecided = self.undecided(run)
        missed = self.estate.wasted() - planned - undecided
        wrong = planned & self.keep().keys()
        self.expect(summary["held"], "the plan was not held")
        self.expect(not changes, f"the held run changed something: {changes[:3]}")
        self.expect(still == self.known(), "a resource disappeared during the held run")
        self.expect(not missed, f"waste not found: {sorted(missed)}")
        self.expect(not wrong, f"planned, although it must stay: {sorted(wrong)}")
        self.expect(bool(undecided), "no resource is undecided, although an API is denied")
        return run

    def clean(self) -> Run:
        """Raise the limits that held the plan, and clean up."""
        limits = ", ".join(f"{name}: {value:g}" for name, value in RAISED.items())
        self.console.rule(f"Run 2: the same snapshot, with {limits}")
        self._configure(**RAISED)
        workflow = {"workflow": "cleanup"}
        run = watch(self.log, self.session, CLEANUP_RUN, ALL_NAMES, workflow)
        plans = self.session.plans(run)
        ledgers = [line for plan in plans for line in self.session.ledger(run, plan.account)]
        show.ledger(self.console, plans, ledgers, ALL_NAMES)
        still, undecided, keep = self.existing(), self.undecided(run), self.keep()
        show.stayed(self.console, plans, keep, self._labels(), still)
        left = (self.estate.wasted() - undecided) & still
        lost = (keep.keys() | undecided) - still
        self.expect(not left, f"not cleaned up: {sorted(left)}")
        self.expect(not lost, f"deleted, although it must stay: {sorted(lost)}")
        events = self.session.events(run.run_id)
        show.heard(self.console, events)
        self.expect(
            events[-1:] != [] and events[-1]["event"] == "workflow_succeeded", "no end event"
        )
        values = show.metrics(self.console, self.session, run)
        self.expect(values.get("ResourcesCleaned", 0) > 0, "CloudWatch has no cleaned resources")
        self.expect(show.report(self.console, self.session, run), "no report was written")
        return run

    def undecided(self, run: Run, *codes: str) -> set[Key]:
        """Return the keys of the resources that a run left undecided, with some codes or any."""
        entries = [entry for plan in self.session.plans(run) for entry in plan.undecided]
        return {show.key_of(entry) for entry in entries if not codes or entry.code in codes}

    def _configure(self, **limits: float) -> None:
        cleanup = {"enabled": True, "dry_run": False, "first_run": "act", "limits": limits}
        self.session.configure(also={CLOSED: CLOSED_NAME}, cleanup=cleanup)

    def keep(self) -> dict[Key, str]:
        """Return the resources that must stay: key -> reason."""
        return {**self.estate.keep, **self.closed.keep}

    def _labels(self) -> dict[str, str]:
        items = (*self.estate.resources, *self.closed.resources)
        return ALL_NAMES | {item.id: item.name or item.id.rpartition("/")[2] for item in items}

    def known(self) -> set[Key]:
        """Return the keys of all created resources that existing() can find."""
        items = (*self.estate.resources, *self.closed.resources)
        return {item.key for item in items if is_listed(item)}

    def existing(self) -> set[Key]:
        """Return the keys of the demonstration's resources that still exist."""
        return existing(self.session.client, (*ACCOUNTS, CLOSED)) & self.known()


def obstruct(session: Session, log: Log) -> Estate:
    """Fill an account that Ebbtide cannot enter, and deny Ebbtide an API in another."""
    log(f"Opening a fourth account, {CLOSED_NAME}, where Ebbtide has no role")
    closed = fill_closed(session.client)
    log(f"Denying Ebbtide {DENIED_ACTION} in {NAMES[DENIED_ACCOUNT]}, {DENIED_REGION}")
    deny(session.client)
    return closed


def main(arguments: list[str] | None = None) -> int:
    """Run or stop the demonstration; return 0 only if everything went as expected."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--stop", action="store_true", help="stop the emulated cloud")
    parser.add_argument("--port", type=int, help="port to listen on (default: a free port)")
    options = parser.parse_args(arguments)
    # Files and pipes have no width; rich's default of 80 columns would break every table.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    try:
        if options.stop:
            stopped = stop()
            console.print("Emulated cloud stopped." if stopped else "No emulated cloud is running.")
            return 0
        return _demonstrate(console, options.port)
    except (CloudError, DeployError, RunError) as error:
        console.print(str(error), style="bold red", markup=False, soft_wrap=True)
    except KeyboardInterrupt:
        console.print("Interrupted.")
    if (cloud := Cloud.running()) is not None:
        log = cloud.state_dir / "emulator.log"
        console.print(
            f"The emulated cloud is still running (log: {log}). Stop it with `make demo-stop`.",
            soft_wrap=True,
        )
    return 1


def stop() -> bool:
    """Stop the emulated cloud of an earlier demonstration; return whether one was running."""
    running = Cloud.running()
    if running is not None:
        running.stop()
    return running is not None


def _demonstrate(console: Console, port: int | None) -> int:
    console.rule("An organization of four accounts on this machine")
    with Log(console) as log:
        demo = _prepared(log, port)
        demo.hold()
        run = demo.clean()
    show.whereabouts(console, demo.session, run)
    for surprise in demo.surprises:
        console.print(f"Not as expected: {surprise}", style="red", markup=False, soft_wrap=True)
    verdict = "Something went wrong" if demo.surprises else "Everything went as expected"
    took = f"in {log.seconds:.0f} seconds"
    console.print(f"[bold]{verdict}, {took}.[/] Stop the emulated cloud with `make demo-stop`.")
    return 1 if demo.surprises else 0


def _prepared(log: Log, port: int | None) -> Demo:
    if Cloud.running():
        log("Stopping the emulated cloud of the previous demonstration")
        stop()
    log("Starting the emulated cloud, which enforces every IAM policy")
    cloud = Cloud.start(port=port, auth=True)
    try:
        session = Session.deployed(cloud, say=log)
        log(f"You can now explore the accounts from another shell: . {access_file(cloud)}")
        log("Filling the accounts with resources in use, waste, and look-alikes of waste")
        estate = build(session.client)
        return Demo(log, session, estate, obstruct(session, log))
    except BaseException:
        cloud.stop()
        raise


def _named(text: str) -> str:
    """Replace the account numbers in a text by the accounts' names."""
    for account, name in ALL_NAMES.items():
        text = text.replace(account, name)
    return text


if __name__ == "__main__":
    sys.exit(main())
