"""Changes the jobs in the configuration, unless somebody else changes it at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ebbtide.base.errors import ConfigError
from ebbtide.config import parse_config
from ebbtide_cli.configuration import CONFIG_KEY
from ebbtide_cli.errors import UsageError
from ebbtide_cli.jobs_text import with_activity, with_job, without_job
from ebbtide_cli.output import say
from ebbtide_cli.sources import Source

type Job = dict[str, Any]


def action_of(
    clean: str | None,
    protect: str | None,
    expires: str | None,
    notify_topic: str | None,
    notify_event: str | None,
    tags: Job | None = None,
) -> Job:
    """The action that the options name; raises UsageError unless it is exactly one."""
    possible: dict[str, tuple[object, Job]] = {
        "--clean": (clean, {"clean": {"reason": clean}}),
        "--protect": (protect, {"protect": {"reason": protect}}),
        "--notify-topic": (notify_topic, {"notify": {"topic": notify_topic}}),
        "--notify-event": (notify_event, {"notify": {"event": notify_event}}),
        "--tag with --untag": (tags, {"tag": tags}),
    }
    given = [action for value, action in possible.values() if value is not None]
    if len(given) != 1:
        raise UsageError(f"give exactly one of {', '.join(possible)}")
    (action,) = given
    if expires is not None:
        if "protect" not in action:
            raise UsageError("--expires belongs to --protect")
        action["protect"]["expires"] = expires
    return action


def tags_of(tag: Iterable[str], untag: Iterable[str]) -> Job | None:
    """What --tag and --untag say together, None if they were not given."""
    update: dict[str, str] = {}
    for text in tag:
        key, sign, value = text.partition("=")
        if not sign:
            raise UsageError(f"--tag {text} has no value; write --tag {text}=VALUE")
        if key in update:
            raise UsageError(f"--tag gives {key} twice")
        update[key] = value
    parts: Job = {"update": update, "delete": list(untag)}
    return {name: part for name, part in parts.items() if part} or None


def add_job(source: Source, job: Job) -> None:
    _change(source, lambda text: with_job(text, job))
    say(f"The job {job['name']} was added. `ebbtide jobs run {job['name']}` shows what it finds.")


def delete_job(source: Source, name: str) -> None:
    _change(source, lambda text: without_job(text, name))
    say(f"The job {name} was deleted.")


def switch_job(source: Source, name: str, *, active: bool) -> None:
    changed = _change(source, lambda text: with_activity(text, name, active))
    state = "active" if active else "inactive"
    say(f"The job {name} is {state} now." if changed else f"The job {name} was {state} already.")


def _change(source: Source, edit: Callable[[str], str]) -> bool:
    """Whether anything was changed.

    Raises ConfigError if the configuration is not valid as it is, UsageError if it would not be
    afterwards, ConflictError if somebody else wrote it meanwhile.
    """
    bucket = source.open_bucket()
    before = bucket.read_stored_text(CONFIG_KEY)
    parse_config(before.text)
    after = edit(before.text)
    if after == before.text:
        return False
    try:
        parse_config(after)
    except ConfigError as error:
        raise UsageError(f"the configuration would not be valid any more: {error}") from error
    bucket.replace_text(CONFIG_KEY, after, before, "application/yaml")
    return True
