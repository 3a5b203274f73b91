"""`steward policy`: look at council policy packs, check, compare, try and publish them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click

from shared.cli.options import data_option, platform_for, settings_for
from shared.cli.policy_changes import OWNER, publish, simulate
from shared.clock import SystemClock
from shared.dates import london_day, parse_day
from shared.errors import Invalid, StewardError
from shared.policy.loading import PackSchema, load_pack
from shared.policy.pack import PolicyPack
from shared.policy.policies import Packs, Policies
from shared.policy.source import FolderPacks, PackText
from shared.policy.views import calendar_view, clock_view, differences, pack_view, value_view

as_json = click.option("--json", "json_wanted", is_flag=True, help="Print JSON for a machine to read.")


class Day(click.ParamType[date]):
    """A day such as 2026-03-02."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return parse_day(value)
        except Invalid as refusal:
            self.fail(refusal.detail, param, ctx)


@click.group()
def policy() -> None:
    """Council policy packs: the rules, each with the clause it comes from."""


policy.add_command(simulate)
policy.add_command(publish)


@policy.command("list")
@data_option
@as_json
def list_packs(data: Path | None, json_wanted: bool) -> None:
    """Every pack, by council and first day; with --data or STEWARD_STORE_URL also those published on that platform."""
    packs = _all_packs(_policies(data))
    if json_wanted:
        _print_json([_heading(pack) for pack in packs])
        return
    for pack in packs:
        click.echo(f"{pack.version:44} {pack.council_name}: {pack.source}")


@policy.command("show")
@click.argument("council")
@click.option("--on", "on", type=Day(), help="The pack in force on this day (default: today).")
@click.option("--name", "name", help="Only this value, clock (name or id, such as C1) or calendar.")
@data_option
@as_json
def show_pack(council: str, on: date | None, name: str | None, data: Path | None, json_wanted: bool) -> None:
    """A council's pack in force, or one NAME of it."""
    with _saying_why():
        pack = _policies(data).pack(council, on=on or london_day(SystemClock().now()))
    if name is not None:
        _print(_named_view(pack, name), json_wanted)
    elif json_wanted:
        _print_json(pack_view(pack))
    else:
        _print_pack(pack)


@policy.command("validate")
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@as_json
def validate_packs(path: Path | None, json_wanted: bool) -> None:
    """Check a pack file, a folder of packs, or (without PATH) the loaded packs against the schema."""
    with _saying_why():
        packs = _read_packs(path) if path else _all_packs(_loaded())
    if not packs:
        raise click.ClickException(f"There is no pack in {path}: packs are <council>/<date>.yaml.")
    if json_wanted:
        _print_json({"valid": [pack.version for pack in packs]})
        return
    for pack in packs:
        click.echo(f"{pack.version} is valid: {_sizes(pack)}.")


@policy.command("diff")
@click.argument("before")
@click.argument("after")
@data_option
@as_json
def diff_packs(before: str, after: str, data: Path | None, json_wanted: bool) -> None:
    """What changes from pack BEFORE to pack AFTER: each a version (cheshire-east/2019-04-01) or a file."""
    with _saying_why():
        found = differences(_pack_at(before, data), _pack_at(after, data))
    if json_wanted:
        _print_json([difference.as_dict() for difference in found])
        return
    for difference in found:
        cited = f" ({difference.clause})" if difference.clause else ""
        click.echo(f"{difference.change:8} {difference.section[:-1]} {difference.name}{cited}")
        for sign, view in (("-", difference.before), ("+", difference.after)):
            if view is not None:
                click.echo(f"  {sign} {_in_short(view)}")
    click.echo(f"{len(found)} differences.")


@contextmanager
def _saying_why() -> Iterator[None]:
    """A refusal ends the command with its sentence and each field at fault, exit code 1."""
    try:
        yield
    except StewardError as refusal:
        lines = [refusal.detail, *(f"  {error.field}: {error.message}" for error in refusal.errors)]
        raise click.ClickException("\n".join(lines)) from refusal


def _policies(data: Path | None = None) -> Policies:
    """The packs that settings name, and those published on the platform whose data or store is named."""
    with _saying_why():
        if data is not None or settings_for(None).store_url:
            return platform_for(data).policies_of(OWNER)
        return _loaded()


def _loaded() -> Policies:
    """The packs that settings name."""
    from shared.runtime.packs import load_policies

    return load_policies(settings_for(None).policy_packs)


def _all_packs(policies: Policies) -> list[PolicyPack]:
    return [pack for council in policies.councils() for pack in policies.packs.versions_of(council)]


def _read_packs(path: Path) -> list[PolicyPack]:
    texts = FolderPacks(path).packs() if path.is_dir() else [_file_text(path)]
    schema = PackSchema.published()
    packs = Packs.of(load_pack(text, schema=schema) for text in texts)
    return [pack for versions in packs.by_council.values() for pack in versions]


def _file_text(path: Path) -> PackText:
    try:
        return PackText(name=path.name, text=path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read as text: {error}") from error


def _pack_at(where: str, data: Path | None) -> PolicyPack:
    path = Path(where)
    if path.is_file():
        return load_pack(_file_text(path), schema=PackSchema.published())
    return _policies(data).version(where)


def _named_view(pack: PolicyPack, name: str) -> dict[str, Any]:
    clocks = {key: clock for clock in pack.clocks.values() for key in (clock.name, clock.id)}
    if name in pack.values:
        return value_view(pack.values[name])
    if name in clocks:
        return clock_view(clocks[name])
    if name in pack.calendars:
        return calendar_view(pack.calendars[name])
    raise click.ClickException(f"{pack.version} has no value, clock or calendar {name!r}.")


def _heading(pack: PolicyPack) -> dict[str, Any]:
    return {key: view for key, view in pack_view(pack).items() if isinstance(view, str)}


def _sizes(pack: PolicyPack) -> str:
    unset = sum(entry.unset for entry in pack.values.values()) + sum(clock.unset for clock in pack.clocks.values())
    return f"{len(pack.values)} values, {len(pack.clocks)} clocks, {len(pack.calendars)} calendars, {unset} unset"


def _print_pack(pack: PolicyPack) -> None:
    click.echo(f"{pack.version}: {pack.council_name}\n{pack.source}\n{_sizes(pack)}")
    for section in ("calendars", "clocks", "values"):
        click.echo(f"\n{section}")
        for view in pack_view(pack)[section].values():
            click.echo(f"  {_in_short(view)}")


def _in_short(view: dict[str, Any]) -> str:
    name = f"{view['name']} ({view['id']})" if "id" in view else view["name"]
    origin = ", ".join(part for part in (view["clause"], "ours" if view["ours"] else None) if part)
    return f"{name}: {_what(view)} [{origin}]"


def _what(view: dict[str, Any]) -> str:
    if view.get("unset"):
        return "unset"
    if "limits" in view:
        then = [f"then every {view['then']['every']} from {view['then']['counted_from']}"] if "then" in view else []
        return ", ".join([*view["limits"], *then])
    if "days" in view:
        return f"{', '.join(view['days'])}, {view['opens']} to {view['closes']}, bank holidays: {view['bank_holidays']}"
    return json.dumps(view["value"], ensure_ascii=False)


def _print(view: dict[str, Any], json_wanted: bool) -> None:
    if json_wanted:
        _print_json(view)
        return
    click.echo(_in_short(view))
    for line in _remarks(view):
        click.echo(f"  {line}")


def _remarks(view: dict[str, Any]) -> Iterable[str]:
    if view["note"]:
        yield view["note"]
    if "readings" in view:
        yield f"Reading chosen: {view['readings']['chosen']}"
        yield from (f"Reading left: {other}" for other in view["readings"]["others"])


def _print_json(values: Any) -> None:
    click.echo(json.dumps(values, ensure_ascii=False, indent=2))
