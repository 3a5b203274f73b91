"""Lists of funds as their readers may see them: whole, or in sums."""

from __future__ import annotations

from typing import Any

from gateway.asking import ask, may
from gateway.services import LEDGER
from shared.errors import invalid

IN_SUMS = (
    "id",
    "version",
    "council_id",
    "provider_id",
    "weekly_budget_pence",
    "opened_on",
    "starts_on",
    "support_ended_on",
    "moved_to",
    "moved_from",
    "status",
    "policy_version",
)
"""What a list says of a fund to who sees funds in sums: nothing of whose it is, nor of its plan."""


def list_funds(query: dict[str, Any]) -> dict[str, Any]:
    """A page of the funds that are the reader's to see.

    Raises `Invalid` where one person's are asked for by who may not know whose a fund is.
    """
    if may("funds.read"):
        return ask(LEDGER, "list_funds", query)
    if query.get("person_id") is not None:
        raise invalid("person_id", "not-in-sums", "Who sees funds in sums does not ask for one person's.")
    page = ask(LEDGER, "list_funds", query)
    return page | {"items": [_in_sums(fund) for fund in page["items"]]}


def _in_sums(fund: dict[str, Any]) -> dict[str, Any]:
    return {name: fund[name] for name in IN_SUMS if name in fund}
