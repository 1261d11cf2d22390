"""Print what a search would read."""

from __future__ import annotations

from ebbtide import search
from ebbtide.language import Query
from ebbtide_cli.output import write_all
from ebbtide_cli.view import View


def write_explanation(query: Query, view: View) -> None:
    """Write how many objects and resources the query would read, without reading them."""
    manifest = view.snapshot.manifest
    sentences = search.explain(query, view.snapshot).sentences()
    view.store.stop()
    write_all(
        f"{sentence}\n"
        for sentence in (f"snapshot of run {manifest.run_id}, from {manifest.created}", *sentences)
    )
