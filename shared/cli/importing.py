"""`steward import current-users`: brings people who are in support already into a running platform."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from shared.cli.options import json_option, print_rows

HTTP_SECONDS = 120
COLUMNS = ("row", "outcome", "field", "rule", "message")


@click.group(name="import")
def import_() -> None:
    """Bring what is kept elsewhere into a running platform."""


@import_.command(name="current-users")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--council", "council_id", required=True, help="The council whose users they are.")
@click.option("--agreement", required=True, help="Reference of the data-sharing agreement (CE 3.5).")
@click.option("--from", "from_on", required=True, metavar="2026-03-01", help="The first day on which it is in force.")
@click.option("--until", "until_on", default=None, metavar="2028-02-29", help="Its last day, if it has one.")
@click.option("--dry-run", is_flag=True, help="Check every row and import none.")
@click.option("--address", default="http://127.0.0.1:8000", show_default=True, help="The gateway.")
@click.option("--token", envvar="STEWARD_TOKEN", default=None, help="Bearer token [STEWARD_TOKEN].")
@json_option
def current_users(
    *,
    file: Path,
    council_id: str,
    agreement: str,
    from_on: str,
    until_on: str | None,
    dry_run: bool,
    address: str,
    token: str | None,
    as_json: bool,
) -> None:
    """Import the people in FILE, a CSV with a row for each: all rows or none.

    Prints what became of each row. Ends with 1 if a row was refused; then nothing was imported. The same file again
    changes nothing.
    """
    if token is None:
        raise click.ClickException("give --token or STEWARD_TOKEN (`steward token --role dpss_manager --council ID`)")
    terms: dict[str, Any] = {"council_id": council_id, "agreement_reference": agreement, "agreement_from_on": from_on}
    terms |= {"agreement_until_on": until_on} if until_on else {}
    terms |= {"dry_run": "true"} if dry_run else {}
    report = _sent(file, terms, address=address, token=token)
    _print(report, as_json=as_json)
    sys.exit(1 if report["refused"] else 0)


def _sent(file: Path, terms: dict[str, Any], *, address: str, token: str) -> dict[str, Any]:
    import requests

    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    path = f"{address.rstrip('/')}/api/v1/imports/current-users"
    try:
        reply = requests.post(path, params=terms, data=file.read_bytes(), headers=headers, timeout=HTTP_SECONDS)
    except requests.RequestException as error:
        raise click.ClickException(f"no gateway answers at {address}: {type(error).__name__}") from error
    if not reply.ok:
        raise click.ClickException(f"the gateway answered {reply.status_code}: {reply.text[:1000]}")
    report: dict[str, Any] = reply.json()
    return report


def _print(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report, indent=2))
        return
    rows = [
        {"row": item["row"], "outcome": item["outcome"], **error}
        for item in report["items"]
        for error in item.get("errors") or [{}]
    ]
    print_rows(rows, COLUMNS, as_json=False, empty="no rows")
    click.echo(f"{report['imported']} imported, {report['already_there']} there already, {report['refused']} refused")
