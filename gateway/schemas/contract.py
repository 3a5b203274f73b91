"""Shapes: a contract's duties and notices."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.cases import CaseAct, CaseRecord
from gateway.schemas.clocks import Clock
from gateway.schemas.common import COUNCIL, Asked, Page, Told, day, identifier, instant, one_of, words

KINDS = ("improper-conduct", "interruption", "improper-disclosure", "monitoring-change")
STATUSES = ("open", "told", "effective")


class NewDuties(Asked):
    """A contract that starts."""

    council_id = identifier(COUNCIL, required=True)
    starts_on = day("The day from which its duties are counted.", required=True)
    provider_id = identifier("The provider it is with; left out, the support service's own contract.")
    duties = words("Only these of the contract's duties.", longest=100, many=True)


class DutyDone(Asked):
    """That a duty was done."""

    duty = words("Which: a clock of the council's policy.", required=True, longest=100)
    done_on = day("When.", required=True)
    reference = words("Where it can be looked up; the same one counts once.", longest=200)


class Begun(Told):
    """A series."""

    duty = fields.String()
    starts_on = day("From when it is counted.")


class Done(Told):
    """One time that a duty was done."""

    duty = fields.String()
    done_on = day("When.")
    by = identifier("Who recorded it.")
    at = instant("When that was.")
    reference = fields.String()
    occurrence = fields.Integer(metadata={"description": "Which of the series it counts for; none for one more."})


class ContractDuties(CaseRecord):
    """What a contract asks for again and again."""

    begun = fields.List(fields.Nested(Begun))
    done = fields.List(fields.Nested(Done))
    clocks = fields.List(fields.Nested(Clock))


class DutiesFilter(Page):
    """Which contracts to list."""

    provider_id = identifier("Only that with this provider.")


class NewContractNotice(Asked):
    """What the contract wants told at once, or a change in monitoring that is announced."""

    council_id = identifier(COUNCIL, required=True)
    kind = one_of("What it is about.", KINDS, required=True)
    text = words("What happened, or what changes: in the record alone.", required=True)
    known_at = instant("When it was known, or announced; left out, now.")


class NoticeRun(Told):
    """Until when the notice of a change runs."""

    rule = fields.String()
    clause = fields.String()
    until_on = day("The day; the change takes effect no sooner.")
    policy = fields.String()
    explanation = fields.Dict(metadata={"description": "Every day of it."})


class ContractNotice(CaseRecord):
    """A notice."""

    kind = fields.String(metadata={"enum": list(KINDS)})
    text = fields.String()
    known_at = instant("When it was known, or announced.")
    status = fields.String(metadata={"enum": list(STATUSES)})
    effective_on = day("From when a change holds.")
    run = fields.Nested(NoticeRun, metadata={"description": "Of a change that is announced."})
    acts = fields.List(fields.Nested(CaseAct))
    clocks = fields.List(fields.Nested(Clock))


class NoticeFilter(Page):
    """Which notices to list."""

    kind = one_of("Only those.", KINDS)
    status = one_of("Only those.", STATUSES)


class ChangeEffective(Asked):
    """From when a change holds."""

    effective_on = day("The day.", required=True)
    note = words("Kept in the record, never told on.", longest=2000)
