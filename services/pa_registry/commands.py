"""`steward search`: looking after the index that personal assistants are found by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shared.cli.options import data_option, platform_for

if TYPE_CHECKING:
    from services.pa_registry.search.engine import IndexDocument, SearchEngine

SERVICE = "pa_registry"
TELL_EVERY = 5_000


@click.group()
def search() -> None:
    """Look after the search for personal assistants."""


@search.command()
@data_option
@click.option("--take-over", is_flag=True, help="Set aside a rebuild that began and never ended.")
def reindex(data: Path | None, take_over: bool) -> None:
    """Rebuild the search index from the register and swap it in.

    Searches and changes go on meanwhile. The embedded index lives in the platform's own process and is rebuilt whenever
    that starts, so there is nothing to do for it here.
    """
    platform = platform_for(data)
    try:
        click.echo(reindexed(platform, take_over=take_over))
    finally:
        platform.close()


def reindexed(platform: Any, *, take_over: bool) -> str:
    """Rebuilds, and says what came of it in a sentence."""
    from services.pa_registry.dependencies import open_store
    from services.pa_registry.handlers.indexing import documents_of
    from services.pa_registry.settings import RegistrySettings
    from shared.settings import read_settings

    engine: SearchEngine = platform.search_engine()
    if engine.check().engine == "embedded":
        return "The embedded index is rebuilt from the register at each start: restart the platform to rebuild it now."
    at_once = read_settings(RegistrySettings).page_of_entries
    register = open_store(platform.resources(SERVICE))
    documents = documents_of(register, clock=platform.clock, at_once=at_once)
    rebuilt = engine.rebuild(_telling(documents), take_over=take_over)
    return f"The index now holds {rebuilt.documents} entries (checksum {rebuilt.checksum})."


def _telling(documents: Iterator[IndexDocument]) -> Iterator[IndexDocument]:
    """The documents, with a word on standard error now and then."""
    for number, document in enumerate(documents, start=1):
        if number % TELL_EVERY == 0:
            click.echo(f"{number} entries read ...", err=True)
        yield document
