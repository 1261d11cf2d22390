"""Names of accounts: shown wherever there is an id, and accepted wherever one is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from ebbtide.graph.manifest import Manifest
from ebbtide.store.readable import Readable
from ebbtide_cli.errors import UsageError
from ebbtide_cli.snapshots import find_snapshot

# Accounts that an error lists at most.
_SHOWN = 20
_IN_TEXT = re.compile(r"\baccount (\d{12})\b")


def account_names(store: Readable) -> dict[str, str]:
    """Return the names of the accounts of the current snapshot by id; empty without a snapshot."""
    manifest = find_snapshot(store)
    return {} if manifest is None else names_in(manifest)


def names_in(manifest: Manifest) -> dict[str, str]:
    """Return the names of the accounts of a snapshot by id; one without a name has its id."""
    names = {entry.account: entry.name or entry.account for entry in manifest.accounts}
    return names | {account: account for account in manifest.missing}


def ids_of(names: Mapping[str, str], given: Iterable[str], *, known_only: bool = True) -> list[str]:
    """Return the ids of accounts that a user gave as ids or names, each once.

    `names` maps ids to names. Raises UsageError for an unknown one, or for a name that several
    accounts have. Unless `known_only`, an id that no snapshot has yet is accepted.
    """
    found = []
    for text in given:
        matches = [account for account, name in names.items() if text in (account, name)]
        if text in names:
            matches = [text]
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
    if not names:
        return "; there is no snapshot yet, so give ids"
    known = [
        f"{account} ({name})" if name not in ("", account) else account
        for account, name in names.items()
    ]
    more = " and others" if len(known) > _SHOWN else ""
    close = get_close_matches(text, [*names, *names.values()], 1)
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"; known are {', '.join(known[:_SHOWN])}{more}{meant}"


def with_names(names: Mapping[str, str], text: str) -> str:
    """Return a sentence of a run with the names of accounts for their ids."""
    return _IN_TEXT.sub(lambda found: f"account {names.get(found[1]) or found[1]}", text)


def named(names: Mapping[str, str], account: str | None) -> str | None:
    return None if account is None else names.get(account) or account
