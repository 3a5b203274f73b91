"""What is due for a fund, and what was done."""

from __future__ import annotations

from marshmallow import fields, validate

from services.ledger.model.duties import SERIES, FundDuties
from services.ledger.schemas.common import JSON, Text, optional_day
from services.ledger.schemas.life import FundCommand
from shared.messaging.aggregates import Stored
from shared.policy.clock_forms import clock_line


class MeetDutySchema(FundCommand):
    duty = fields.String(required=True, validate=validate.OneOf(tuple(SERIES)))
    met_on = optional_day()
    reference = Text(longest=200, load_default="")


def duties_out(stored: Stored[FundDuties]) -> JSON:
    """A fund's duties: when each is due next, and every time that it was met."""
    duties = stored.state
    return {
        "id": stored.id,
        "version": stored.version,
        "fund_id": duties.fund_id,
        "council_id": stored.council_id,
        "ended": duties.ended,
        "due": [
            {
                "duty": duty,
                "clocks": [clock_line(c, duties.clocks) for c in duties.clocks if c.name == name and c.is_open],
            }
            for duty, name in SERIES.items()
        ],
        "met": [
            {
                "duty": met.duty,
                "occurrence": met.occurrence,
                "met_on": met.met_on.isoformat(),
                "met_by": met.met_by,
                "reference": met.reference,
            }
            for met in duties.met
        ],
    }
