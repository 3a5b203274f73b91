"""Statements as providers and officers send them: over RPC, with the formats that settings name."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from shared.context import Caller
from shared.messaging.calls.client import ServiceRefusal
from tests.support import statement_files as files
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.running import RunningPlatform

COUNCIL = "cambridgeshire-peterborough"
DAY = A_MONDAY_MORNING.date().isoformat()
FINANCE = Caller(actor_id="finance-1", roles=("finance_officer",), councils=(COUNCIL,))
SOCIAL_WORKER = Caller(actor_id="social-worker-1", roles=("social_worker",), councils=(COUNCIL,))
PROVIDER = Caller(actor_id="staff-1", roles=("isf_provider",), councils=(COUNCIL,), organisation_id="provider-0003")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """The ledger on a Monday morning."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.runtime.platform._clock", lambda _: FixedClock())
        platform = RunningPlatform(tmp_path_factory.mktemp("bank"), services=["ledger", "referrals", "safeguarding"])
        platform.start()
        yield platform
        platform.stop()


def ask(running: RunningPlatform, method: str, payload: dict[str, Any], caller: Caller = PROVIDER) -> dict[str, Any]:
    return running.call("ledger", method, payload, caller)


@pytest.fixture
def fund_id(running: RunningPlatform) -> str:
    """A fund with four weeks' money and a spend on a pool."""
    asked = {"council_id": COUNCIL, "person_id": "person-0007", "provider_id": "provider-0003", "starts_on": DAY}
    fund = ask(running, "open_fund", {**asked, "weekly_budget_pence": 10000}, SOCIAL_WORKER)
    line = {"line_id": "l1", "outcome_id": "outcome-fit", "category": "activity", "weekly_cost_pence": 3000}
    ask(running, "agree_plan", {"id": fund["id"], "written_by": "staff-1", "lines": [line]}, SOCIAL_WORKER)
    ask(running, "take_payment_in", {"id": fund["id"], "effective_on": DAY, "amount_pence": 40000}, FINANCE)
    spend = {"amount_pence": 1250, "category": "activity", "outcome_id": "outcome-fit", "payee_id": "payee-pool"}
    ask(running, "request_spend", {"id": fund["id"], **spend, "effective_on": DAY, "reference": "INV-1001"})
    return str(fund["id"])


def sent(body: bytes, kind: str, **more: Any) -> dict[str, Any]:
    return {"content_type": kind, "body_base64": base64.b64encode(body).decode(), **more}


def test_a_statement_is_matched_its_queue_is_worked_off_and_bank_and_book_agree(
    running: RunningPlatform, fund_id: str
) -> None:
    taken = ask(running, "import_statement", sent(files.OFX, "application/x-ofx", fund_id=fund_id))
    queue = ask(running, "list_bank_lines", {"id": fund_id, "status": "queued"})["items"]
    matched = ask(running, "list_bank_lines", {"id": fund_id, "status": "matched"})["items"]
    aside = {
        "id": fund_id,
        "line_id": queue[0]["id"],
        "reason": "the bank's own mistake",
        "expected_version": queue[0]["version"],
    }
    ask(running, "set_bank_line_aside", aside)
    found = ask(running, "get_reconciliation", {"id": fund_id})
    now = ask(running, "get_bank_line", {"id": fund_id, "line_id": queue[0]["id"]})
    with pytest.raises(ServiceRefusal) as elsewhere:
        ask(running, "get_bank_line", {"id": "fund-other", "line_id": queue[0]["id"]})

    [statement] = taken["statements"]
    assert (statement["new"], statement["matched"], statement["queued"]) == (4, 2, 2)
    assert {line["how"] for line in matched} == {"reference", "amount-and-day"}
    assert (found["bank_pence"], found["book_pence"], found["unexplained_pence"], found["agrees"]) == (
        34500,
        38750,
        0,
        True,
    )
    assert sorted(each["status"] for each in found["only_at_bank"]) == ["queued", "set-aside"]
    assert (now["status"], now["words"]) == ("set-aside", "the bank's own mistake")
    assert elsewhere.value.problem()["kind"] == "not-found"


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (sent(b"x", "application/pdf"), "content_type"),
        (sent(b"Date,Amount\n2026-03-02,1.00\n", "text/csv"), "profile"),
        (sent(b"Date,Amount,Description\n2026-03-02,1,x\n", "text/csv", profile="signed"), "fund_id"),
        ({"content_type": "text/csv", "body_base64": "no base64!"}, "body_base64"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_by_field(
    running: RunningPlatform, payload: dict[str, Any], field: str
) -> None:
    with pytest.raises(ServiceRefusal) as refusal:
        ask(running, "import_statement", payload)

    assert [error["field"] for error in refusal.value.problem()["errors"]] == [field]
