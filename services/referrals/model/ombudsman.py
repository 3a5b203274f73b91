"""An Ombudsman's case about a complaint: what is recommended, and what came of it (CE 7.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from services.referrals.errors import StepNotPossible
from shared.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """What the Ombudsman recommends, and how it was carried out."""

    recommendation_id: str
    text: str
    due_on: date | None = None
    done_on: date | None = None
    done_by: str | None = None
    how: str | None = None


@dataclass(frozen=True, kw_only=True)
class OmbudsmanCase:
    """The Ombudsman's case; `reference` is theirs."""

    reference: str
    opened_at: datetime
    opened_by: str
    recommendations: tuple[Recommendation, ...] = ()

    @property
    def open_recommendations(self) -> tuple[Recommendation, ...]:
        """Those that are still to be carried out."""
        return tuple(one for one in self.recommendations if one.done_on is None)


def recommended(case: OmbudsmanCase | None, recommendation: Recommendation) -> OmbudsmanCase:
    """The case with one recommendation more. Raises `StepNotPossible` without a case."""
    known = _the(case)
    return replace(known, recommendations=(*known.recommendations, recommendation))


def carried_out(case: OmbudsmanCase | None, recommendation_id: str, *, on: date, by: str, how: str) -> OmbudsmanCase:
    """The case with this recommendation carried out. Raises `NotFound`, `StepNotPossible`."""
    known = _the(case)
    found = next((r for r in known.recommendations if r.recommendation_id == recommendation_id), None)
    if found is None:
        raise NotFound(f"there is no recommendation {recommendation_id}")
    if found.done_on is not None:
        raise StepNotPossible("the recommendation was carried out before")
    done = replace(found, done_on=on, done_by=by, how=how)
    kept = tuple(done if r.recommendation_id == recommendation_id else r for r in known.recommendations)
    return replace(known, recommendations=kept)


def _the(case: OmbudsmanCase | None) -> OmbudsmanCase:
    if case is None:
        raise StepNotPossible("there is no Ombudsman's case about it yet; open one first")
    return case
