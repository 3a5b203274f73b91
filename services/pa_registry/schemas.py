"""What comes in and goes out of the register's calls."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from services.pa_registry.handlers.entries import NewEntry
from services.pa_registry.handlers.finding import FoundEntry, FoundPage
from services.pa_registry.model.checks import CHECKS, WORKFORCES, Check, read_level
from services.pa_registry.model.entries import STATUSES, Amendment, PersonalAssistant, possible_steps
from services.pa_registry.model.showing import (
    NAME,
    all_facets,
    keeps_the_register,
    sees_all,
    shown_checks,
    shown_facets,
)
from services.pa_registry.model.tables import Table
from services.pa_registry.search.facets import FacetValues
from services.pa_registry.search.query import DBS_YEARS, DEFAULT_LIMIT, LONGEST_TEXT, MAX_LIMIT, RADII_MILES, SORTS
from shared.context import Caller
from shared.errors import Invalid
from shared.events.contacts import ContactDetails
from shared.events.schemas import dump_event, schema_of
from shared.messaging.aggregates import Stored
from shared.schemas import DayField, IdField

HEADLINE = validate.Length(min=1, max=200)
ABOUT = validate.Length(min=1, max=4000)
NAMES = validate.Length(max=64)
MOST_VALUES, MOST_GROUPS = 50, 20
PAGE = validate.Range(min=1, max=MAX_LIMIT)


def _names(**options: Any) -> fields.List[str]:
    return fields.List(fields.String(validate=NAMES), validate=validate.Length(max=MOST_VALUES), **options)


def _facets(**options: Any) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=NAMES), values=_names(), validate=validate.Length(max=MOST_GROUPS), **options
    )


def _contact(**options: Any) -> fields.Nested:
    return fields.Nested(schema_of(ContactDetails), unknown=RAISE, **options)


class Strict(Schema):
    """Unknown fields are refused by name."""

    class Meta:
        unknown = RAISE


class ById(Strict):
    id = IdField(required=True)
    expected_version = fields.Integer(strict=True, load_default=None, allow_none=True)


class Register(Strict):
    council_id = IdField(required=True)
    contact = _contact(required=True)
    headline = fields.String(load_default="", validate=validate.Length(max=200))
    about = fields.String(load_default="", validate=validate.Length(max=4000))
    facets = _facets(load_default=dict)
    shown = _names(load_default=list)
    postcode = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=20))

    @post_load
    def entry(self, given: dict[str, Any], **_: Any) -> NewEntry:
        facets = {name: values for name, values in _each_once(given["facets"]).items() if values}
        return NewEntry(**given | {"facets": facets, "shown": _once(given["shown"])})


class Amend(ById):
    contact = _contact(load_default=None, allow_none=True)
    headline = fields.String(load_default=None, allow_none=True, validate=HEADLINE)
    about = fields.String(load_default=None, allow_none=True, validate=ABOUT)
    facets = _facets(load_default=dict)
    shown = _names(load_default=None, allow_none=True)
    postcode = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=20))

    @post_load
    def changes(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        said = {name: given[name] for name in ("contact", "headline", "about", "postcode")}
        shown = None if given["shown"] is None else _once(given["shown"])
        return {"id": given["id"], "changes": Amendment(**said, facets=_each_once(given["facets"]), shown=shown)}


class RecordCheck(ById):
    check = fields.String(required=True, validate=validate.OneOf(CHECKS))
    checked_on = DayField(required=True)
    expires_on = DayField(load_default=None, allow_none=True)
    level = fields.Function(deserialize=lambda text: None if text is None else _level(text), load_default=None)
    workforce = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(WORKFORCES))
    update_service = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    reference = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=200))

    @post_load
    def made(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        kept = {name: value for name, value in given.items() if name not in ("id", "expected_version")}
        return {"id": given["id"], "check": Check(**kept)}


class Withdraw(ById):
    reason = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=500))


class ListEntries(Strict):
    council_id = IdField(load_default=None, allow_none=True)
    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STATUSES))
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=PAGE)


class Search(Strict):
    council_id = IdField(load_default=None, allow_none=True)
    q = fields.String(load_default="", validate=validate.Length(max=LONGEST_TEXT))
    selections = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), load_default=dict)
    postcode = fields.String(load_default=None, allow_none=True)
    radius_miles = fields.Integer(strict=True, load_default=None, allow_none=True, validate=validate.OneOf(RADII_MILES))
    dbs_within_years = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.OneOf(DBS_YEARS)
    )
    sort = fields.String(load_default="relevance", validate=validate.OneOf(SORTS))
    limit = fields.Integer(strict=True, load_default=DEFAULT_LIMIT, validate=PAGE)
    after = fields.String(load_default=None, allow_none=True)

    @post_load
    def asked(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        return given | {"selections": {name: tuple(values) for name, values in given["selections"].items()}}


class Summarise(Strict):
    council_id = IdField(load_default=None, allow_none=True)
    facet = fields.String(load_default=None, allow_none=True)
    value = fields.String(load_default=None, allow_none=True)


def entry_out(stored: Stored[PersonalAssistant], caller: Caller, *, today: date) -> dict[str, Any]:
    """An entry as the caller may see it; nobody is shown how to reach the person here."""
    entry = stored.state
    seen = {
        "id": stored.id,
        "version": stored.version,
        "council_id": stored.council_id,
        "status": entry.status,
        "headline": entry.headline,
        "about": entry.about,
    }
    if NAME in entry.shown:
        seen["name"] = entry.contact.name
    return seen | (_whole(entry, caller, today) if sees_all(entry, caller) else _published(entry, today))


def found_out(page: FoundPage) -> dict[str, Any]:
    """A page of hits with their reasons, and the count of every facet value."""
    return {
        "items": [_hit_out(found) for found in page.items],
        "total": page.total,
        "facets": {name: dict(counts) for name, counts in page.facets.items()},
        "next": page.next,
    }


def table_out(table: Table) -> dict[str, Any]:
    """A public table; a facet that is withheld is not in it."""
    return {"total": table.total, "facets": {name: dict(counts) for name, counts in table.facets.items()}}


def _hit_out(found: FoundEntry) -> dict[str, Any]:
    hit = found.hit
    return {
        "id": hit.id,
        "headline": found.headline,
        "within_miles": hit.within_miles,
        "reasons": [{"criterion": reason.criterion, "values": list(reason.values)} for reason in hit.reasons],
    }


def _published(entry: PersonalAssistant, today: date) -> dict[str, Any]:
    """Only what they agreed to show; not who recorded a check, nor where its evidence is kept."""
    hidden = {"reference": None, "recorded_by": None, "recorded_at": None}
    checks = [dump_event(check) for check in shown_checks(entry, today=today)]
    return {
        "facets": dump_event(shown_facets(entry, today=today)),
        "checks": [{name: value for name, value in check.items() if name not in hidden} for check in checks],
    }


def _whole(entry: PersonalAssistant, caller: Caller, today: date) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "facets": dump_event(all_facets(entry, today=today)),
        "shown": list(entry.shown),
        "checks": dump_event(entry.checks),
        "postcode": entry.postcode,
        "registered_at": dump_event(entry.registered_at),
        "updated_at": dump_event(entry.updated_at),
        "possible_steps": possible_steps(entry),
    }
    if keeps_the_register(caller):
        whole |= {"withdrawn_because": entry.withdrawn_because, "published_under": entry.published_under}
    return whole


def _level(text: Any) -> str:
    if not isinstance(text, str):
        raise ValidationError("Give the level as text.")
    try:
        return read_level(text)
    except Invalid as refusal:
        raise ValidationError(refusal.detail) from refusal


def _once(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _each_once(facets: dict[str, list[str]]) -> FacetValues:
    return {name: _once(values) for name, values in facets.items()}
