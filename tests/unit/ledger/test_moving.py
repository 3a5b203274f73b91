"""Moving a fund to another provider: every penny arrives once, whatever dies or comes between (CP 5.3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ledger.errors import FundClosed, FundHasReservations, NotTheirFund, WouldOverdrawFund
from services.ledger.handlers.moving import _in_its_place
from services.ledger.handlers.proving import get_proof
from services.ledger.model.verification import Proof, prove, unsettled
from services.ledger.store import BLOCKS, EXPIRIES, FUNDS
from shared.errors import Refusal
from shared.messaging.processes import PROCESSES, StillUnderWay
from shared.money import Pence
from shared.store.documents import StoreAway
from tests.support.ledger_builders import MONDAY, TODAY, Ledger, a_caller, pounds


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def fund_id(ledger: Ledger) -> str:
    """A fund with £400.00."""
    return ledger.open_and_funded()


def proof_of(ledger: Ledger, fund_id: str) -> Proof:
    return get_proof(fund_id, caller=a_caller(), funds=ledger.funds, books=ledger.books, expiries=ledger.expiries)


def whole(ledger: Ledger) -> Proof:
    return prove(ledger.blocks.find(limit=1000).items)


def test_all_it_holds_is_in_the_other_providers_fund_and_it_is_closed(ledger: Ledger, fund_id: str) -> None:
    ledger.spend(fund_id, amount=pounds("12.50"))

    other = ledger.move(fund_id)

    old = ledger.funds.get(fund_id).state
    assert (old.status, old.moved_to, ledger.head(fund_id).in_hand) == ("closed", other.id, Pence(0))
    assert (other.state.provider_id, other.state.status, other.state.plan) == ("provider-0004", "opened", None)
    assert (other.state.person_id, other.state.moved_from) == (old.person_id, (fund_id,))
    assert ledger.head(other.id).free == pounds("387.50")
    assert [entry.type for entry in ledger.books.entries(fund_id)][-2:] == ["moved-out", "closing"]


def test_the_clearing_account_comes_to_nought_over_both_books(ledger: Ledger, fund_id: str) -> None:
    other = ledger.move(fund_id)

    proof = whole(ledger)

    assert sorted(place.pence for place in proof.clearing) == [-40000, 40000]
    assert len({place.account for place in proof.clearing}) == 1
    assert (proof.findings, unsettled(proof)) == ((), [])
    assert (proof_of(ledger, fund_id).findings, proof_of(ledger, other.id).findings) == ((), ())


def test_it_moves_into_a_fund_of_theirs_that_is_open(ledger: Ledger, fund_id: str) -> None:
    other = ledger.open(provider_id="provider-0009").id
    ledger.pay_in(other)

    moved = ledger.move(fund_id, to_fund_id=other)

    assert (moved.id, moved.state.moved_from) == (other, (fund_id,))
    assert ledger.head(other).free == pounds("800.00")


def test_only_to_another_fund_of_the_same_person(ledger: Ledger, fund_id: str) -> None:
    for wrong in (fund_id, ledger.open(person_id="person-0008").id):
        with pytest.raises(NotTheirFund):
            ledger.move(fund_id, to_fund_id=wrong)

    assert ledger.funds.get(fund_id).state.status == "active"


def test_what_is_booked_is_settled_with_the_old_provider_first(ledger: Ledger, fund_id: str) -> None:
    reservation = ledger.reserved(fund_id)
    with pytest.raises(FundHasReservations, match=r"£12\.50"):
        ledger.move(fund_id)

    ledger.void(fund_id, reservation)

    assert ledger.head(ledger.move(fund_id).id).free == pounds("400.00")


def test_a_booking_made_just_before_stops_the_move_and_nothing_is_left_of_it(ledger: Ledger, fund_id: str) -> None:
    ledger.memory.before_next_write(lambda: ledger.reserve(fund_id))

    with pytest.raises(Refusal) as refusal:
        ledger.move(fund_id)

    assert refusal.value.problem()["code"] == "fund-has-reservations"
    assert ledger.funds.get(fund_id).state.status == "active"
    assert len(ledger.memory_of(FUNDS).by_id) == 1


def test_an_empty_fund_moves_without_an_entry(ledger: Ledger) -> None:
    fund_id = ledger.open().id

    other = ledger.move(fund_id)

    assert [entry.type for entry in ledger.books.entries(fund_id)] == ["closing"]
    assert (ledger.head(other.id).number, other.state.moved_from) == (0, (fund_id,))


def test_a_fund_that_has_moved_takes_nothing_more(ledger: Ledger, fund_id: str) -> None:
    ledger.move(fund_id)

    with pytest.raises(FundClosed):
        ledger.move(fund_id)
    with pytest.raises(FundClosed):
        ledger.pay_in(fund_id)


def test_a_repeat_of_the_command_finds_what_it_did(ledger: Ledger, fund_id: str) -> None:
    first = ledger.move(fund_id, key="k1")

    assert ledger.move(fund_id, key="k1").id == first.id
    assert ledger.head(first.id).free == pounds("400.00")


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("collection", [BLOCKS, FUNDS, PROCESSES], ids=lambda each: each.name)
@pytest.mark.parametrize("skip", [0, 1, 2, 3])
def test_a_move_that_is_cut_short_anywhere_is_finished_by_the_next_sweep(
    ledger: Ledger, fund_id: str, collection: Any, moment: Any, skip: int
) -> None:
    documents = ledger.memory_of(collection)
    for _ in range(skip):
        documents.before_next_write(lambda: None)
    documents.before_next_write(lambda: documents.interrupt_next_write(moment))

    try:
        ledger.move(fund_id, key="k1")
    except (StoreAway, StillUnderWay):
        documents.forget_plans()
        ledger.clock.at = MONDAY + timedelta(hours=1)
        ledger.sweep()
    other = ledger.move(fund_id, key="k1")

    assert ledger.funds.get(fund_id).state.moved_to == other.id
    assert (ledger.head(fund_id).in_hand, ledger.head(other.id).in_hand) == (Pence(0), pounds("400.00"))
    assert (whole(ledger).findings, unsettled(whole(ledger))) == ((), [])
    assert sum(entry.type == "moved-in" for entry in ledger.books.entries(other.id)) == 1


def test_should_the_other_fund_be_closed_in_between_one_is_opened_in_its_place(ledger: Ledger, fund_id: str) -> None:
    other = ledger.open(provider_id="provider-0009").id
    ledger.memory.before_next_write(lambda: ledger.close(other))

    moved = ledger.move(fund_id, key="k1", to_fund_id=other)

    assert moved.id != other
    assert (moved.state.provider_id, ledger.head(moved.id).free) == ("provider-0009", pounds("400.00"))
    assert ledger.funds.get(fund_id).state.moved_to == moved.id
    assert ledger.move(fund_id, key="k1", to_fund_id=other).id == moved.id
    assert unsettled(whole(ledger)) == []
    assert _in_its_place({"transfer_id": "t1"}) != _in_its_place({"transfer_id": "t2"})


def test_half_a_move_is_found_and_located_unless_it_is_under_way(ledger: Ledger, fund_id: str) -> None:
    other = ledger.move(fund_id)
    [block] = ledger.stored(other.id)
    del ledger.memory.by_id[block["_id"]]

    proof = whole(ledger)

    [place] = proof.clearing
    found = unsettled(proof)
    assert [(each.book, each.number) for each in found] == [(fund_id, 2)]
    assert found[0].what == f"{place.account} comes to 40000 over all books"
    assert unsettled(proof, under_way={place.account.partition(":")[2]}) == []
    assert [finding.number for finding in proof_of(ledger, fund_id).findings] == [2]


def test_what_lies_beside_the_book_is_proved_too(ledger: Ledger, fund_id: str) -> None:
    ledger.reserved(fund_id)
    assert proof_of(ledger, fund_id).findings == ()

    ledger.memory_of(EXPIRIES).by_id.clear()
    [finding] = proof_of(ledger, fund_id).findings
    assert finding.what == f"a reservation runs out on {TODAY}, and nothing will free it"

    ledger.memory_of(FUNDS).by_id[fund_id]["state"]["status"] = "closed"
    assert "the fund is closed, but its book has no end" in [each.what for each in proof_of(ledger, fund_id).findings]


def test_every_step_is_told(ledger: Ledger, fund_id: str) -> None:
    other = ledger.move(fund_id)

    assert [event["type"] for event in ledger.told(fund_id)][-2:] == ["fund.money.moved_out", "fund.book.closed"]
    assert [event["type"] for event in ledger.told(other.id)] == ["fund.money.moved_in"]
    told = [event["type"] for event in ledger.memory_of(FUNDS).by_id[fund_id]["outbox"]]
    assert told[-2:] == ["fund.moved", "fund.closed"]


def test_money_that_moved_is_spent_once_only(ledger: Ledger, fund_id: str) -> None:
    other = ledger.move(fund_id).id
    ledger.agree(other)
    ledger.spend(other, amount=pounds("400.00"))

    with pytest.raises(WouldOverdrawFund):
        ledger.spend(other, amount=pounds("0.01"))
