"""The table of a referral's life: which step each status allows, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Status = Literal[
    "incomplete", "submitted", "accepted", "refused", "waiting", "offered", "provider_chosen", "in_support", "closed"
]
Step = Literal[
    "complete",
    "accept",
    "refuse",
    "place_on_waiting_list",
    "allocate",
    "offer",
    "choose_provider",
    "implement",
    "close",
]

STEPS: Mapping[Status, Mapping[Step, Status]] = {
    "incomplete": {"complete": "submitted", "refuse": "refused", "close": "closed"},
    "submitted": {"accept": "accepted", "refuse": "refused", "place_on_waiting_list": "waiting", "close": "closed"},
    "waiting": {"accept": "accepted", "refuse": "refused", "close": "closed"},
    "accepted": {
        "allocate": "accepted",
        "offer": "offered",
        "implement": "in_support",
        "place_on_waiting_list": "waiting",
        "close": "closed",
    },
    "offered": {"offer": "offered", "choose_provider": "provider_chosen", "close": "closed"},
    "provider_chosen": {"implement": "in_support", "close": "closed"},
    "in_support": {"allocate": "in_support", "close": "closed"},
    "refused": {},
    "closed": {},
}
"""Which step leads where: the one table of a referral's life (CE 4.3, 4.4, 4.8; CP 3.2, 6.1)."""

ANSWERED_BY = frozenset({"accept", "refuse", "place_on_waiting_list"})
"""Steps that answer the referrer and so stop the response clock (CE 4.3)."""
