"""Whose it is, on every call: what belongs to another council or another provider is not there, whatever is asked of it.

Each of the service's methods stands in one of the tables below, or the first test fails.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from services.ledger.service import LedgerService
from shared.context import Caller
from shared.messaging.calls.client import ServiceRefusal
from shared.messaging.calls.entrypoint import StewardRpc
from shared.runtime.service import StewardService
from tests.support import statement_files
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually

COUNCIL = "cambridgeshire-peterborough"
DAY = A_MONDAY_MORNING.date().isoformat()
OFFICER = Caller(actor_id="officer-1", roles=("finance_officer",), councils=(COUNCIL,))
SOCIAL_WORKER = Caller(actor_id="social-worker-1", roles=("social_worker",), councils=(COUNCIL,))
PROVIDER = Caller(actor_id="staff-1", roles=("isf_provider",), councils=(COUNCIL,), organisation_id="provider-0003")
OTHER_COUNCIL = replace(OFFICER, actor_id="officer-2", councils=("cheshire-east",))
OTHER_PROVIDER = replace(PROVIDER, actor_id="staff-2", organisation_id="provider-0099")
OTHER_PERSON = Caller(actor_id="person-0099", roles=("person", "public"), councils=(COUNCIL,))
SHARED = {"person_id": "person-0007", "shared_with": ["relative-0001"]}
STRANGERS = {"council": OTHER_COUNCIL, "provider": OTHER_PROVIDER, "person": OTHER_PERSON}
LINE = {"line_id": "l1", "outcome_id": "outcome-fit", "category": "activity", "weekly_cost_pence": 3000}
SPEND = {
    "amount_pence": 1250,
    "category": "activity",
    "outcome_id": "outcome-fit",
    "payee_id": "payee-pool",
    "effective_on": DAY,
}
WORDS = "Sample words"
BREAKDOWN = [{"activity": "Walks", "tasks": "Company", "weekly_cost_pence": 2000}]
PAST = {
    "type": "payment-in",
    "amount_pence": 100,
    "effective_on": DAY,
    "recorded_at": f"{DAY}T08:00:00Z",
    "reference": "x",
}
SIGNED = {"item": "6.6.1", "format": "written", "signed_by": "person-0007", "capacity": "person", "signed_on": DAY}

OF_A_FUND: dict[str, dict[str, Any]] = {
    "accrue_fees": {},
    "agree_draft": {"draft": 1},
    "agree_plan": {"written_by": "staff-1", "lines": [LINE]},
    "agree_to_spend": {"spend_id": "@refused", "reason": WORDS},
    "allocate_money": {"purpose": "outcome-fit", "amount_pence": 100},
    "arrange_fund": {"voucher_code": "VC-0007"},
    "attach_evidence": {"entry_id": "@entry", "kind": "invoice", "reference": "INV-1"},
    "bring_history_in": {"source": "Sample system", "entries": [PAST]},
    "close_fund": {},
    "draft_plan": {"lines": [LINE]},
    "enter_payment_details": {"method": "card", "card_reference": "CARD-0007"},
    "get_balance": {},
    "get_bank_line": {"line_id": "@line"},
    "get_decision_about_fund": {"question": "spend", "facts": {"category": "activity"}},
    "get_entry": {"entry_id": "@entry"},
    "get_fee": {},
    "get_fund": {},
    "get_fund_duties": {},
    "get_fund_life": {},
    "get_fund_outcomes": {},
    "get_inclusion": {},
    "get_month": {},
    "get_payment_details": {},
    "get_position": {},
    "get_proof": {},
    "get_reconciliation": {},
    "get_refused_spend": {"spend_id": "@refused"},
    "get_statement": {},
    "get_summary": {},
    "itemise_fund": {"from": DAY, "to": DAY, "reason": WORDS},
    "list_allocations": {},
    "list_bank_lines": {},
    "list_entries": {},
    "list_evidence": {},
    "list_itemisations": {},
    "list_missing_evidence": {},
    "list_notices": {},
    "list_refused_spends": {},
    "list_reservations": {},
    "list_surpluses": {},
    "list_variations": {},
    "match_bank_line": {"line_id": "@line", "entry_id": "@spent"},
    "match_bank_lines": {},
    "meet_duty": {"duty": "annual-summary"},
    "move_fund": {"reason": WORDS, "to_provider_id": "provider-0004"},
    "note_contribution": {"amount_pence": 100},
    "note_for_council": {"kind": "needs-decreased", "details": WORDS},
    "open_crisis": {"adjusted_at": f"{DAY}T08:00:00Z", "what": WORDS},
    "post_reserved": {"entry_id": "@reservation"},
    "record_path": {"drawn_on": DAY, "steps": [{"number": 1, "notes": [{"words": WORDS}]}]},
    "record_working_agreement": {"agreed_on": DAY, "agreed_with": ["person-0007"], "reference": "x"},
    "release_bank_line": {"line_id": "@line"},
    "release_money": {"purpose": "outcome-fit"},
    "report_surplus": {},
    "request_spend": SPEND,
    "request_variation": {"weekly_budget_pence": 12000, "breakdown": BREAKDOWN, "evidence": ["x"]},
    "reserve_spend": SPEND | {"expires_on": DAY},
    "reverse_entry": {"entry_id": "@entry", "reason": WORDS},
    "set_bank_line_aside": {"line_id": "@line", "reason": WORDS},
    "set_fee": {"lot": "lot-2"},
    "sign_off": {"items": [SIGNED]},
    "start_plan": {"started_on": DAY},
    "take_payment_in": {"effective_on": DAY},
    "void_reservation": {"entry_id": "@reservation", "reason": WORDS},
}
"""What is asked of a fund by its id."""

OF_ITS_RECORDS: dict[str, tuple[str, dict[str, Any]]] = {
    "challenge_surplus": ("surplus", {"words": WORDS}),
    "contact_representative": ("crisis", {"how": WORDS}),
    "decide_surplus": ("surplus", {"keep": True, "reason": WORDS}),
    "decide_variation": ("variation", {"approved": False, "reason": WORDS}),
    "follow_crisis": ("crisis", {"weekly_budget_pence": 12000, "breakdown": BREAKDOWN, "evidence": ["x"]}),
    "get_clock": ("clock", {}),
    "get_surplus": ("surplus", {}),
    "get_variation": ("variation", {}),
    "give_notice": ("notice", {"to": WORDS}),
    "give_surplus_notice": ("surplus", {"words": WORDS}),
    "pause_clock": ("clock", {"reason": WORDS}),
    "reply_to_surplus": ("surplus", {"words": WORDS}),
    "resume_clock": ("clock", {}),
    "return_surplus": ("surplus", {}),
    "withdraw_variation": ("variation", {}),
}
"""What is asked of a record that stands beside a fund, by its own id."""

OF_A_PROVIDER: dict[str, dict[str, Any]] = {
    "get_termination": {},
    "record_repayment": {"fund_id": "@ended"},
    "settle_agreement": {"amount_pence": 0},
}
"""What is asked of the end of an agreement: no person sees it by the gateway's rights, which let none in."""

OF_A_COUNCIL: dict[str, dict[str, Any]] = {
    "approve_payment_run": {"payments": 1, "amount_pence": 1},
    "get_payment_run": {},
    "get_payment_run_file": {"format": "csv"},
    "list_payment_run_lines": {},
    "withdraw_payment_run": {"reason": WORDS},
}
"""What is asked of a payment run. The gateway's rights let nobody but officers in."""

BEGUN_IN_A_COUNCIL: dict[str, dict[str, Any]] = {
    "import_statement": {
        "fund_id": "@fund",
        "content_type": "application/x-ofx",
        "body_base64": base64.b64encode(statement_files.OFX).decode(),
    },
    "list_clock_effects": {"council_id": COUNCIL, "version": f"{COUNCIL}/2022-04-01"},
    "open_fund": {
        "council_id": COUNCIL,
        "person_id": "person-0008",
        "provider_id": "provider-0003",
        "weekly_budget_pence": 10000,
        "starts_on": DAY,
    },
    "prepare_payment_run": {"council_id": COUNCIL, "pay_on": DAY},
    "terminate_agreement": {
        "council_id": COUNCIL,
        "provider_id": "provider-0003",
        "terminated_on": DAY,
        "by_party": "council",
    },
}
"""What begins something, or is tried, in a council that is named."""

LISTS = ("list_clocks", "list_funds", "list_payment_runs", "list_terminations")
"""What lists all that the caller may see."""

OF_NOBODY = ("get_decision_by_facts", "list_seals", "make_seal")
"""What concerns no council and no person: a council's published rules, and roots over all books."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What there is, by what the tables call it."""

    ids: dict[str, str]

    def filled(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {name: self.ids[v[1:]] if isinstance(v, str) and v[:1] == "@" else v for name, v in payload.items()}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """The ledger, on a Monday morning."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.runtime.platform._clock", lambda _: FixedClock())
        platform = RunningPlatform(tmp_path_factory.mktemp("scope"), services=["ledger", "referrals", "safeguarding"])
        platform.start()
        yield platform
        platform.stop()


def ask(running: RunningPlatform, method: str, payload: dict[str, Any], caller: Caller) -> dict[str, Any]:
    return running.call("ledger", method, payload, caller)


def kind_of(running: RunningPlatform, method: str, payload: dict[str, Any], caller: Caller) -> str:
    """The kind of the refusal, or `answered`."""
    try:
        ask(running, method, payload, caller)
    except ServiceRefusal as refusal:
        return str(refusal.problem()["kind"])
    return "answered"


@pytest.fixture(scope="module")
def known(running: RunningPlatform) -> Known:
    """A fund with one of everything that can be asked for by an id, and a provider whose agreement ended."""

    def of(method: str, payload: dict[str, Any], caller: Caller = PROVIDER) -> dict[str, Any]:
        return ask(running, method, payload, caller)

    fund_id = of("open_fund", BEGUN_IN_A_COUNCIL["open_fund"] | SHARED, SOCIAL_WORKER)["id"]
    about = {"id": fund_id}
    of("draft_plan", about | {"lines": [LINE]})
    of("agree_draft", about | {"draft": 1}, SOCIAL_WORKER)
    payment = {"effective_on": DAY, "amount_pence": 200000, "difference_reason": WORDS}
    entry = of("take_payment_in", about | payment, OFFICER)
    of("set_fee", about | {"lot": "lot-2"}, OFFICER)
    kind_of(running, "request_spend", about | SPEND | {"outcome_id": "outcome-travel"}, PROVIDER)
    of("import_statement", BEGUN_IN_A_COUNCIL["import_statement"] | {"fund_id": fund_id})
    of("make_seal", {}, OFFICER)
    of("enter_payment_details", about | {"method": "card", "card_reference": "CARD-0007"}, OFFICER)
    crisis = of("open_crisis", about | OF_A_FUND["open_crisis"])
    [surplus] = eventually(lambda: of("list_surpluses", about)["items"])
    eventually(lambda: kind_of(running, "get_fund_duties", about, OFFICER) == "answered")
    ended = BEGUN_IN_A_COUNCIL["open_fund"] | {"person_id": "person-0042", "provider_id": "provider-0042"}
    end = BEGUN_IN_A_COUNCIL["terminate_agreement"] | {"provider_id": "provider-0042"}
    return Known(
        ids={
            "fund": fund_id,
            "entry": entry["id"],
            "spent": of("request_spend", about | SPEND)["id"],
            "refused": of("list_refused_spends", about)["items"][0]["id"],
            "reservation": of("reserve_spend", about | SPEND | {"expires_on": DAY})["id"],
            "line": of("list_bank_lines", about)["items"][0]["id"],
            "crisis": crisis["id"],
            "clock": crisis["clocks"][0]["id"],
            "surplus": surplus["id"],
            "variation": of("request_variation", about | OF_A_FUND["request_variation"])["id"],
            "notice": of("note_for_council", about | OF_A_FUND["note_for_council"])["id"],
            "ended": of("open_fund", ended, SOCIAL_WORKER)["id"],
            "termination": of("terminate_agreement", end, OFFICER)["id"],
            "run": of("prepare_payment_run", {"council_id": COUNCIL, "pay_on": DAY}, OFFICER)["id"],
        }
    )


def methods_of(service: type) -> set[str]:
    """The methods that a service answers calls by."""
    return {
        name
        for name in dir(service)
        for entrypoint in getattr(getattr(service, name), "nameko_entrypoints", ())
        if isinstance(entrypoint, StewardRpc)
    }


def test_every_method_of_the_ledger_has_its_place_in_the_tables() -> None:
    tables = [*OF_A_FUND, *OF_ITS_RECORDS, *OF_A_PROVIDER, *OF_A_COUNCIL, *BEGUN_IN_A_COUNCIL, *LISTS, *OF_NOBODY]

    assert sorted(tables) == sorted(methods_of(LedgerService) - methods_of(StewardService))


@pytest.mark.parametrize("method", OF_A_FUND)
def test_anothers_fund_is_not_there(running: RunningPlatform, known: Known, method: str) -> None:
    payload = {"id": known.ids["fund"], **known.filled(OF_A_FUND[method])}

    kinds = {name: kind_of(running, method, payload, stranger) for name, stranger in STRANGERS.items()}

    assert kinds == dict.fromkeys(STRANGERS, "not-found")
    assert kind_of(running, method, payload, OFFICER) != "not-found"


@pytest.mark.parametrize("method", OF_ITS_RECORDS)
def test_what_stands_beside_anothers_fund_is_not_there(running: RunningPlatform, known: Known, method: str) -> None:
    record, payload = OF_ITS_RECORDS[method]
    asked = {"id": known.ids[record], **payload}

    kinds = {name: kind_of(running, method, asked, stranger) for name, stranger in STRANGERS.items()}

    assert kinds == dict.fromkeys(STRANGERS, "not-found")
    assert kind_of(running, method, asked, OFFICER) != "not-found"


@pytest.mark.parametrize("method", OF_A_PROVIDER)
def test_the_end_of_anothers_agreement_is_not_there(running: RunningPlatform, known: Known, method: str) -> None:
    asked = {"id": known.ids["termination"], **known.filled(OF_A_PROVIDER[method])}

    assert kind_of(running, method, asked, OTHER_COUNCIL) == "not-found"
    assert kind_of(running, method, asked, OTHER_PROVIDER) == "not-found"
    assert kind_of(running, method, asked, OFFICER) != "not-found"


@pytest.mark.parametrize("method", OF_A_COUNCIL)
def test_another_councils_payment_run_is_not_there(running: RunningPlatform, known: Known, method: str) -> None:
    asked = {"id": known.ids["run"], **OF_A_COUNCIL[method]}

    assert kind_of(running, method, asked, OTHER_COUNCIL) == "not-found"
    assert kind_of(running, method, asked, OFFICER) != "not-found"


@pytest.mark.parametrize("method", BEGUN_IN_A_COUNCIL)
def test_nothing_begins_in_another_council(running: RunningPlatform, known: Known, method: str) -> None:
    payload = known.filled(BEGUN_IN_A_COUNCIL[method])

    assert kind_of(running, method, payload, OTHER_COUNCIL) in ("not-found", "forbidden")
    assert kind_of(running, method, payload, OFFICER) not in ("not-found", "forbidden")


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("method", LISTS)
def test_a_list_has_nothing_of_anothers(running: RunningPlatform, method: str) -> None:
    assert ask(running, method, {}, OTHER_COUNCIL)["items"] == []
    assert ask(running, method, {}, OFFICER)["items"] != []
    if method != "list_payment_runs":  # by the gateway's rights a list of officers only
        assert ask(running, method, {}, OTHER_PROVIDER)["items"] == []


@pytest.mark.parametrize("role", ["nominee", "circle"])
def test_a_fund_is_listed_to_whom_the_person_shares_it_with(running: RunningPlatform, known: Known, role: str) -> None:
    relative = replace(OTHER_PERSON, actor_id="relative-0001", roles=(role,))

    listed = ask(running, "list_funds", {}, relative)["items"]

    assert known.ids["fund"] in [fund["id"] for fund in listed]  # and the fund that it was moved to, if it was
    assert {fund["person_id"] for fund in listed} == {"person-0007"}
    assert ask(running, "get_fund", {"id": known.ids["fund"]}, relative)["id"] == known.ids["fund"]
    assert ask(running, "list_funds", {}, OTHER_PERSON)["items"] == []
