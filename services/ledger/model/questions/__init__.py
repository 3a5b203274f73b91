"""Every question that may be asked of the rules. A new one is its module, its place here, and its facts in
`schemas/facts.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.ledger.model.decisions import Question
from services.ledger.model.questions.dates import CONTRIBUTION_DATE, SUMMARY_DATES
from services.ledger.model.questions.fee import FEE
from services.ledger.model.questions.payments_due import PAYMENTS_DUE
from services.ledger.model.questions.residential_days import RESIDENTIAL_DAYS_LEFT
from services.ledger.model.questions.spend import SPEND
from services.ledger.model.questions.surplus import SURPLUS
from services.ledger.model.questions.termination_dates import TERMINATION_DATES

QUESTIONS: Mapping[str, Question] = {
    question.name: question
    for question in (
        SPEND,
        RESIDENTIAL_DAYS_LEFT,
        SURPLUS,
        TERMINATION_DATES,
        PAYMENTS_DUE,
        CONTRIBUTION_DATE,
        SUMMARY_DATES,
        FEE,
    )
}
