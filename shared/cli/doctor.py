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
    from shared.messaging.broker.inspection import Backlog, Inspection
    from shared.runtime.platform import Platform

ALMOST_FULL = 0.8
CALENDAR_AHEAD = timedelta(days=366)
PURGE_REMEDY = "`steward resend` sends a party outside its own again: docs/runbooks/queues-of-parties-outside.md"
HELD_REMEDY = "`steward parked list` says which and why; docs/runbooks/held-messages.md says what to do"


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
    yield from _broker(platform)
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
        store = _try(f"store of {name}", partial(_store, platform, name), "start the store, then `steward migrate`")
        yield store
        if store.ok:
            yield _try(f"held by {name}", partial(_held, platform, name), HELD_REMEDY)


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


def _broker(platform: Platform) -> Iterator[Finding]:
    """The broker against the declaration. Of queues of parties outside, how full they are."""
    check, remedy = "broker and topology", "start the broker, then `steward topology apply`"
    if platform.settings.embedded:
        yield Finding(check=check, ok=True, found="embedded: declared at every start")
        return
    try:
        inspection, backlogs = _inspection(platform), _backlogs(platform)
    except Exception as error:  # a doctor names whatever it finds and looks on
        yield Finding(check=check, ok=False, found=str(error) or type(error).__name__, remedy=remedy)
        return
    yield _topology(inspection, len(platform.topology.queues))
    if inspection.unseen:
        found = (
            f"not seen: {', '.join(inspection.unseen)}; set STEWARD_BROKER_MANAGEMENT_URL, or `steward topology diff`"
        )
        yield Finding(check="topology, the rest", ok=True, found=found)
    yield from backlogs
    if platform.settings.broker_management_url:
        yield from _losses(platform)


def _losses(platform: Platform) -> Iterator[Finding]:
    """Messages that left a queue in the last hour and that nobody took."""
    from shared.messaging.broker.inspection import vhost_of
    from shared.messaging.broker.purges import losses

    settings = platform.settings
    vhost = vhost_of(settings.broker_url)
    try:
        found = losses(settings.broker_management_url, platform.topology, vhost=vhost)
    except Exception as error:  # a doctor names whatever it finds and looks on
        yield Finding(check="purges", ok=False, found=str(error) or type(error).__name__, remedy=PURGE_REMEDY)
        return
    for loss in found:
        yield Finding(check=f"purged: queue {loss.queue}", ok=False, found=str(loss), remedy=PURGE_REMEDY)
    if not found:
        yield Finding(check="purges", ok=True, found="no queue was emptied in the last hour but by reading it")


def _inspection(platform: Platform) -> Inspection:
    from shared.messaging.broker.inspection import inspect_by_management, inspect_over_amqp, vhost_of

    settings = platform.settings
    if not settings.broker_management_url:
        return inspect_over_amqp(settings.broker_url, platform.topology)
    vhost = vhost_of(settings.broker_url)
    return inspect_by_management(settings.broker_management_url, platform.topology, vhost=vhost)


def _topology(inspection: Inspection, queues: int) -> Finding:
    differences = inspection.differences
    shown = "; ".join(str(difference) for difference in differences[:5])
    return Finding(
        check="broker and topology",
        ok=not differences,
        found=f"{len(differences)} not as declared: {shown}" if differences else f"{queues} queues as declared",
        remedy="missing: `steward topology apply` as deploy; changed or extra: docs/runbooks/topology-drift.md",
    )


def _backlogs(platform: Platform) -> list[Finding]:
    from shared.messaging.broker.inspection import backlogs

    return [_backlog(each) for each in backlogs(platform.settings.broker_url, platform.topology)]


def _backlog(backlog: Backlog) -> Finding:
    return Finding(
        check=f"queue {backlog.queue}",
        ok=backlog.waiting < backlog.limit * ALMOST_FULL,
        found=f"{backlog.waiting} of at most {backlog.limit} wait",
        remedy="its reader is away or too slow: docs/runbooks/queues-of-parties-outside.md",
    )


def _store(platform: Platform, service: str) -> str:
    store = platform.store(service)
    store.check()
    for collection in platform.collections(service):
        store.documents(collection).count()
    return f"{len(platform.collections(service))} collections answer"


def _held(platform: Platform, service: str) -> str:
    """What the service has set aside, unless that is for too long."""
    from shared.messaging.consuming.held import HELD, HeldMessages
    from shared.messaging.consuming.tending import Tending, counted, held_too_long

    documents, clock = platform.store(service).documents(HELD), platform.clock
    held = HeldMessages(documents=documents, clock=clock)
    oldest = Tending(held=held, documents=documents, clock=clock).oldest_seconds()
    if oldest is None:
        return "nothing"
    limit = platform.settings.held_alarm_seconds
    counts = held.counts()
    if oldest > limit:
        raise click.ClickException(held_too_long(counts, oldest, limit)["detail"])
    return f"{counted(counts)}; the oldest for {oldest:.0f} seconds"


def _search(platform: Platform) -> str:
    engine: Any = platform.search_engine()
    engine.check()
    return _without_secrets(platform.settings.search_url)


def _without_secrets(url: str) -> str:
    import re

    return re.sub(r"://[^@/]*@", "://(hidden)@", url)
