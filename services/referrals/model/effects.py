"""What another pack would change for a referral: what it lacks, where it belongs, whom it is for, why it was refused."""

from __future__ import annotations

from collections.abc import Iterator

from services.referrals.model.eligibility import Facts, component_of, conditions_of, is_of_age
from services.referrals.model.parties import Person
from services.referrals.model.referral import Referral
from shared.dates import london_day
from shared.policy.effects import Effect, EffectKind
from shared.policy.pack import PolicyPack

UNDECIDED = frozenset({"incomplete", "submitted", "waiting"})
"""Statuses in which it still matters what a referral lacks and whom the service is for."""
_OF_REFERRAL = {"referrer": "referrer_id"}
_OF_PERSON = {"person_reference": "reference"}


def referral_effects(
    referral: Referral, person: Person | None, *, before: PolicyPack, after: PolicyPack
) -> Iterator[Effect]:
    """What would be otherwise for this referral under the other pack."""
    yield from _missing(referral, person, before, after)
    yield from _component(referral, person, before, after)
    yield from _means(referral, before, after)
    yield from _eligibility(referral, person, before, after)
    yield from _refusal(referral, before, after)


def _missing(referral: Referral, person: Person | None, before: PolicyPack, after: PolicyPack) -> Iterator[Effect]:
    if referral.status not in UNDECIDED:
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


def _component(referral: Referral, person: Person | None, before: PolicyPack, after: PolicyPack) -> Iterator[Effect]:
    """Whether the other pack would put the case elsewhere, or means something else by where it is."""
    if referral.component is None:
        return
    old = _meaning(referral.component, before)
    new = _meaning(_classified(referral, person, after) or referral.component, after)
    if old != new:
        yield _effect(referral, "component", referral.component, old, new)


def _classified(referral: Referral, person: Person | None, pack: PolicyPack) -> str | None:
    """The component by the pack's rules; `None` where what was said of the referral does not decide it."""
    rows = pack.table("component_rules") if pack.sets("component_rules") else ()
    return component_of(rows, _facts(referral, person, pack)) if referral.facts else None


def _means(referral: Referral, before: PolicyPack, after: PolicyPack) -> Iterator[Effect]:
    """A self-funder by capital, under another limit: the amount is not kept, so a person must ask."""
    name = "self_funder_capital_pence"
    old, new = (str(pack.pence(name).amount) if pack.sets(name) else None for pack in (before, after))
    if referral.self_funder_because in ("capital", "means") and old != new:
        yield _effect(referral, "means", name, old, new, note="The amount of capital is not kept: ask.")


def _eligibility(referral: Referral, person: Person | None, before: PolicyPack, after: PolicyPack) -> Iterator[Effect]:
    if not referral.facts or referral.status not in UNDECIDED:
        return
    old, new = (_unmet(referral, person, pack) for pack in (before, after))
    if old != new:
        yield _effect(referral, "eligibility", "eligibility_conditions", ", ".join(old), ", ".join(new))


def _unmet(referral: Referral, person: Person | None, pack: PolicyPack) -> tuple[str, ...]:
    """The conditions that are known not to be met."""
    rows = pack.table("eligibility_conditions") if pack.sets("eligibility_conditions") else ()
    found = conditions_of(rows, _facts(referral, person, pack))
    return tuple(one.condition for one in found if one.met is False)


def _facts(referral: Referral, person: Person | None, pack: PolicyPack) -> Facts:
    """What was said of the referral, with its age reckoned by the pack's own limit on the day it was received."""
    if person is None or person.born_on is None or not pack.sets("minimum_age_years"):
        return referral.facts
    on, years = london_day(referral.received_at), pack.number("minimum_age_years")
    return referral.facts | {"of_age": bool(is_of_age(person.born_on, on=on, years=years))}


def _meaning(component: str, pack: PolicyPack) -> str:
    """What the pack says of a component."""
    rows = pack.table("components") if pack.sets("components") else ()
    for row in rows:
        if row["component"] == component:
            return f"{component}, {'within' if row['in_contract'] else 'outside'} the contract"
    return f"{component}, not in the pack"


def _refusal(referral: Referral, before: PolicyPack, after: PolicyPack) -> Iterator[Effect]:
    if referral.status != "refused" or referral.reason is None:
        return
    old, new = (_label(referral.reason, pack) for pack in (before, after))
    if old != new:
        yield _effect(referral, "refusal_reason", referral.reason, old, new)


def _label(code: str, pack: PolicyPack) -> str | None:
    rows = pack.table("refusal_reasons") if pack.sets("refusal_reasons") else ()
    return next((str(row["label"]) for row in rows if row["code"] == code), None)


def _effect(
    referral: Referral, kind: EffectKind, name: str, before: str | None, after: str | None, *, note: str = ""
) -> Effect:
    return Effect(
        kind=kind,
        record_id=referral.referral_id,
        name=name,
        before=before or None,
        after=after or None,
        note=note,
    )
