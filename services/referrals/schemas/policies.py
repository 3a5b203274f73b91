"""Councils' policy packs: questions, answers, and the command that publishes one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from services.referrals.schemas.commands import REASON, CommandSchema
from shared.dates import format_instant
from shared.messaging.aggregates import Stored
from shared.policy.pack import PolicyPack
from shared.policy.publishing import PublishedPack
from shared.policy.simulation_forms import VERSION
from shared.schemas import DayField, IdField

JSON = dict[str, Any]
VALUE = ("value", "unset", "clause", "note", "ours", "title")
CLOCK = ("id", "duty", "starts", "stops", "unset", "clause", "note", "ours")


class AskPack(Schema):
    """One council's pack in force on a day."""

    class Meta:
        unknown = RAISE

    council_id = IdField(required=True)
    on = DayField(load_default=None, allow_none=True)


class ComparePacks(Schema):
    """Two versions of a council's pack."""

    class Meta:
        unknown = RAISE

    council_id = IdField(required=True)
    before = fields.String(required=True, validate=VERSION)
    after = fields.String(required=True, validate=VERSION)


class WithdrawPack(CommandSchema):
    """A version that is withdrawn before its first day."""

    council_id = IdField(required=True)
    effective_on = DayField(required=True)
    reason = fields.String(required=True, validate=REASON)


class PublishPack(CommandSchema):
    """A pack to publish, as YAML."""

    council_id = IdField(required=True)
    content = fields.String(required=True, validate=validate.Length(min=1))


def pack_line(pack: PolicyPack, *, in_force: bool) -> JSON:
    """A pack in short."""
    return {
        "version": pack.version,
        "council_id": pack.council_id,
        "council_name": pack.council_name,
        "effective_on": pack.effective_on.isoformat(),
        "source": pack.source,
        "in_force": in_force,
        "withdrawn": pack.withdrawn,
    }


def pack_out(pack: PolicyPack, *, in_force: bool) -> JSON:
    """A pack in full."""
    return {
        **pack_line(pack, in_force=in_force),
        "values": [{"name": name} | _shown(value, VALUE) for name, value in pack.values.items()],
        "clocks": [{"name": name} | _shown(clock, CLOCK) for name, clock in pack.clocks.items()],
        "calendars": sorted(pack.calendars),
    }


def published_out(stored: Stored[PublishedPack]) -> JSON:
    """What was published."""
    pack = stored.state
    return {
        "id": stored.id,
        "version": pack.version,
        "council_id": pack.council_id,
        "effective_on": pack.effective_on.isoformat(),
        "sha256": pack.sha256,
        "published_at": format_instant(pack.published_at),
        "published_by": pack.published_by,
        **_withdrawal(pack),
    }


def _withdrawal(pack: PublishedPack) -> JSON:
    if pack.withdrawn_at is None:
        return {}
    return {
        "withdrawn_at": format_instant(pack.withdrawn_at),
        "withdrawn_by": pack.withdrawn_by,
        "withdrawn_reason": pack.withdrawn_reason,
    }


def _shown(record: Any, names: tuple[str, ...]) -> JSON:
    return {name: _plain(getattr(record, name)) for name in names}


def _plain(value: Any) -> Any:
    """Read-only rows and tuples as JSON values."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
