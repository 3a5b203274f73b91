"""Decisions in somebody's best interests."""

from __future__ import annotations

from functools import partial

from gateway.api import ApiBlueprint
from gateway.routes.passing import changing, listing, reading
from gateway.schemas import best_interests as shapes
from gateway.services import REFERRALS

best_interests = ApiBlueprint("best_interests", __name__, description="Decisions in somebody's best interests.")
_read = partial(reading, best_interests, service=REFERRALS)
_list = partial(listing, best_interests, service=REFERRALS)
_change = partial(changing, best_interests, service=REFERRALS)

_change(
    "/referrals/<id:referral_id>/best-interests",
    "best_interests.begin",
    "Record that a decision is to be made for somebody without the capacity to make it, and who makes it (CP 5.2).",
    method="begin_best_interests",
    body=shapes.NewBestInterests,
    answer=shapes.BestInterests,
    status=201,
)
_list(
    "/best-interests",
    "best_interests.list",
    "List best-interest decisions, the newest first.",
    method="list_best_interests",
    query=shapes.BestInterestsFilter,
    item=shapes.BestInterests,
)
_read(
    "/best-interests/<id:id>",
    "best_interests.read",
    "Read one best-interest decision.",
    method="get_best_interests",
    answer=shapes.BestInterests,
)
_change(
    "/best-interests/<id:id>/advocate",
    "best_interests.name_advocate",
    "Name the advocate; without family one is involved, and joins Care Act reviews (CP 5.2).",
    method="name_advocate",
    body=shapes.NewAdvocate,
    answer=shapes.BestInterests,
)
_change(
    "/best-interests/<id:id>/decision",
    "best_interests.decide",
    "Record what is in the person's best interests (CP 5.2, 6.16); until then no provider is chosen.",
    method="decide_best_interests",
    body=shapes.NewOutcome,
    answer=shapes.BestInterests,
)
