"""Change the jobs in the configuration, unless somebody else changed it in the meantime."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from ebbtide.base.errors import ConfigError
from ebbtide.config import parse_config
from ebbtide_cli.configuration import stored_config, write_config
from ebbtide_cli.errors import UsageError
from ebbtide_cli.jobs_text import jobs_of, with_activity, with_job, without_job
from ebbtide_cli.output import say
from ebbtide_cli.sources import Source

type Job = dict[str, Any]


def action_of(
    clean: str | None,
    protect: str | None,
    notify_topic: str | None,
    notify_event: str | None,
    tags: Job | None = None,
) -> Job:
    """Return the action that the options name, in the form of the configuration.

    Raises UsageError unless the options name exactly one.
    """
    possible: dict[str, tuple[object, Job]] = {
        "--clean": (clean, {"clean": {"reason": clean}}),
        "--protect": (protect, {"protect": {"reason": protect}}),
        "--notify-topic": (notify_topic, {"notify": {"topic": notify_topic}}),
        "--notify-event": (notify_event, {"notify": {"event": notify_event}}),
        "--tag and --untag": (tags, {"tag": tags}),
    }
    given = [action for value, action in possible.values() if value is not None]
    if len(given) != 1:
        raise UsageError(f"give exactly one action: {', '.join(possible)}")
    (action,) = given
    return action


def refine(action: Job, *, with_parts: Iterable[str], empty: bool, expires: str | None) -> None:
    """Add to an action what further options say about it.

    Raises UsageError if an option belongs to another action.
    """
    parts = list(dict.fromkeys(with_parts))
    kinds = [one for one in parts if one != "true"]
    refinements: tuple[tuple[str, str, object], ...] = (
        ("clean", "with_parts", kinds or bool(parts)),
        ("clean", "empty", empty),
        ("protect", "expires", expires),
    )
    for name, key, value in refinements:
        if not value and value != "":
            continue
        if name not in action:
            raise UsageError(f"--{key.replace('_', '-')} needs --{name}")
        action[name][key] = value


def tags_of(tag: Iterable[str], untag: Iterable[str]) -> Job | None:
    """Return the tag action that --tag and --untag describe; None if neither is given.

    Raises UsageError for a --tag without a value, or two with the same key.
    """
    update: dict[str, str] = {}
    for text in tag:
        key, sign, value = text.partition("=")
        if not sign:
            raise UsageError(f"--tag {text} lacks a value; write --tag {text}=VALUE")
        if key in update:
            raise UsageError(f"duplicate --tag: {key}")
        update[key] = value
    parts: Job = {"update": update, "delete": list(untag)}
    return {name: part for name, part in parts.items() if part} or None


def require_valid(job: Job) -> None:
    """Raise UsageError unless the job would be valid in a configuration without snippets."""
    try:
        parse_config(with_job("", job))
    except ConfigError as error:
        raise _invalid(error, job["name"], 0) from error


def add_pending_job(source: Source, job: Job, prefix: str, now: datetime) -> str:
    """Add a job that ends by itself, and remove those with this prefix that have ended.

    Prints no message, because the caller says what follows. Returns the name, which has a number if
    another job of the same second has it already.
    """
    names = [str(job["name"])]

    def edit(text: str) -> str:
        for old in parse_config(text).jobs:
            if old.name.startswith(prefix) and old.until is not None and old.until < now:
                text = without_job(text, old.name)
        taken = {known.name for known in parse_config(text).jobs}
        while names[-1] in taken:
            names.append(f"{job['name']}-{len(names) + 1}")
        return with_job(text, {**job, "name": names[-1]})

    _change(source, edit, added=job["name"])
    return names[-1]


def add_job(source: Source, job: Job) -> None:
    _change(source, lambda text: with_job(text, job), added=job["name"])
    say(f"Added job {job['name']}. Preview it with `ebbtide jobs run {job['name']}`.")


def delete_job(source: Source, name: str) -> None:
    _change(source, lambda text: without_job(text, name))
    say(f"Deleted job {name}.")


def switch_job(source: Source, name: str, *, active: bool) -> None:
    changed = _change(source, lambda text: with_activity(text, name, active))
    state = "active" if active else "inactive"
    say(f"Job {name} is now {state}." if changed else f"Job {name} is already {state}.")


def _change(source: Source, edit: Callable[[str], str], added: str | None = None) -> bool:
    """Edit the configuration in the bucket; return whether that changed anything.

    `added` is the name of a job that the edit adds, which errors then name.
    Raises ConfigError if the configuration is invalid, UsageError if the edit would make it so, and
    ConflictError if somebody else wrote it in the meantime.
    """
    bucket = source.open_bucket()
    before = stored_config(bucket)
    parse_config(before.text)
    after = edit(before.text)
    if after == before.text:
        return False
    try:
        write_config(source, bucket, after, before)
    except ConfigError as error:
        raise _invalid(error, added, len(jobs_of(before.text))) from error
    return True


def _invalid(error: ConfigError, added: str | None, position: int) -> UsageError:
    """Return the error for an edit that would make the configuration invalid.

    `position` is the index of the added job in the section `jobs`.
    """
    problems = str(error).splitlines()
    # Line numbers of a text that was never written would mislead; name the job instead.
    start = re.compile(rf"line \d+: jobs\.{position}(?:\.|: )")
    if added is not None and all(map(start.match, problems)):
        return UsageError(
            f"job {added!r} is invalid: {'; '.join(start.sub('', p) for p in problems)}"
        )
    return UsageError(f"the change would make the configuration invalid: {error}")
