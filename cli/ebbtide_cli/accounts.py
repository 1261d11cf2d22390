"""Names of accounts: shown wherever there is an id, and accepted wherever one is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from ebbtide.store.readable import Readable
from ebbtide_cli.errors import UsageError
from ebbtide_cli.snapshots import find_snapshot

_IN_TEXT = re.compile(r"\baccount (\d{12})\b")


def account_names(store: Readable) -> dict[str, str]:
    """Return the names of the accounts of the current snapshot by id; empty without a snapshot."""
    manifest = find_snapshot(store)
    if manifest is None:
        return {}
    names = {entry.account: entry.name or entry.account for entry in manifest.accounts}
    return names | {account: account for account in manifest.missing}


def ids_of(names: Mapping[str, str], given: Iterable[str], *, known_only: bool = True) -> list[str]:
    """Return the ids of accounts that a user gave as ids or names, each once.

    Raises UsageError for an unknown one, or for a name that several accounts have. Unless
    `known_only`, an id that no snapshot has yet is accepted.
    """
    found = []
    for text in given:
        matches = [account for account, name in names.items() if text in (account, name)]
        if len(matches) > 1:
            raise UsageError(f"several accounts are named {text}: {', '.join(matches)}; give an id")
        if matches:
            found += matches
        elif not known_only and text.isdigit():
            found.append(text)
        else:
            raise UsageError(f"account not found: {text}{_hint(names, text)}")
    return list(dict.fromkeys(found))


def _hint(names: Mapping[str, str], text: str) -> str:
    known = [*names, *names.values()]
    close = get_close_matches(text, known, 1)
    if close:
        return f"; did you mean {close[0]}?"
    shown = ", ".join(list(dict.fromkeys(names.values()))[:10])
    return f"; the snapshot has {shown}" if shown else "; there is no snapshot yet, so give ids"


def with_names(names: Mapping[str, str], text: str) -> str:
    """Return a sentence of a run with the names of accounts for their ids."""
    return _IN_TEXT.sub(lambda found: f"account {names.get(found[1], found[1])}", text)


def named(names: Mapping[str, str], account: str | None) -> str | None:
    return None if account is None else names.get(account, account)
