"""Surpluses and their path (CP 5.4, 9.5), and the end of a provider's agreement (CP 4.7)."""

from __future__ import annotations

from functools import partial

from gateway.api import ApiBlueprint
from gateway.routes.passing import changing, listing, reading
from gateway.schemas import surplus as shapes
from gateway.schemas.variations import ListPage
from gateway.services import LEDGER

surpluses = ApiBlueprint(
    "surpluses", __name__, description="Surpluses, from being told to being returned; the end of an agreement."
)
_read = partial(reading, surpluses, service=LEDGER)
_list = partial(listing, surpluses, service=LEDGER)
_of_surplus = partial(changing, surpluses, service=LEDGER, answer=shapes.Surplus)
_of_termination = partial(changing, surpluses, service=LEDGER, answer=shapes.Termination)

_of_surplus(
    "/funds/<id:id>/surpluses",
    "surpluses.report",
    "Tell the council of a surplus (CP 5.4). The ledger does so by itself when a payment comes in.",
    method="report_surplus",
    body=shapes.SurplusReport,
    status=201,
)
_list(
    "/funds/<id:id>/surpluses",
    "surpluses.list",
    "List a fund's surpluses, the newest first.",
    method="list_surpluses",
    query=ListPage,
    item=shapes.Surplus,
)
_read("/surpluses/<id:id>", "surpluses.read", "Read a surplus.", method="get_surplus", answer=shapes.Surplus)
_of_surplus(
    "/surpluses/<id:id>/notice",
    "surpluses.give_notice",
    "Give notice in plain words; the person and the provider may answer (CP 9.5).",
    method="give_surplus_notice",
    body=shapes.SurplusWords,
)
_of_surplus(
    "/surpluses/<id:id>/reply",
    "surpluses.reply",
    "Answer a notice: give a reason to keep the money (CP 9.5).",
    method="reply_to_surplus",
    body=shapes.SurplusWords,
)
_of_surplus(
    "/surpluses/<id:id>/decide",
    "surpluses.decide",
    "Decide: the excess goes back, or stays for an agreed reason (CP 9.5). Not before an answer, or the end of its time.",
    method="decide_surplus",
    body=shapes.SurplusRuling,
)
_of_surplus(
    "/surpluses/<id:id>/challenge",
    "surpluses.challenge",
    "Challenge an order; nothing goes back until another officer has decided.",
    method="challenge_surplus",
    body=shapes.SurplusWords,
)
_of_surplus(
    "/surpluses/<id:id>/return",
    "surpluses.return",
    "Record that what was ordered came back; the entry is posted once.",
    method="return_surplus",
    body=shapes.SurplusReturn,
)
_of_termination(
    "/terminations",
    "terminations.record",
    "Record that a provider's agreement was terminated (CP 4.7): balances come back at once, the council settles in its time.",
    method="terminate_agreement",
    body=shapes.NewTermination,
    status=201,
)
_list(
    "/terminations",
    "terminations.list",
    "List terminated agreements, the latest first.",
    method="list_terminations",
    query=shapes.TerminationFilter,
    item=shapes.Termination,
)
_read(
    "/terminations/<id:id>",
    "terminations.read",
    "Read a termination: what came back, and what has still to.",
    method="get_termination",
    answer=shapes.Termination,
)
_of_termination(
    "/terminations/<id:id>/repayments",
    "terminations.repay",
    "Record that one fund's whole balance came back (CP 4.7).",
    method="record_repayment",
    body=shapes.NewRepayment,
)
_of_termination(
    "/terminations/<id:id>/settle",
    "terminations.settle",
    "Record that the council paid what it owed the provider (CP 4.7).",
    method="settle_agreement",
    body=shapes.NewSettlement,
)
