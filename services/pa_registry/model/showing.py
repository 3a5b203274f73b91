"""What an entry shows, and to whom: only what its person agreed to, and to staff of the support service all of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from services.pa_registry.model.checks import Check, current_dbs, dbs_status
from services.pa_registry.model.entries import PersonalAssistant
from services.pa_registry.search.engine import IndexDocument
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS, FacetValues, consented
from shared.context import Caller
from shared.dates import london_day
from shared.errors import FieldError, Invalid
from shared.geography import Point

KEEPERS = frozenset({"adviser", "dpss_manager", "dpo"})
"""Who sees whole entries, listed or not: the support service, which keeps the register (CE 3.2), and data protection."""
THEMSELVES = "personal_assistant"
NAME, DBS = "name", "dbs"
SHOWABLE = (*(facet.name for facet in PERSONAL_ASSISTANT_FACETS), NAME)
"""What a person may agree to show. Each is named by itself: there is no "all", so gender, smoker and DBS are opt-ins."""
CHECKS_SHOWN_WITH = {"dbs": DBS, "training": "qualifications"}
"""Which agreement shows a kind of check; the others are for the support service."""
_MILLION = 1_000_000


def check_facets(facets: FacetValues) -> None:
    """Raises `Invalid` naming each unknown facet or value, and DBS, which only checks on record can say."""
    faults = PERSONAL_ASSISTANT_FACETS.faults(facets, within="facets")
    if DBS in facets:
        message = "The DBS status comes from the checks on record, not from the entry."
        faults.append(FieldError(field="facets.dbs", rule="from-checks", message=message))
    if faults:
        raise Invalid("Some facets are not valid.", errors=faults)


def check_shown(shown: Iterable[str]) -> None:
    """Raises `Invalid` for what cannot be agreed to."""
    unknown = [name for name in shown if name not in SHOWABLE]
    if unknown:
        message = f"There is nothing called {unknown[0][:64]!r} to show; there are {', '.join(SHOWABLE)}."
        raise Invalid(message, errors=[FieldError(field="shown", rule="choice", message=message)])


def all_facets(entry: PersonalAssistant, *, today: date) -> dict[str, tuple[str, ...]]:
    """Everything the register knows in the field groups, the DBS status from checks included."""
    return {**entry.facets, DBS: dbs_status(entry.checks, today=today)}


def shown_facets(entry: PersonalAssistant, *, today: date) -> dict[str, tuple[str, ...]]:
    """The field groups that the person agreed to show: these and no others can be searched by or counted."""
    return consented(all_facets(entry, today=today), shown=entry.shown)


def shown_checks(entry: PersonalAssistant, *, today: date) -> list[Check]:
    """The checks that hold today and that the person agreed to show."""
    return [
        check for check in entry.checks if CHECKS_SHOWN_WITH.get(check.check) in entry.shown and check.holds_on(today)
    ]


def document_of(entry: PersonalAssistant, *, version: int, council_id: str, today: date) -> IndexDocument:
    """What the search index may hold. Of an entry that can't be found it holds nothing but its version."""
    updated_on = london_day(entry.updated_at)
    if not entry.is_published:
        return IndexDocument(
            id=entry.personal_assistant_id,
            version=version,
            council_id=council_id,
            published=False,
            updated_on=updated_on,
        )
    dbs = current_dbs(entry.checks, today=today) if DBS in entry.shown else None
    return IndexDocument(
        id=entry.personal_assistant_id,
        version=version,
        council_id=council_id,
        published=True,
        updated_on=updated_on,
        headline=entry.headline,
        about=entry.about,
        facets=shown_facets(entry, today=today),
        point=_point_of(entry),
        dbs_checked_on=dbs.checked_on if dbs else None,
    )


def sees_all(entry: PersonalAssistant, caller: Caller) -> bool:
    """Whether the caller may see the whole entry: the register's keepers, and whose entry it is."""
    return keeps_the_register(caller) or is_own(entry, caller)


def may_read(entry: PersonalAssistant, caller: Caller) -> bool:
    """Whether the caller may read the entry at all: others only while it is published, and never one PA another's."""
    if sees_all(entry, caller):
        return True
    return entry.is_published and not set(caller.roles) <= {THEMSELVES}


def is_own(entry: PersonalAssistant, caller: Caller) -> bool:
    """Whether the entry is the caller's own."""
    return entry.owner_id is not None and entry.owner_id == caller.actor_id


def keeps_the_register(caller: Caller) -> bool:
    """Whether the caller is one of the register's keepers."""
    return not KEEPERS.isdisjoint(caller.roles)


def _point_of(entry: PersonalAssistant) -> Point | None:
    if entry.place is None:
        return None
    return Point(latitude=entry.place.latitude_e6 / _MILLION, longitude=entry.place.longitude_e6 / _MILLION)
