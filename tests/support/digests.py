"""Runs with plans, ledgers and prices in a bucket in memory, and what digests say of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import zstandard

from ebbtide.base.clock import to_text
from ebbtide.base.json_lines import encode_line
from ebbtide.config import Config
from ebbtide.deployment.inputs import Asked, RunRequest
from ebbtide.deployment.own import Own
from ebbtide.deployment.settings import Settings
from ebbtide.digest.sending import send_digests
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.model.resource import Subject, graph_id
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run, store_run
from tests.support.memory_s3 import MemoryS3

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "eu-central-1"
BEGIN = datetime(2026, 11, 20, 10, tzinfo=UTC)
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:digests"
KIND = "aws_ec2_volume"

type Entry = dict[str, Any]


def subject(id: str, account: str = ACCOUNT, **given: Any) -> Entry:
    return {
        "graph_id": graph_id(account, REGION, KIND, id),
        "kind": KIND,
        "id": id,
        "name": id,
        "account": account,
        "region": REGION,
        "arn": f"arn:aws:ec2:{REGION}:{account}:volume/{id}",
        **given,
    }


def planned(id: str, owner: str | None = None, monthly: float | None = None, **given: Any) -> Entry:
    """Return an entry of a stored plan, whose resource has this owner and price."""
    return {
        "subject": subject(id, given.pop("account", ACCOUNT), **given.pop("subject", {})),
        "rules": given.pop("rules", ["expired"]),
        "reason": given.pop("reason", "expired 3d 2h ago (tag expiration=7d)"),
        "action": "delete",
        "goes_with": None,
        "part_of": None,
        "tags": {} if owner is None else {"owner": owner},
        "monthly": monthly,
        **given,
    }


def undecided(id: str, **given: Any) -> Entry:
    return {
        "subject": subject(id, **given),
        "rules": ["volumes"],
        "selected_because": "unused for 30d",
        "code": "evidence_incomplete",
        "reason": "instances could not be read",
        "blockers": [],
    }


def gone(entry: Entry, run_id: str, at: datetime) -> Entry:
    return {
        "seq": 1,
        "at": to_text(at),
        "run_id": run_id,
        "dry_run": False,
        "graph_id": entry["subject"]["graph_id"],
        "arn": entry["subject"]["arn"],
        "event": "gone",
        "rules": entry["rules"],
        "selected_because": entry["reason"],
        "reason": "not found any more",
        "monthly": entry["monthly"],
    }


@dataclass
class Post:
    """Stands for the clients of SNS and SES, and keeps what they were given."""

    published: list[dict[str, Any]] = field(default_factory=list)
    mailed: list[dict[str, Any]] = field(default_factory=list)
    failing: Exception | None = None

    def client(self, service: str, region: str) -> Any:
        assert service in ("sns", "sesv2") and region
        return self

    def publish(self, **given: Any) -> None:
        self._fail()
        self.published.append(given)

    def send_email(self, **given: Any) -> None:
        self._fail()
        self.mailed.append(given)

    def _fail(self) -> None:
        if self.failing is not None:
            raise self.failing

    @property
    def sent(self) -> int:
        return len(self.published) + len(self.mailed)


@dataclass
class World:
    """A bucket with runs, one after the other."""

    digest: Mapping[str, Any]
    cleanup: Mapping[str, Any] = field(
        default_factory=lambda: {"enabled": True, "dry_run": False, "approval": "always"}
    )
    s3: Any = field(default_factory=MemoryS3)
    post: Post = field(default_factory=Post)
    now: datetime = BEGIN
    sender: str = "ebbtide@example.com"
    owners: Mapping[str, Any] = field(default_factory=dict)
    # The key of the last snapshot, and the run that took it.
    manifest: str | None = None

    @property
    def bucket(self) -> Bucket:
        return Bucket(self.s3, "bucket")

    def run(
        self,
        run_id: str,
        plan: Iterable[Entry] = (),
        *,
        reported: Iterable[Entry] = (),
        undecided: Iterable[Entry] = (),
        deleted: Iterable[Entry] = (),
        asked: Asked | None = None,
        lines: Iterable[Entry] = (),
        summary: Mapping[str, Any] | None = None,
        **account: Any,
    ) -> Run:
        """Write what a run leaves that plans and deletes this; its time is `now`."""
        config = Config.model_validate(
            {
                "digest": {"enabled": True, **self.digest},
                "cleanup": self.cleanup,
                "owners": self.owners,
            }
        )
        given: dict[str, Any] = {} if asked is None else {"asked": asked}
        own = Own(ACCOUNT, "tide", "bucket", ())
        run = Run(run_id, "collect_and_cleanup", self.now, config, own=own, **given)
        store_run(self.bucket, run)
        lists = {
            "planned": [*plan, *deleted],
            "reported": list(reported),
            "undecided": list(undecided),
        }
        self._plans(run, lists, summary or {})
        self._snapshot(run, lines, account)
        self._cleanup(run, list(deleted))
        return run

    def send(self, run: Run, bucket: Any = None) -> dict[str, Any]:
        settings = Settings("bucket", ACCOUNT, digest_sender=self.sender)
        request = RunRequest(run_id=run.run_id)
        return send_digests(
            request, bucket or self.bucket, settings, self.post.client, lambda: self.now
        )

    def told(self, run: Run, owner: str | None = None) -> str:
        """Return the stored text of a digest; empty if there is none."""
        key = run.keys.digest(owner, "txt")
        return self.bucket.read_text(key) if key in self.s3.objects else ""

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)

    def _plans(self, run: Run, lists: dict[str, list[Entry]], summary: Mapping[str, Any]) -> None:
        accounts = {e["subject"]["account"] for found in lists.values() for e in found}
        counts = []
        for account in sorted(accounts):
            own = {
                name: [e for e in found if e["subject"]["account"] == account]
                for name, found in lists.items()
            }
            counts.append({"account": account, **{name: len(found) for name, found in own.items()}})
            self.bucket.write_json(
                run.keys.plan(account), {"format": 1, "account": account, "refused": [], **own}
            )
        self.bucket.write_json(
            run.keys.plan_summary,
            {
                "format": 1,
                "run_id": run.run_id,
                "held": False,
                "only_approved": False,
                "held_resources": 0,
                "approval": self.cleanup.get("approval", "never"),
                "exceeded": [],
                "accounts": counts,
                "unplanned_accounts": [],
                **summary,
            },
        )

    def _snapshot(self, run: Run, lines: Iterable[Entry], account: Mapping[str, Any]) -> None:
        places = {
            name: run.keys.graph(ACCOUNT, f"{name}.jsonl.zst")
            for name in ("resources", "edges", "changes")
        }
        body = zstandard.compress(b"".join(map(encode_line, lines)))
        self.s3.put_object(Key=places["resources"], Body=body)
        entry = AccountEntry(ACCOUNT, "dev", run.run_id, coverage="", **places, **account)
        manifest = Manifest(run.run_id, to_text(run.started), self.manifest, (entry,))
        self.bucket.write_json(run.keys.manifest, manifest.to_json())
        self.manifest = run.keys.manifest

    def _cleanup(self, run: Run, deleted: list[Entry]) -> None:
        for account in {entry["subject"]["account"] for entry in deleted}:
            own = [e for e in deleted if e["subject"]["account"] == account]
            text = "".join(encode_line(gone(e, run.run_id, run.started)).decode() for e in own)
            keys = RunKeys(run.run_id)
            self.bucket.write_text(keys.cleanup(account, "ledger.jsonl"), text)
            resources = {
                e["subject"]["graph_id"]: {"status": "gone", "reason": "not found any more"}
                for e in own
            }
            state = {"format": 2, "ledger": [], "in_segments": 0, "resources": resources}
            self.bucket.write_json(keys.cleanup(account, "state.json"), state)


def facts_subject(entry: Entry) -> Subject:
    return Subject(**entry["subject"])
