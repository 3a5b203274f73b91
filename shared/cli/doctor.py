"""`steward doctor`: is everything that settings name there and fit to use."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shared.cli.options import data_option, json_option, settings_for

if TYPE_CHECKING:
    from shared.runtime.platform import Platform

CALENDAR_AHEAD = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check: what was looked at, whether it is well, and what to do if not."""

    check: str
    ok: bool
    found: str
    remedy: str = ""


@click.command()
@data_option
@json_option
def doctor(data: Path | None, as_json: bool) -> None:
    """Check everything that settings name, with a remedy for each fault.

    Looks at settings, plugins, policy, calendar, broker, topology, stores, search and clock.
    """
    findings = list(_examine(data))
    if as_json:
        import json

        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(f"{'ok   ' if finding.ok else 'FAULT'} {finding.check}: {finding.found}")
            if not finding.ok:
                click.echo(f"      {finding.remedy}")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def _examine(data: Path | None) -> Iterator[Finding]:
    from shared.runtime.platform import Platform
    from shared.settings import BadSetting

    try:
        settings = settings_for(data)
    except BadSetting as error:
        yield Finding(
            check="settings", ok=False, found=str(error), remedy="correct it; docs/settings.md has every rule"
        )
        return
    yield Finding(check="settings", ok=True, found=f"broker {_without_secrets(settings.broker_url)}")
    platform = Platform(settings)
    plugins = _try("plugins", lambda: ", ".join(platform.services), "correct STEWARD_SERVICES, or install the plugin")
    yield plugins
    if not plugins.ok:
        return
    yield _try(
        "policy packs", lambda: f"{', '.join(platform.policies.councils())}", "`steward policy validate` says more"
    )
    yield _calendar(platform)
    yield _try("broker and topology", lambda: _broker(platform), "start the broker, then `steward topology apply`")
    yield from _stores(platform)
    yield _try("search", lambda: _search(platform), "start Elasticsearch, or set STEWARD_SEARCH_URL=embedded:")
    yield Finding(check="clock", ok=True, found=platform.clock.now().isoformat(timespec="seconds"))


def _stores(platform: Platform) -> Iterator[Finding]:
    settings = platform.settings
    if settings.embedded and not settings.store_url and not settings.data_path.exists():
        yield Finding(
            check="data folder", ok=True, found=f"{settings.data_path} is not there yet; `steward up` makes it"
        )
        return
    for name in platform.services:
        yield _try(f"store of {name}", partial(_store, platform, name), "start the store, then `steward migrate`")


def _try(check: str, look: Callable[[], str], remedy: str) -> Finding:
    try:
        return Finding(check=check, ok=True, found=look())
    except Exception as error:  # a doctor names whatever it finds and looks on
        return Finding(check=check, ok=False, found=str(error) or type(error).__name__, remedy=remedy)


def _calendar(platform: Platform) -> Finding:
    from shared.policy.calendars import england

    until, today = england().published_until, platform.clock.now().date()
    ok = until >= today + CALENDAR_AHEAD
    return Finding(
        check="bank holidays",
        ok=ok,
        found=f"published until {until.isoformat()}; later due dates are marked provisional",
        remedy="install a newer `holidays` package and bring shared/policy/england.yaml up to date",
    )


def _broker(platform: Platform) -> str:
    if platform.settings.embedded:
        return "embedded: declared at every start"
    from shared.messaging.declaring import missing_from_broker

    missing = missing_from_broker(platform.settings.broker_url, platform.topology)
    if missing:
        raise click.ClickException(f"missing on the broker: {', '.join(missing[:5])} ({len(missing)} in all)")
    return f"{len(platform.topology.queues)} queues as declared"


def _store(platform: Platform, service: str) -> str:
    store = platform.store(service)
    store.check()
    for collection in platform.collections(service):
        store.documents(collection).count()
    return f"{len(platform.collections(service))} collections answer"


def _search(platform: Platform) -> str:
    engine: Any = platform.search_engine()
    engine.check()
    return _without_secrets(platform.settings.search_url)


def _without_secrets(url: str) -> str:
    import re

    return re.sub(r"://[^@/]*@", "://(hidden)@", url)
