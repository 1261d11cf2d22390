"""The keys of all objects in the bucket; the layout is public (docs/data.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote

# S3 accepts keys of up to 1,024 bytes; run id, account, region and kind take 220 of them at most.
LONGEST_ID = 700
LONGEST_OWNER = 200


@dataclass(frozen=True, slots=True)
class RunKeys:
    """The keys of a run's objects."""

    run_id: str

    @property
    def prefix(self) -> str:
        return f"runs/{self.run_id}/"

    @property
    def run(self) -> str:
        return f"{self.prefix}run.json"

    @property
    def later_runs(self) -> str:
        """Return the key of the list of later runs that used this run's snapshot."""
        return f"{self.prefix}later_runs.json"

    @property
    def work(self) -> str:
        return f"{self.prefix}work.json"

    @property
    def accounts(self) -> str:
        return f"{self.prefix}accounts.json"

    @property
    def organization(self) -> str:
        return f"{self.prefix}organization.json"

    def task(self, account: str, task: str, name: str) -> str:
        return f"{self.prefix}tasks/{account}/{task}/{name}"

    def graph(self, account: str, name: str) -> str:
        return f"{self.prefix}graph/{account}/{name}"

    @property
    def manifest(self) -> str:
        return f"{self.prefix}graph/manifest.json"

    def plan(self, account: str) -> str:
        return f"{self.prefix}plan/{account}.json"

    def waits(self, account: str) -> str:
        """Return the key of how long what an account's plan could delete has waited."""
        return f"{self.prefix}waits/{account}.json"

    def advice(self, account: str) -> str:
        return f"{self.prefix}plan/{account}.advice.json"

    def job(self, event: str, name: str) -> str:
        return f"{self.prefix}jobs/{event}/{name}"

    @property
    def jobs_summary(self) -> str:
        return f"{self.prefix}jobs/summary.json"

    def marks(self, account: str, job: str) -> str:
        return f"{self.prefix}marks/{account}/{job}.json"

    @property
    def answers(self) -> str:
        """Return the prefix below which automations write marks that do not fit into an answer."""
        return f"{self.prefix}answers/"

    def answer(self, event: str, automation: str) -> str:
        return f"{self.answers}{event}/{quote(automation, safe='')}.json"

    def automation(self, event: str, name: str) -> str:
        """Return the key of the record of what an automation answered."""
        return f"{self.prefix}automations/{event}/{quote(name, safe='')}.json"

    def automation_marks(self, account: str, event: str, name: str) -> str:
        return f"{self.prefix}marks/{account}/automations/{event}/{quote(name, safe='')}.json"

    @property
    def plan_summary(self) -> str:
        return f"{self.prefix}plan/summary.json"

    def cleanup(self, account: str, name: str) -> str:
        return f"{self.prefix}cleanup/{account}/{name}"

    def restore(self, account: str, region: str, kind: str, id: str) -> str:
        """Return the key of a resource's description; a long id ends in a hash of the whole id."""
        return self.cleanup(account, f"restore/{region}/{kind}/{_shortened(id, LONGEST_ID)}.json")

    @property
    def cleanup_summary(self) -> str:
        return f"{self.prefix}cleanup/summary.json"

    def metrics(self, name: str) -> str:
        return f"{self.prefix}metrics/{name}"

    @property
    def failed_metrics(self) -> str:
        return self.metrics("failed.json")

    @property
    def cloudwatch(self) -> str:
        """What of the metrics went to CloudWatch, and what the budget left out."""
        return self.metrics("cloudwatch.json")

    @property
    def report(self) -> str:
        return f"{self.prefix}report.html"

    @property
    def report_row(self) -> str:
        """Return the key of what later reports show of this run."""
        return f"{self.prefix}report.json"

    def digest(self, owner: str | None, form: str) -> str:
        """Return the key of the digest of an owner, or of the team; `form` is txt or html."""
        name = "team" if owner is None else f"owners/{_shortened(owner, LONGEST_OWNER)}"
        return f"{self.prefix}digest/{name}.{form}"


def _shortened(text: str, most: int) -> str:
    """Return a text as a part of a key; a long one ends in a hash of all of it."""
    name = quote(text, safe="", errors="replace")
    if len(name) <= most:
        return name
    digest = sha256(text.encode(errors="replace")).hexdigest()
    begin = re.sub(r"%.?$", "", name[: most - len(digest) - 1])
    return f"{begin}-{digest}"


CURRENT = "graph/current.json"


CLAIM = "graph/claim.json"


# The runs of published plans, and the rules and jobs that these reported on.
PUBLISHED_PLANS = "plans/published.json"


# Below it, each approval lies under the unique user id of the person who made it.
APPROVALS = "approvals/"


SCHEDULE = "jobs/schedule.json"


def month_of_prices(at: datetime) -> str:
    """Return the name of the month whose prices hold at a time, such as 2026-11."""
    return f"{at:%Y-%m}"


def prices_key(month: str) -> str:
    """Return the key of what AWS's Price List said in a month."""
    return f"prices/{month}.json.zst"


def protected_key(account: str) -> str:
    """Return the key of the protections that outlast the run that created them."""
    return f"jobs/protected/{account}.json"


def unfinished_key(account: str) -> str:
    """Return the key of what the cleanups of an account have not finished."""
    return f"cleanup/{account}/pending.json"


def approval_key(user: str, until: str, digest: str) -> str:
    """Return the key of an approval; `until` and `digest` are repeated by its content."""
    return f"{APPROVALS}{user}/{until}/{digest}.json"


# Up to which run all digests that were due have been decided about.
DIGESTS_LOOKED = "digests/looked.json"


def told_key(owner: str | None) -> str:
    """Return the key of the note about what an owner, or the team, was told last."""
    if owner is None:
        return "digests/team.json"
    return f"digests/owners/{sha256(owner.encode(errors='replace')).hexdigest()[:32]}.json"
