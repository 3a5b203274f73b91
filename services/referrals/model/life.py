"""The table of a referral's life: which step each status allows, where it leads, and what it is called elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Status = Literal[
    "incomplete",
    "submitted",
    "waiting",
    "accepted",
    "allocated",
    "offered",
    "provider_chosen",
    "in_support",
    "refused",
    "withdrawn",
    "closed",
]
Step = Literal[
    "see",
    "complete",
    "accept",
    "refuse",
    "place_on_waiting_list",
    "allocate",
    "offer",
    "choose_provider",
    "implement",
    "ask_provider_change",
    "end_provider",
    "withdraw",
    "close",
]

STEPS: Mapping[Status, Mapping[Step, Status]] = {
    "incomplete": {
        "see": "incomplete",
        "complete": "submitted",
        "refuse": "refused",
        "withdraw": "withdrawn",
        "close": "closed",
    },
    "submitted": {
        "see": "submitted",
        "accept": "accepted",
        "refuse": "refused",
        "place_on_waiting_list": "waiting",
        "withdraw": "withdrawn",
        "close": "closed",
    },
    "waiting": {
        "place_on_waiting_list": "waiting",
        "accept": "accepted",
        "refuse": "refused",
        "withdraw": "withdrawn",
        "close": "closed",
    },
    "accepted": {
        "allocate": "allocated",
        "offer": "offered",
        "implement": "in_support",
        "place_on_waiting_list": "waiting",
        "withdraw": "withdrawn",
        "close": "closed",
    },
    "allocated": {
        "allocate": "allocated",
        "offer": "offered",
        "implement": "in_support",
        "place_on_waiting_list": "waiting",
        "withdraw": "withdrawn",
        "close": "closed",
    },
    "offered": {
        "allocate": "offered",
        "offer": "offered",
        "choose_provider": "provider_chosen",
        "withdraw": "withdrawn",
        "close": "closed",
    },
    "provider_chosen": {
        "allocate": "provider_chosen",
        "implement": "in_support",
        "ask_provider_change": "provider_chosen",
        "end_provider": "accepted",
        "withdraw": "withdrawn",
        "close": "closed",
    },
    "in_support": {
        "allocate": "in_support",
        "ask_provider_change": "in_support",
        "end_provider": "accepted",
        "close": "closed",
    },
    "refused": {"close": "closed"},
    "withdrawn": {},
    "closed": {},
}
"""Which step leads where: the one table of a referral's life (CE 4.3, 4.4, 4.8; CP 3.2, 6.1). Nothing leads back from an
end: who is referred again has a new referral."""

CLAUSES: Mapping[Step, str] = {
    "see": "CE 4.3",
    "complete": "CE 4.3",
    "accept": "CE 4.3",
    "refuse": "CE 4.3",
    "place_on_waiting_list": "CE 4.8",
    "allocate": "CE 4.3",
    "offer": "CP 6.1",
    "choose_provider": "CP 3.2.2, 6.1",
    "implement": 'CE 3.2 "Early Help check", CP 3.2.5',
    "ask_provider_change": "CP 5.3",
    "end_provider": "CP 5.3",
    "withdraw": "ours",
    "close": "CE 4.4",
}
"""What asks for each step; `ours` where no clause does."""

OPEN: frozenset[Status] = frozenset(STEPS) - {"refused", "withdrawn", "closed"}
"""Statuses of a referral that somebody still has to do something for."""


@dataclass(frozen=True, kw_only=True)
class FhirStatus:
    """What a referral's status is in FHIR R4: of the Task that asks somebody to act, and of the ServiceRequest itself."""

    task: str
    service_request: str


FHIR: Mapping[Status, FhirStatus] = {
    "incomplete": FhirStatus(task="draft", service_request="draft"),
    "submitted": FhirStatus(task="requested", service_request="active"),
    "waiting": FhirStatus(task="on-hold", service_request="on-hold"),
    "accepted": FhirStatus(task="accepted", service_request="active"),
    "allocated": FhirStatus(task="ready", service_request="active"),
    "offered": FhirStatus(task="in-progress", service_request="active"),
    "provider_chosen": FhirStatus(task="in-progress", service_request="active"),
    "in_support": FhirStatus(task="in-progress", service_request="active"),
    "refused": FhirStatus(task="rejected", service_request="revoked"),
    "withdrawn": FhirStatus(task="cancelled", service_request="revoked"),
    "closed": FhirStatus(task="completed", service_request="completed"),
}
"""Each status in FHIR. `submitted` is `requested` until somebody has seen it and `received` from then on (`fhir_status`);
the status itself goes along as the Task's business status, because FHIR has fewer."""


def fhir_status(status: Status, *, seen: bool) -> FhirStatus:
    """The status in FHIR, which tells a referral that nobody has seen yet from one that somebody has."""
    if status == "submitted" and seen:
        return FhirStatus(task="received", service_request="active")
    return FHIR[status]
