"""`steward ledger`: proof of the books, and the books for other programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shared.cli.options import data_option, json_option, platform_for

if TYPE_CHECKING:
    from shared.store.documents import Document, Documents


@click.group()
def ledger() -> None:
    """Prove the funds' books as they are stored, and hand them to other programs."""


@ledger.command()
@data_option
@json_option
def verify(data: Path | None, as_json: bool) -> None:
    """Recompute every hash, chain, posting, balance and limit, and what lies beside; each fault is named by book and number."""
    from services.ledger.store.proving import prove_all

    proof = prove_all(platform_for(data).store("ledger"))
    if as_json:
        click.echo(json.dumps(asdict(proof), indent=2, default=str))
    else:
        for finding in proof.findings:
            click.echo(f"FAULT book {finding.book} block {finding.number}: {finding.what}")
        click.echo(f"{proof.blocks} blocks, {proof.entries} entries, {len(proof.findings)} faults")
    sys.exit(1 if proof.findings else 0)


@ledger.command()
@data_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["hledger", "beancount", "jsonl"]),
    required=True,
    help="hledger's journal, beancount's ledger, or one line of JSON an entry with all that is hashed.",
)
@click.option("--fund", "funds", multiple=True, help="This fund's book only; may be given several times.")
def export(data: Path | None, form: str, funds: tuple[str, ...]) -> None:
    """Write the books to standard output, in whole PENCE with every balance asserted.

    Check them with `hledger -f FILE check --strict` or `bean-check FILE`.
    """
    from services.ledger.model.exporting import FORMATS
    from services.ledger.store import BLOCKS
    from services.ledger.store.proving import every

    documents = platform_for(data).store("ledger").documents(BLOCKS)
    blocks = chain.from_iterable(_book(documents, fund) for fund in funds) if funds else every(documents)
    for part in FORMATS[form](blocks):
        click.echo(part, nl=False)


def _book(documents: Documents, fund_id: str) -> Iterator[Document]:
    """One book's stored blocks. Ends the command when there are none."""
    from services.ledger.model.blocks import block_id_prefix
    from services.ledger.store.proving import every
    from shared.store.documents import Prefix

    found = every(documents, Prefix(path="_id", start=block_id_prefix(fund_id)))
    first = next(found, None)
    if first is None:
        raise click.ClickException(f"fund {fund_id} has no book")
    yield first
    yield from found
