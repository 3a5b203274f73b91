"""What is due for a fund, variations, crises and notices (CP 4.1 to 4.5, 5.4, 9.8, 10.3)."""

from __future__ import annotations

from functools import partial
from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import change
from gateway.routes.passing import changing, listing, reading
from gateway.schemas import variations as shapes
from gateway.services import LEDGER

Fields = dict[str, Any]

variations = ApiBlueprint(
    "variations", __name__, description="What is due for a fund; changes of it, crises, and notices to the council."
)
_read = partial(reading, variations, service=LEDGER)
_list = partial(listing, variations, service=LEDGER, query=shapes.ListPage)
_change = partial(changing, variations, service=LEDGER)
_vary = partial(_change, answer=shapes.Variation)

_read(
    "/funds/<id:id>/duties",
    "funds.duties",
    "Read what is due for a fund, with its clocks: payments, contribution invoices, summaries, the month's data.",
    method="get_fund_duties",
    answer=shapes.FundDuties,
)
_change(
    "/funds/<id:id>/duties/<string:duty>/meet",
    "funds.meet_duty",
    "Record that a contribution was invoiced (CP 5.4), or that a summary (CP 9.8) or the month's data (CP 10.3) were given.",
    method="meet_duty",
    body=shapes.DutyMet,
    answer=shapes.FundDuties,
)
_vary(
    "/funds/<id:id>/variations",
    "variations.request",
    "Ask for a change in writing, with its breakdown, costs and evidence (CP 4.1).",
    method="request_variation",
    body=shapes.NewVariation,
    status=201,
)
_list(
    "/funds/<id:id>/variations",
    "variations.list",
    "List a fund's variations, the newest first.",
    method="list_variations",
    item=shapes.Variation,
)
_vary(
    "/funds/<id:id>/crises",
    "variations.open_crisis",
    "Record that care was adjusted in a crisis; the time to contact the representative runs (CP 4.3).",
    method="open_crisis",
    body=shapes.NewCrisis,
    status=201,
)
_read(
    "/variations/<id:id>",
    "variations.read",
    "Read a variation.",
    method="get_variation",
    answer=shapes.Variation,
)
_vary(
    "/variations/<id:id>/contact",
    "variations.contact",
    "Record that the Social Care Representative was told of the crisis (CP 4.3).",
    method="contact_representative",
    body=shapes.Contacted,
)
_vary(
    "/variations/<id:id>/request",
    "variations.follow_crisis",
    "Make the written request that a crisis is followed by (CP 4.3).",
    method="follow_crisis",
    body=shapes.NewVariation,
)
_vary(
    "/variations/<id:id>/decide",
    "variations.decide",
    "Approve or refuse; never by whoever asked. The fund takes an approved change over a moment later (CP 4.2).",
    method="decide_variation",
    body=shapes.VariationRuling,
)
_change(
    "/funds/<id:id>/notices",
    "fund_notices.note",
    "Record that needs have decreased or finances have changed; the time to tell the council runs (CP 4.4, 4.5).",
    method="note_for_council",
    body=shapes.NewNotice,
    answer=shapes.Notice,
    status=201,
)
_list(
    "/funds/<id:id>/notices",
    "fund_notices.list",
    "List a fund's notices to the council, the newest first.",
    method="list_notices",
    item=shapes.Notice,
)
_change(
    "/fund-notices/<id:id>/give",
    "fund_notices.give",
    "Record that the council was told.",
    method="give_notice",
    body=shapes.NoticeGiven,
    answer=shapes.Notice,
)


@variations.operation("POST", "/variations/<id:variation_id>/withdraw", "variations.withdraw", answer=shapes.Variation)
def withdraw_variation(variation_id: str) -> Fields:
    """Take a request back that nobody has decided."""
    return change(LEDGER, "withdraw_variation", {"id": variation_id})
