"""Shapes of policy packs."""

from __future__ import annotations

from marshmallow import fields, validate

from gateway.schemas.common import COUNCIL, Asked, Told, WholeNumber, day, identifier, instant, words

VERSION = "Council and first day: cheshire-east/2019-04-01."
LONGEST_PACK = 1_000_000


class PackFilter(Asked):
    """On which day."""

    on = day("The pack in force on this day; today when left out.")


class PackLine(Told):
    """One version of one council's pack."""

    version = fields.String(required=True, metadata={"description": "Council and first day: cheshire-east/2019-04-01."})
    council_id = identifier(COUNCIL, required=True)
    council_name = fields.String()
    effective_on = day("The first day it holds.")
    source = fields.String()
    in_force = fields.Boolean(metadata={"description": "Whether it holds today."})
    withdrawn = fields.Boolean(metadata={"description": "Whether it was withdrawn before its first day."})


class PackList(Told):
    """Every pack."""

    items = fields.List(fields.Nested(PackLine), required=True)
    next = fields.String(required=True, allow_none=True)


class Pack(PackLine):
    """A pack in full."""

    values = fields.List(fields.Dict(), metadata={"description": "Each with its clause; `ours` marks our own reading."})
    clocks = fields.List(fields.Dict())
    calendars = fields.List(fields.String())


class NewPack(Asked):
    """A pack to publish."""

    content = fields.String(
        required=True,
        validate=validate.Length(min=1, max=LONGEST_PACK),
        metadata={"description": "The whole pack as YAML, as docs/policy.md describes it."},
    )


class PackWithdrawal(Asked):
    """A version that is withdrawn before its first day."""

    effective_on = day("The first day of the version.", required=True)
    reason = words("Why.", required=True, longest=200)


class PublishedPack(Told):
    """A pack that was published."""

    id = identifier("Its record.")
    version = fields.String(required=True, metadata={"description": VERSION})
    council_id = identifier(COUNCIL, required=True)
    effective_on = day("The first day it holds.")
    sha256 = fields.String(metadata={"description": "Of its lines, each ended by a line feed, in UTF-8."})
    published_at = instant("When it was published.")
    published_by = identifier("Who published it.")
    withdrawn_at = instant("When it was withdrawn, if it was.")
    withdrawn_by = identifier("Who withdrew it.")
    withdrawn_reason = fields.String()


class PackPair(Asked):
    """Which two versions."""

    before = fields.String(required=True, validate=validate.Length(min=1, max=200), metadata={"description": VERSION})
    after = fields.String(required=True, validate=validate.Length(min=1, max=200), metadata={"description": VERSION})


class PackChange(Told):
    """One name that two versions do not have alike."""

    section = fields.String(validate=validate.OneOf(["values", "clocks", "calendars"]))
    name = fields.String()
    change = fields.String(validate=validate.OneOf(["added", "removed", "changed"]))
    clause = fields.String(allow_none=True)
    before = fields.Dict(allow_none=True)
    after = fields.Dict(allow_none=True)


class PackChanges(Told):
    """What differs between two versions."""

    council_id = identifier(COUNCIL, required=True)
    before = fields.String(required=True)
    after = fields.String(required=True)
    items = fields.List(fields.Nested(PackChange), required=True)
    next = fields.String(required=True, allow_none=True)


class NewSimulation(Asked):
    """Which pack to look through: its text, or a version that is there."""

    content = fields.String(
        validate=validate.Length(min=1, max=LONGEST_PACK), metadata={"description": "A whole pack as YAML."}
    )
    version = fields.String(validate=validate.Length(min=1, max=200), metadata={"description": VERSION})
    limit = WholeNumber(
        validate=validate.Range(min=1, max=500),
        metadata={"description": "How many referrals to look at: 200 unless asked."},
    )
    after = fields.String(
        validate=validate.Length(min=1, max=1000), metadata={"description": "The `next` of the page before."}
    )


class PolicyEffect(Told):
    """One thing that would be otherwise."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(["clock", "missing", "component", "means", "eligibility", "refusal_reason"]),
    )
    record_id = identifier("The referral.", required=True)
    clock_id = identifier("The clock, where it is about one.")
    rule = fields.String(metadata={"description": "The clock's number in the pack, such as C1."})
    name = fields.String(required=True, metadata={"description": "The clock, value or code that it is about."})
    before = fields.String(metadata={"description": "Under today's pack; for a clock its due instant."})
    after = fields.String(metadata={"description": "Under the other pack."})
    would_breach = fields.Boolean(
        metadata={
            "description": "Whether the clock would be overdue the moment the pack takes effect, and is not today."
        }
    )
    note = fields.String()


class Simulation(Told):
    """What a pack would change for a page of referrals."""

    council_id = identifier(COUNCIL, required=True)
    before = fields.String(required=True, metadata={"description": "The pack in force today."})
    after = fields.String(required=True, metadata={"description": "The pack looked through."})
    at = instant("When it would begin to matter.")
    left_open = fields.List(
        fields.String(),
        metadata={
            "description": "What today's pack sets and the other leaves open: whoever needs it would be stopped."
        },
    )
    looked_at = WholeNumber(required=True, metadata={"description": "How many referrals this page looked at."})
    items = fields.List(fields.Nested(PolicyEffect), required=True)
    next = fields.String(required=True, allow_none=True)
