"""`steward ledger`: proof of the books."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shared.cli.options import data_option, json_option, platform_for

if TYPE_CHECKING:
    from shared.store.documents import Document, Documents

PAGE = 500


@click.group()
def ledger() -> None:
    """Prove the funds' books as they are stored."""


@ledger.command()
@data_option
@json_option
def verify(data: Path | None, as_json: bool) -> None:
    """Recompute every hash, chain, posting and balance; each fault is named by book and number."""
    from services.ledger.model.verification import prove
    from services.ledger.store import BLOCKS

    proof = prove(_every(platform_for(data).store("ledger").documents(BLOCKS)))
    if as_json:
        click.echo(json.dumps(asdict(proof), indent=2, default=str))
    else:
        for finding in proof.findings:
            click.echo(f"FAULT book {finding.book} block {finding.number}: {finding.what}")
        click.echo(f"{proof.blocks} blocks, {proof.entries} entries, {len(proof.findings)} faults")
    sys.exit(1 if proof.findings else 0)


def _every(documents: Documents) -> Iterator[Document]:
    """Every stored block, book by book in the order of posting."""
    after: str | None = None
    while True:
        page = documents.find(after=after, limit=PAGE)
        yield from page.items
        if (after := page.next) is None:
            return
