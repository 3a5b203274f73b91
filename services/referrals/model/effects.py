"""What another pack would change for a referral: what it lacks, what its component means, why it could be refused."""

from __future__ import annotations

from collections.abc import Iterator

from services.referrals.model.parties import Person
from services.referrals.model.referral import Referral
from shared.policy.effects import Effect, EffectKind
from shared.policy.pack import PolicyPack

COMPLETED_LATER = frozenset({"incomplete", "submitted", "waiting"})
"""Statuses in which it still matters what a referral lacks."""
_OF_REFERRAL = {"referrer": "referrer_id"}
_OF_PERSON = {"person_reference": "reference"}


def referral_effects(
    referral: Referral, person: Person | None, *, before: PolicyPack, after: PolicyPack
) -> Iterator[Effect]:
    """What would be otherwise for this referral under the other pack."""
    yield from _missing(referral, person, before, after)
    yield from _component(referral, before, after)
    yield from _refusal(referral, before, after)


def _missing(referral: Referral, person: Person | None, before: PolicyPack, after: PolicyPack) -> Iterator[Effect]:
    if referral.status not in COMPLETED_LATER:
        return
    old, new = (_lacking(referral, person, pack) for pack in (before, after))
    if old != new:
        yield _effect(referral, "missing", "required_referral_fields", ", ".join(old), ", ".join(new))


def _lacking(referral: Referral, person: Person | None, pack: PolicyPack) -> tuple[str, ...]:
    if not pack.sets("required_referral_fields"):
        return ()
    rows = [row for row in pack.table("required_referral_fields") if referral.source in row["sources"]]
    return tuple(row["field"] for row in rows if not _has(referral, person, row["field"]))


def _has(referral: Referral, person: Person | None, field: str) -> bool:
    """Whether what a submission calls by this name is known of the referral now."""
    owner, _, name = field.rpartition(".")
    if owner == "person":
        return getattr(person, _OF_PERSON.get(name, name), None) not in (None, "")
    return getattr(referral, _OF_REFERRAL.get(field, field), None) not in (None, "")


def _component(referral: Referral, before: PolicyPack, after: PolicyPack) -> Iterator[Effect]:
    if referral.component is None:
        return
    old, new = (_meaning(referral.component, pack) for pack in (before, after))
    if old != new:
        yield _effect(referral, "component", referral.component, old, new)


def _meaning(component: str, pack: PolicyPack) -> str | None:
    """What the pack says of a component, or `None` where it has none of this name."""
    rows = pack.table("components") if pack.sets("components") else ()
    for row in rows:
        if row["component"] == component:
            return f"{row['number']}, {'within' if row['in_contract'] else 'outside'} the contract"
    return None


def _refusal(referral: Referral, before: PolicyPack, after: PolicyPack) -> Iterator[Effect]:
    if referral.status != "refused" or referral.reason is None:
        return
    old, new = (_label(referral.reason, pack) for pack in (before, after))
    if old != new:
        yield _effect(referral, "refusal_reason", referral.reason, old, new)


def _label(code: str, pack: PolicyPack) -> str | None:
    rows = pack.table("refusal_reasons") if pack.sets("refusal_reasons") else ()
    return next((str(row["label"]) for row in rows if row["code"] == code), None)


def _effect(referral: Referral, kind: EffectKind, name: str, before: str | None, after: str | None) -> Effect:
    return Effect(kind=kind, record_id=referral.referral_id, name=name, before=before or None, after=after or None)
