"""The test of who may receive a direct payment: four conditions with capacity, five without, and what bars it for everyone.

Which conditions there are is the council's pack's; here is which of them bite, and what follows from what was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from services.referrals.errors import CapacityTestConcluded, CapacityTestOpen, UnknownCondition
from shared.errors import FieldError, Invalid

Row = Mapping[str, Any]
RecipientKind = Literal["person", "nominee", "authorised_person", "suitable_person"]
RECIPIENTS: tuple[RecipientKind, ...] = ("person", "nominee", "authorised_person", "suitable_person")
Outcome = Literal["open", "met", "not_met"]
COUNCIL_AGREES = "council-agrees"


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Whom the payment would be made to, and by which route they come in (CE 3.2 "Exclusions")."""

    kind: RecipientKind
    party_id: str
    route: str | None = None
    scope: str | None = None
    authorised_person_id: str | None = None
    authorised_agreed_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition as the pack had it. An exclusion has no number, and bars the payment where it holds."""

    code: str
    label: str
    clause: str
    number: int | None = None
    bars: bool = False
    left_out_because: str | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Whether a condition holds: who found so, on which day, on what evidence."""

    condition: str
    holds: bool
    evidence: str
    found_by: str
    found_on: date
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class CapacityTest:
    """One test: the conditions that the pack asked for when it began, and every finding in order; the last one counts."""

    has_capacity: bool
    recipient: Recipient
    conditions: tuple[Condition, ...]
    policy: str
    begun_by: str
    begun_at: datetime
    findings: tuple[Finding, ...] = ()
    outcome: Outcome = "open"
    concluded_by: str | None = None
    concluded_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What follows from the findings so far: those conditions that fail, and those without evidence."""

    outcome: Outcome
    failed: tuple[Condition, ...] = ()
    unproved: tuple[Condition, ...] = ()

    @property
    def words(self) -> str:
        """The outcome in a sentence, naming each condition and its clause."""
        if self.outcome == "met":
            return "met: every condition is evidenced"
        if self.outcome == "not_met":
            return f"not met because {'; '.join(map(_fails, self.failed))}"
        return f"still open: no evidence yet for {'; '.join(map(_named, self.unproved))}"


def check_recipient(recipient: Recipient, routes: Iterable[Row], *, has_capacity: bool) -> Row | None:
    """The pack's row of the recipient's route, where it comes by one. Raises `Invalid` naming each field that does not fit."""
    if has_capacity:
        _refuse(_faults_with_capacity(recipient))
        return None
    row = next((row for row in routes if row["route"] == recipient.route), None)
    _refuse(_faults_without_capacity(recipient, row))
    return row


def conditions_of(
    rows: Iterable[Row], exclusions: Iterable[Row], recipient: Recipient, route: Row | None, *, has_capacity: bool
) -> tuple[Condition, ...]:
    """What has to be evidenced for this recipient, and what does not bite, with why."""
    wanted = "with" if has_capacity else "without"
    asked = [_condition(row, recipient, route) for row in rows if row["capacity"] == wanted]
    barring = [
        Condition(code=row["exclusion"], label=row["label"], clause=f"{row['clause']}; {row['law']}", bars=True)
        for row in exclusions
    ]
    return (*asked, *_agreement(route), *barring)


def with_finding(test: CapacityTest, finding: Finding) -> CapacityTest:
    """The test with one more finding. Raises `UnknownCondition`, `CapacityTestConcluded`."""
    if test.outcome != "open":
        raise CapacityTestConcluded("the test has been concluded; what is found now belongs to a new one")
    asked = {condition.code for condition in _asked(test)}
    if finding.condition not in asked:
        message = f"the test does not ask for this condition; it asks for: {', '.join(sorted(asked))}"
        raise UnknownCondition(message, errors=[FieldError(field="condition", rule="policy", message=message)])
    return replace(test, findings=(*test.findings, finding))


def standing(test: CapacityTest) -> Standing:
    """Where the test stands. One condition that fails decides it; it is met only when all are evidenced (CE 3.2 "Exclusions")."""
    found = latest(test)
    failed = tuple(c for c in _asked(test) if c.code in found and found[c.code].holds == c.bars)
    unproved = tuple(c for c in _asked(test) if c.code not in found)
    if failed:
        return Standing(outcome="not_met", failed=failed, unproved=unproved)
    return Standing(outcome="open", unproved=unproved) if unproved else Standing(outcome="met")


def concluded(test: CapacityTest, *, by: str, at: datetime) -> CapacityTest:
    """The test with its outcome. Raises `CapacityTestOpen` while a condition has no evidence, `CapacityTestConcluded`."""
    if test.outcome != "open":
        raise CapacityTestConcluded(f"the test came out {standing(test).words}")
    stands = standing(test)
    if stands.outcome == "open":
        raise CapacityTestOpen(f"the test is {stands.words}")
    return replace(test, outcome=stands.outcome, concluded_by=by, concluded_at=at)


def latest(test: CapacityTest) -> dict[str, Finding]:
    """The finding that counts, by condition."""
    return {finding.condition: finding for finding in test.findings}


def _asked(test: CapacityTest) -> list[Condition]:
    return [condition for condition in test.conditions if condition.left_out_because is None]


def _condition(row: Row, recipient: Recipient, route: Row | None) -> Condition:
    return Condition(
        code=row["condition"],
        label=row["label"],
        clause=row["clause"],
        number=row["number"],
        left_out_because=_left_out(row.get("when"), recipient, route),
    )


def _left_out(when: str | None, recipient: Recipient, route: Row | None) -> str | None:
    """Why a condition does not bite: `when` names whom it is for."""
    if when == "nominated" and recipient.kind != "nominee":
        return "Nobody is nominated."
    if when == "suitable_person" and not (route and route["needs_authorised_agreement"]):
        is_authorised = recipient.kind == "authorised_person"
        return "The recipient is authorised themselves." if is_authorised else "Nobody is authorised."
    return None


def _agreement(route: Row | None) -> tuple[Condition, ...]:
    """The council's own agreement that a recipient is suitable, where the route asks for it (routes b and c)."""
    if route is None or not route["needs_council_agreement"]:
        return ()
    return (Condition(code=COUNCIL_AGREES, label="The council considers them suitable", clause=route["clause"]),)


def _faults_with_capacity(recipient: Recipient) -> list[FieldError]:
    faults = []
    if recipient.kind not in ("person", "nominee"):
        faults.append(_fault("kind", "a person with capacity receives the payment, or nominates someone who does"))
    if recipient.kind == "nominee" and not recipient.scope:
        faults.append(_fault("scope", "say what the nominee is responsible for"))
    if recipient.route is not None:
        faults.append(_fault("route", "routes are for people without capacity"))
    return faults


def _faults_without_capacity(recipient: Recipient, row: Row | None) -> list[FieldError]:
    if row is None:
        return [_fault("route", "say by which route of the council's policy the recipient comes in")]
    faults = []
    if recipient.kind != row["recipient"]:
        faults.append(_fault("kind", f"who comes in by route {row['route']} is {row['recipient'].replace('_', ' ')}"))
    if row["needs_authorised_agreement"] and not (recipient.authorised_person_id and recipient.authorised_agreed_on):
        faults.append(_fault("authorised_person_id", "say who is authorised, and on which day they agreed"))
    if recipient.kind == "suitable_person" and not row["needs_authorised_agreement"] and recipient.authorised_person_id:
        faults.append(_fault("authorised_person_id", f"route {row['route']} is open only where nobody is authorised"))
    return faults


def _fault(field: str, message: str) -> FieldError:
    return FieldError(field=f"recipient.{field}", rule="route", message=f'{message} (CE 3.2 "Exclusions")')


def _refuse(faults: list[FieldError]) -> None:
    if faults:
        raise Invalid("; ".join(fault.message for fault in faults), errors=faults)


def _named(condition: Condition) -> str:
    number = f"condition {condition.number}, " if condition.number else ""
    return f"{number}{condition.label[:1].lower()}{condition.label[1:]} ({condition.clause})"


def _fails(condition: Condition) -> str:
    verdict = "which bars any direct payment" if condition.bars else "was found not to hold"
    return f"{_named(condition)} {verdict}"
