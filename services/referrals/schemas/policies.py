"""Councils' policy packs: questions, answers, and the command that publishes one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from services.referrals.handlers.simulating import Trial
from services.referrals.schemas.commands import REASON, CommandSchema
from shared.dates import format_instant
from shared.errors import invalid
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored
from shared.policy.effects import Effect, left_open
from shared.policy.pack import PolicyPack
from shared.policy.publishing import PublishedPack
from shared.schemas import DayField, IdField

JSON = dict[str, Any]
VALUE = ("value", "unset", "clause", "note", "ours", "title")
CLOCK = ("id", "duty", "starts", "stops", "unset", "clause", "note", "ours")
VERSION = validate.Regexp(
    r"^[a-z][a-z0-9-]*/[0-9]{4}-[0-9]{2}-[0-9]{2}$", error="Give council and day, as in sample/2027-04-01."
)


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


class AskEffects(Schema):
    """What a pack, or a version that is there, would change; a page of a council's referrals at a time."""

    class Meta:
        unknown = RAISE

    council_id = IdField(required=True)
    content = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1))
    version = fields.String(load_default=None, allow_none=True, validate=VERSION)
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(strict=True, load_default=200, validate=validate.Range(min=1, max=500))


def read_place(cursor: str | None) -> tuple[int, str | None]:
    """Which part of a simulation a cursor is in, and where in it."""
    part, _, after = (cursor or "0:").partition(":")
    if not (part.isascii() and part.isdigit() and len(part) < 4):
        raise invalid("after", "cursor", "this is no cursor of a simulation")
    return int(part), after or None


def write_place(part: int, after: str | None) -> str:
    """The cursor of a place."""
    return f"{part}:{after or ''}"


def effects_out(found: Iterable[Effect], *, trial: Trial, looked_at: int, after: str | None) -> JSON:
    """What would change for a page of referrals."""
    items: list[JSON] = [dump_event(effect) for effect in found]
    return {
        "council_id": trial.pack.council_id,
        "before": trial.before.version,
        "after": trial.pack.version,
        "at": format_instant(trial.at),
        "left_open": list(left_open(trial.before, trial.pack)),
        "looked_at": looked_at,
        "items": items,
        "next": after,
    }


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
