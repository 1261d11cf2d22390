"""What a run announces or asks, and the answer to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from ebbtide.automation.answering import send_failure, send_success
from ebbtide.automation.planned import RunPlan
from ebbtide.base.errors import InputError, MissingError
from ebbtide.deployment.answers import INLINE_BYTES, LARGEST_BYTES, Mark
from ebbtide.deployment.event_data import Data
from ebbtide.deployment.events import EventDetail
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import RunKeys

if TYPE_CHECKING:
    import networkx as nx


class Session(Protocol):
    """Makes clients, as a boto3 session does."""

    def client(self, service_name: str) -> Any: ...


class Asked:
    """One event of a run; with `task_token` the run waits for an answer.

    `data` is the model of the event's data (docs/events.md).
    """

    def __init__(
        self,
        detail: EventDetail,
        data: Data,
        session: Session,
        automation: str | None = None,
        task_token: str | None = None,
    ) -> None:
        self.run_id, self.workflow = detail.run_id, detail.workflow
        self.event, self.step, self.bucket = detail.event, detail.step, detail.bucket
        self.data: Any = data
        self.automation, self.task_token = automation, task_token
        self._session = session

    @property
    def is_awaited(self) -> bool:
        return self.task_token is not None

    @property
    def store(self) -> Bucket:
        """Return the bucket of the deployment."""
        return Bucket(self._session.client("s3"), self.bucket)

    def plan(self) -> RunPlan:
        """Return the plan of the run; it is read when it is used."""
        return RunPlan(self.store, self.run_id)

    def graph(self, account: str) -> nx.MultiDiGraph[str]:
        """Load the snapshot of an account: nodes are graph ids, edge keys are edge types.

        Raises MissingError if there is no such account, or no snapshot.
        """
        from ebbtide.graph import load_graph, read_manifest

        manifest = read_manifest(self.store, self._manifest())
        entry = manifest.find(account)
        if entry is None:
            raise MissingError(f"the snapshot of run {manifest.run_id} has no account {account}")
        return load_graph(self.store, entry)

    def _manifest(self) -> str:
        """Return the key of the run's snapshot; before there is one, of the current one."""
        from ebbtide.graph.manifest import current_manifest_key
        from ebbtide.store.run import read_run

        given = getattr(self.data, "manifest", "")
        if given:
            return str(given)
        run = read_run(self.store, self.run_id)
        key = run.manifest or run.keys.manifest
        if self.store.find_json(key) is not None:
            return key
        current = current_manifest_key(self.store)
        if current is None:
            raise MissingError("there is no snapshot yet: no run has collected anything")
        return current

    def answer(self, marks: Iterable[Mark] = ()) -> None:
        """Let the run continue, with marks. Raises LateAnswerError if it no longer waits."""
        token = self._token()
        given = [mark.model_dump(mode="json", exclude_none=True) for mark in marks]
        output = orjson.dumps({"marks": given} if given else {})
        if len(output) > LARGEST_BYTES:
            raise InputError(
                f"{len(given)} marks have {len(output):,} bytes; at most {LARGEST_BYTES:,} are "
                "accepted"
            )
        if len(output) > INLINE_BYTES:
            assert self.automation is not None
            key = RunKeys(self.run_id).answer(self.event, self.automation)
            self.store.write_text(key, output.decode(), "application/json")
            output = orjson.dumps({"marks_key": key})
        send_success(self._session.client("stepfunctions"), token, output.decode())

    def refuse(self, why: str, error: str = "NotApproved") -> None:
        """Answer with a failure: the run does what `on_error` says. Raises LateAnswerError."""
        send_failure(self._session.client("stepfunctions"), self._token(), error, why)

    def _token(self) -> str:
        if self.task_token is None:
            raise InputError(
                f"{self.event} of run {self.run_id} is not awaited: answer only await_{self.event}"
            )
        return self.task_token
