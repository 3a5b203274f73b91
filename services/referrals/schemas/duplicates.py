"""Flags of possible duplicates."""

from __future__ import annotations

from services.referrals.schemas.commands import WithReason
from shared.schemas import IdField


class ClearDuplicate(WithReason):
    duplicate_id = IdField(required=True)
