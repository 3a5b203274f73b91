"""What a submission makes of a referral: its gaps, its codes, its component and its clocks, by the council's policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.referrals.handlers.parties import person_of, referrer_of
from services.referrals.model.eligibility import Facts, Means, is_of_age, means_of
from services.referrals.model.referral import OverTarget, Referral
from services.referrals.ports import Register, Rules
from shared.dates import add_months, london_day, start_of_london_day
from shared.errors import FieldError, Invalid
from shared.events.contacts import ContactDetails
from shared.events.intake import ReferralSubmission
from shared.ids import derived_id

RESPONSE_CLOCK = "referral_response"
URGENT_CLOCK = "urgent_start"
YEAR_MONTHS = 12
CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""By how much a sender's clock may be ahead of ours."""
LISTS_OF_PERSONS = {"communication_needs": "communication_needs", "feedback_method": "feedback_methods"}
LISTS = {
    "client_groups": "client_groups",
    "client_group": "client_groups",
    "primary_support_reason": "primary_support_reasons",
    "contact_type": "contact_types",
    "priority_groups": "priority_groups",
    **{f"person.{field}": name for field, name in LISTS_OF_PERSONS.items()},
}
"""Fields of a submission and the list of the council's policy that each is checked against."""


def referral_of(
    message: ReferralSubmission, *, council_id: str, rules: Rules, register: Register, now: datetime
) -> Referral:
    """The referral as it is submitted now."""
    referral_id = derived_id("ref", council_id, message.referral_reference)
    missing = tuple(name for name in rules.required_fields(council_id, message.source, now) if lacks(message, name))
    means = means_of(
        declared=message.self_funder,
        capital_pence=message.capital_pence,
        income_covers_fees=message.weekly_income_covers_fees,
        limit_pence=rules.self_funder_capital_pence(council_id, now),
    )
    facts = facts_of(message, means, years=rules.minimum_age_years(council_id, now), now=now)
    component = rules.component_of(council_id, facts, now)
    referrer = referrer_of(message.referrer, council_id)
    return Referral(
        referral_id=referral_id,
        reference=message.referral_reference,
        person_id=person_of(message.person, council_id).person_id,
        referrer_id=referrer.referrer_id if referrer else None,
        status="incomplete" if missing else "submitted",
        received_at=now,
        missing=missing,
        component=component,
        in_contract=rules.is_in_contract(council_id, component, now),
        self_funder=means.self_funder,
        self_funder_because=means.because,
        eligibility=rules.conditions_of(council_id, facts, now),
        facts={name: held for name, held in facts.items() if held is not None},
        clocks=rules.start_clocks(council_id, clocks_for(message), record_id=referral_id, started_at=now),
        policy=rules.version(council_id, now),
        over_target=over_target(council_id, rules=rules, register=register, now=now),
        **_told(message),
    )


def _told(message: ReferralSubmission) -> dict[str, Any]:
    """What the referral holds as the submission says it."""
    names = (
        "source",
        "urgency",
        "deployment",
        "client_group",
        "primary_support_reason",
        "contact_type",
        "priority_groups",
        "from_childrens_direct_payment",
        "care_and_support_plan",
        "care_act_assessment",
        "mental_capacity_assessment",
        "weekly_budget_pence",
        "lot",
    )
    sender = {"sender_updated_at": message.updated_at}
    groups = dict.fromkeys((*message.client_groups, *([message.client_group] if message.client_group else [])))
    return {name: getattr(message, name) for name in names} | {"client_groups": tuple(groups)} | sender


def facts_of(message: ReferralSubmission, means: Means, *, years: int | None, now: datetime) -> Facts:
    """What the submission says, by the names that the policy's rules use."""
    of_age = None if years is None else is_of_age(message.person.born_on, on=london_day(now), years=years)
    return {
        "self_funder": bool(means.self_funder),
        "asks_for_brokerage": message.asks_for_brokerage is not False,
        "eligible_needs": message.has_eligible_needs,
        "care_act_needs": message.has_eligible_needs,
        "section_117_aftercare": message.has_section_117_aftercare,
        "local_gp": message.registered_with_local_gp,
        "resident": message.resident,
        "of_age": of_age,
    }


def over_target(council_id: str, *, rules: Rules, register: Register, now: datetime) -> OverTarget | None:
    """Whether this referral passes the council's yearly number (CP Sch I). It warns; it never bars.

    The clause doesn't say when a year begins: the twelve months up to today are ours.
    """
    target = rules.referrals_per_year(council_id, now)
    if target is None:
        return None
    since = start_of_london_day(add_months(london_day(now), -YEAR_MONTHS))
    number = register.referrals_since(council_id, since) + 1
    return OverTarget(number=number, target=target) if number > target else None


def check_codes(message: ReferralSubmission, *, council_id: str, rules: Rules, now: datetime, prefix: str = "") -> None:
    """Codes are those of the council's policy; where it has no list, any will do. Raises `Invalid` naming each field."""
    _check(message, LISTS, council_id=council_id, rules=rules, now=now, prefix=prefix)


def check_needs(needs: ContactDetails, *, council_id: str, rules: Rules, now: datetime) -> None:
    """The codes of a person's communication needs, likewise."""
    _check(needs, LISTS_OF_PERSONS, council_id=council_id, rules=rules, now=now, prefix="")


def _check(given: Any, lists: Mapping[str, str], *, council_id: str, rules: Rules, now: datetime, prefix: str) -> None:
    errors = [
        FieldError(field=f"{prefix}{place}", rule="policy", message=f"{code} is not in the council's policy")
        for field, name in lists.items()
        for place, code in _codes_at(given, field)
        if (known := rules.codes(council_id, name, now)) is not None and code not in known
    ]
    if errors:
        raise Invalid("some codes are not in the council's policy", errors=errors)


def check_not_ahead(updated_at: datetime | None, *, now: datetime, prefix: str = "") -> None:
    """A time that is still to come would make everything until then stale. Raises `Invalid`."""
    if updated_at is not None and updated_at > now + CLOCKS_DIFFER_BY:
        sentence = f"the referral cannot have changed later than now, {now.isoformat(timespec='seconds')}"
        raise Invalid(sentence, errors=[FieldError(field=f"{prefix}updated_at", rule="not-ahead", message=sentence)])


def clocks_for(message: ReferralSubmission) -> tuple[str, ...]:
    """The response clock is for referrals from adult social care that aren't emergencies (CE 4.3); urgent starts: CP 6.4."""
    names = []
    if message.source == "adult-social-care" and message.urgency != "emergency":
        names.append(RESPONSE_CLOCK)
    if message.urgency == "urgent":
        names.append(URGENT_CLOCK)
    return tuple(names)


def lacks(message: ReferralSubmission, path: str) -> bool:
    """Whether the submission says nothing in this field, or blanks."""
    value = _value_at(message, path)
    return not value.strip() if isinstance(value, str) else value in (None, ())


def _codes_at(message: Any, path: str) -> Iterator[tuple[str, str]]:
    value = _value_at(message, path)
    if isinstance(value, tuple):
        yield from ((f"{path}.{index}", code) for index, code in enumerate(value))
    elif value:
        yield path, value


def _value_at(message: Any, path: str) -> Any:
    value: Any = message
    for name in path.split("."):
        value = getattr(value, name, None)
    return value
