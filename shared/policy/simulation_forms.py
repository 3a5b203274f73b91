"""What is asked of a simulation of other rules, and how it is answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from shared.dates import format_instant
from shared.errors import invalid
from shared.events.schemas import dump_event
from shared.policy.effects import Effect, left_open
from shared.policy.simulating import Trial
from shared.schemas import IdField

JSON = dict[str, Any]
VERSION = validate.Regexp(
    r"^[a-z][a-z0-9-]*/[0-9]{4}-[0-9]{2}-[0-9]{2}$", error="Give council and day, as in sample/2027-04-01."
)


class AskEffects(Schema):
    """What a pack, or a version that is there, would change; a page of records at a time."""

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
    """What would change for a page of records."""
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
