"""One sample fund as the ledger tells it, with all that stands around it."""

from __future__ import annotations

from typing import Any

from tests.support.gateway_fakes import a_clock

LINE = {
    "line_id": "line-1",
    "outcome_id": "out-1",
    "category": "day-opportunities",
    "weekly_cost_pence": 100_000,
    "payee_id": None,
}
FUND: dict[str, Any] = {
    "id": "fund-1",
    "version": 4,
    "council_id": "cambridgeshire-peterborough",
    "person_id": "per-0001",
    "provider_id": "prov-1",
    "status": "active",
    "opened_on": "2026-01-05",
    "starts_on": "2026-01-05",
    "weekly_budget_pence": 123_450,
    "plan": {
        "written_by": "provider-1",
        "agreed_by": "worker-1",
        "agreed_on": "2026-01-12",
        "weekly_cost_pence": 100_000,
        "lines": [LINE],
    },
}


def a_position() -> dict[str, Any]:
    """Where it stands: a shortfall is to be expected in June."""
    sums = {
        "weekly_budget": 123_450,
        "budget_to_date": 987_600,
        "received_to_date": 493_800,
        "spent_to_date": 273_799,
        "fees_to_date": 0,
        "in_hand": 220_001,
        "committed": 20_000,
        "allocated": 0,
        "available": 200_001,
        "surplus_above": 1_481_400,
    }
    return {f"{name}_pence": pence for name, pence in sums.items()} | {
        "fund_id": "fund-1",
        "council_id": "cambridgeshire-peterborough",
        "status": "active",
        "on": "2026-03-02",
        "year": {"from": "2026-01-05", "to": "2027-01-04"},
        "forecast": {
            "weeks_ahead": 26,
            "weekly_cost_pence": 100_000,
            "surplus_on": None,
            "shortfall_on": "2026-06-01",
        },
        "clause": "CP 5.4",
        "policy_version": "cambridgeshire-peterborough/2020-04-01",
    }


DRAFT: dict[str, Any] = {
    "draft": 1,
    "written_by": "provider-1",
    "written_at": "2026-01-08T10:00:00Z",
    "agreed": True,
    "weekly_cost_pence": 100_000,
    "lines": [LINE],
}


def life_steps() -> list[dict[str, Any]]:
    """The plan is agreed, support has not started."""
    taken = ("2026-01-05", "2026-01-05", "2026-01-08", "2026-01-12", None, None, None)
    words = {4: "The social worker agrees the plan", 5: "The plan is enacted and support starts"}
    return [
        {
            "number": number,
            "code": f"step-{number}",
            "words": words.get(number, f"Step {number}"),
            "clause": f"CP 3.2.{number}",
            "by": "council",
            "done_on": done_on,
        }
        for number, done_on in enumerate(taken, start=1)
    ]


def a_life(**changes: Any) -> dict[str, Any]:
    """Its seven steps, and what stands around its money."""
    usual = {
        "id": "fund-1",
        "fund_id": "fund-1",
        "version": 3,
        "status": "active",
        "steps": life_steps(),
        "next_step": "step-5",
        "lot": "lot-1",
        "entitlement": "care-act",
        "voucher_code": "",
        "outcomes": [{"outcome_id": "out-1", "words": "To see my friends"}],
        "deployment": [{"way": "isf", "weekly_pence": 123_450}],
        "personal_budget_pence": 123_450,
        "budget_lines": [],
        "drafts": [DRAFT],
        "sign_offs": {"done": 2, "of": 15, "no_circle_reason": "", "items": [], "signatures": []},
        "path": None,
        "working_agreement": None,
        "started_on": None,
        "reviews": [],
    }
    return usual | changes


def fund_answers() -> dict[str, Any]:
    """What the ledger answers about the fund, by the name of the call."""
    clock = a_clock(1, name="fund_summary", rule="C15", clause="CP 9.8", due_at="2026-03-01T23:59:59Z")
    money = {"outcome_id": "out-1", "words": "To see my friends", "in_plan": True, "entry_ids": []}
    nothing: dict[str, Any] = {"items": [], "next": None}
    return {
        "get_fund": FUND,
        "get_position": a_position(),
        "get_fund_life": a_life(),
        "get_fund_outcomes": {
            "fund_id": "fund-1",
            "spent_pence": 273_799,
            "outcomes": [money | {"weekly_planned_pence": 100_000, "spent_pence": 273_799}],
        },
        "get_fund_duties": {
            "id": "fund-1",
            "version": 1,
            "fund_id": "fund-1",
            "council_id": "cambridgeshire-peterborough",
            "ended": False,
            "due": [{"duty": "annual-summary", "clocks": [clock]}],
            "met": [],
        },
        "list_variations": nothing,
        "list_notices": nothing,
        "list_surpluses": nothing,
    }
