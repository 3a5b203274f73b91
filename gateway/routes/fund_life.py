"""A fund's life around its money: budget and outcomes, drafts of the plan, sign-offs, PATH, the start (CP 3.2)."""

from __future__ import annotations

from functools import partial
from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import change
from gateway.routes.passing import changing, reading
from gateway.schemas import fund_life as shapes
from gateway.schemas.ledger import Fund
from gateway.services import LEDGER

Fields = dict[str, Any]

fund_life = ApiBlueprint(
    "fund_life", __name__, description="A fund's life: seven steps from the budget to its reviews (CP 3.2)."
)
_read = partial(reading, fund_life, service=LEDGER)
_change = partial(changing, fund_life, service=LEDGER, answer=shapes.FundLife)

_read(
    "/funds/<id:id>/life",
    "funds.life",
    "Read the seven steps of a fund and what stands around its money (CP 3.2).",
    method="get_fund_life",
    answer=shapes.FundLife,
)
_read(
    "/funds/<id:id>/outcomes",
    "funds.outcomes",
    "Read what was spent on each outcome: every pound is traced to one, or shown as serving none.",
    method="get_fund_outcomes",
    answer=shapes.FundOutcomes,
)
_change(
    "/funds/<id:id>/arrangement",
    "funds.arrange",
    "Set out the budget, its outcomes, Lot, entitlement, deployment and rates (CP 1.3, 3.1, 3.2.1, 3.4).",
    method="arrange_fund",
    body=shapes.FundArrangement,
)
_change(
    "/funds/<id:id>/plan-drafts",
    "funds.draft_plan",
    "Draw up the plan with its costs; each line names the outcome it serves (CP 3.2.3).",
    method="draft_plan",
    body=shapes.NewDraft,
    status=201,
)
_change(
    "/funds/<id:id>/sign-offs",
    "funds.sign_off",
    "Record what the person and their circle of support signed off (CP 6.6).",
    method="sign_off",
    body=shapes.SignOffs,
    status=201,
)
_change(
    "/funds/<id:id>/path",
    "funds.record_path",
    "Record the person's PATH, in order, as far as it has come (CP 6.14).",
    method="record_path",
    body=shapes.NewPath,
    status=201,
)
_change(
    "/funds/<id:id>/working-agreement",
    "funds.record_working_agreement",
    "Record the written agreement of how broker and person work together (CP Sch V).",
    method="record_working_agreement",
    body=shapes.NewWorkingAgreement,
    status=201,
)
_change(
    "/funds/<id:id>/start",
    "funds.start_plan",
    "Record that support under the agreed plan has started (CP 3.2.5), never before it was agreed (CP 3.2.4).",
    method="start_plan",
    body=shapes.PlanStart,
)


@fund_life.operation("POST", "/funds/<id:fund_id>/plan-drafts/<int:draft>/agree", "funds.agree_draft", answer=Fund)
def agree_draft(fund_id: str, draft: int) -> Fields:
    """Agree the latest draft as the plan (CP 3.2.4). Whoever wrote it cannot agree it."""
    return change(LEDGER, "agree_draft", {"id": fund_id, "draft": draft})
