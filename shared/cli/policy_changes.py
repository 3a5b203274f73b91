"""`steward policy simulate` and `steward policy publish`: what a pack would change, and bringing it into force."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shared.cli.options import data_option, platform_for, settings_for

if TYPE_CHECKING:
    from shared.runtime.platform import Platform

Ask = Callable[[str, dict[str, Any]], dict[str, Any]]
HTTP_SECONDS = 60
OWNER = "referrals"
LONGEST_LISTED = 200

as_json = click.option("--json", "json_wanted", is_flag=True, help="Print JSON for a machine to read.")


@click.command("simulate")
@click.argument("pack")
@data_option
@as_json
def simulate(pack: str, data: Path | None, json_wanted: bool) -> None:
    """What PACK would change for the cases there are: a file, or a version such as cheshire-east/2027-04-01.

    Looks at an embedded platform's data, or asks the running services where STEWARD_BROKER_URL names a broker. Writes nothing.
    """
    payload = _asked(pack)
    found: list[dict[str, Any]] = []
    looked_at, page = 0, {}
    for page in _pages(payload, data):
        found += page["items"]
        looked_at += page["looked_at"]
    told = {name: page[name] for name in ("council_id", "before", "after", "at", "left_open")} | _summary(
        found, looked_at
    )
    if json_wanted:
        click.echo(json.dumps(told | {"items": found}, ensure_ascii=False, indent=2))
        return
    _print(told, found)


@click.command("publish")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--address", default="http://127.0.0.1:8000", show_default=True, help="The gateway.")
@click.option("--token", envvar="STEWARD_TOKEN", required=True, help="A commissioner's bearer token [STEWARD_TOKEN].")
def publish(file: Path, address: str, token: str) -> None:
    """Publish the pack in FILE: it holds from its first day on, beside the versions before it."""
    import requests

    council_id, content = _council_of(file), _text(file)
    url = f"{address}/api/v1/policies/{council_id}"
    headers = {"Authorization": f"Bearer {token}"}
    try:
        reply = requests.post(url, json={"content": content}, headers=headers, timeout=HTTP_SECONDS)
    except requests.RequestException as error:
        raise click.ClickException(f"no gateway answers at {address}: {type(error).__name__}") from error
    if not reply.ok:
        raise click.ClickException(_refusal(reply))
    done = reply.json()
    click.echo(f"{done['version']} is published; it holds from {done['effective_on']} (sha256 {done['sha256']})")


def _asked(pack: str) -> dict[str, Any]:
    path = Path(pack)
    if path.is_file():
        return {"council_id": _council_of(path), "content": _text(path)}
    return {"council_id": pack.partition("/")[0], "version": pack}


def _council_of(file: Path) -> str:
    """The council whose pack it is. A pack that is not valid ends the command with each fault."""
    from shared.errors import StewardError
    from shared.policy.loading import PackSchema, load_pack
    from shared.policy.source import PackText

    try:
        return load_pack(PackText(name=file.name, text=_text(file)), schema=PackSchema.published()).council_id
    except StewardError as refusal:
        raise _said(refusal) from refusal


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not UTF-8 (byte {error.start})") from error


def _pages(payload: dict[str, Any], data: Path | None) -> Iterator[dict[str, Any]]:
    from shared.errors import StewardError

    settings = settings_for(data)
    try:
        yield from _each(payload, _of_data(platform_for(data)) if settings.embedded else _of_services(settings))
    except StewardError as refusal:
        raise _said(refusal) from refusal


def _each(payload: dict[str, Any], ask: Ask) -> Iterator[dict[str, Any]]:
    from shared.policy.simulating import WHO_TELLS

    for service in WHO_TELLS:
        after = None
        while True:
            page = ask(service, payload | ({"after": after} if after else {}))
            yield page
            after = page["next"]
            if after is None:
                break


def _of_data(platform: Platform) -> Ask:
    """Asks each service itself, put together over the data and not started: its own queries, no broker."""
    from shared.policy.simulating import WHO_TELLS

    services = {name: platform.at_rest(name) for name in WHO_TELLS}
    return lambda name, payload: dict(getattr(services[name], WHO_TELLS[name])(payload, _operator()))


def _of_services(settings: Any) -> Ask:
    from shared.context import Caller
    from shared.messaging.calls.client import RpcClient
    from shared.policy.simulating import WHO_TELLS

    client = RpcClient(settings.broker_url, timeout=HTTP_SECONDS)
    return lambda name, payload: client.call(name, WHO_TELLS[name], payload, Caller.from_dict(_operator()))


def _operator() -> dict[str, Any]:
    from shared.context import EVERY_COUNCIL, Caller

    return Caller(actor_id="operator", roles=("ops",), councils=(EVERY_COUNCIL,)).as_dict()


def _summary(found: list[dict[str, Any]], looked_at: int) -> dict[str, Any]:
    kinds = Counter(effect["kind"] for effect in found)
    return {
        "looked_at": looked_at,
        "clocks_moved": kinds["clock"],
        "would_breach": sum(effect["would_breach"] for effect in found),
        "missing_changed": kinds["missing"],
        "components_changed": kinds["component"],
        "means_to_ask": kinds["means"],
        "eligibility_changed": kinds["eligibility"],
        "refusal_reasons_changed": kinds["refusal_reason"],
    }


def _print(told: dict[str, Any], found: list[dict[str, Any]]) -> None:
    click.echo(
        f"{told['after']} instead of {told['before']}, from {told['at']}: {told['looked_at']} referrals looked at"
    )
    for effect in found[:LONGEST_LISTED]:
        breach = " would be overdue" if effect["would_breach"] else ""
        note = f" ({effect['note']})" if effect["note"] else ""
        change = f"{effect.get('before', 'nothing')} -> {effect.get('after', 'nothing')}"
        click.echo(f"{effect['record_id']} {effect['kind']} {effect['name']}: {change}{breach}{note}")
    if len(found) > LONGEST_LISTED:
        click.echo(f"... and {len(found) - LONGEST_LISTED} more (--json lists all)")
    for name in told["left_open"]:
        click.echo(f"{name} would be left open: whoever needs it would be stopped")
    click.echo(", ".join(f"{name.replace('_', ' ')}: {told[name]}" for name in _summary([], 0)))


def _refusal(reply: Any) -> str:
    try:
        problem = reply.json()
    except ValueError:
        return f"the gateway answered {reply.status_code}"
    lines = [f"the gateway answered {reply.status_code}: {problem.get('detail', '')}"]
    return "\n".join(lines + [f"  {error['field']}: {error['message']}" for error in problem.get("errors", ())])


def _said(refusal: Any) -> click.ClickException:
    return click.ClickException("\n".join([refusal.detail, *(f"  {e.field}: {e.message}" for e in refusal.errors)]))
