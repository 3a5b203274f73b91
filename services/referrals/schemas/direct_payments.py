"""A direct payment that runs."""

from __future__ import annotations

from services.referrals.schemas.commands import ById
from shared.schemas import DayField


class DirectPayment(ById):
    implemented_on = DayField(required=True)
