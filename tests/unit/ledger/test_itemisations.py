"""A commissioner sees a fund in sums; its entries are asked for with a reason, which the person is told (CP 9.7)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.itemisations import itemise_fund
from services.ledger.model.entries import Period
from services.ledger.model.itemisations import Itemisation, Itemised
from services.ledger.schemas.itemisations import ItemiseSchema, itemised_out
from services.ledger.store import ITEMISATION, ITEMISATIONS
from services.ledger.store.life import of_fund
from shared.context import Caller
from shared.errors import Invalid, KeyReused, NotFound
from shared.messaging.aggregates import Aggregates
from shared.problems import load
from tests.support.ledger_builders import TODAY, Ledger, a_caller, pounds

COMMISSIONER = a_caller(actor_id="commissioner-0001", roles=("commissioner",))
THE_DAY = Period(from_on=TODAY, to_on=TODAY)


@dataclass(kw_only=True)
class Asking:
    """A funded fund with a spend in it, and who asks to see its entries."""

    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        self.fund_id = self.ledger.open_and_funded()
        self.ledger.spend(self.fund_id)
        self.records: Aggregates[Itemisation] = Aggregates(
            documents=self.ledger.store.documents(ITEMISATIONS),
            kind=ITEMISATION,
            clock=self.ledger.clock,
            nudge=lambda _: None,
        )

    def ask(
        self,
        period: Period = THE_DAY,
        *,
        reason: str = "Audit 7",
        caller: Caller = COMMISSIONER,
        key: str | None = None,
    ) -> Itemised:
        return itemise_fund(
            self.fund_id,
            period,
            reason=reason,
            cause=self.ledger.cause("itemise_fund", (period, reason), key=key, caller=caller),
            funds=self.ledger.funds,
            books=self.ledger.books,
            itemisations=self.records,
            clock=self.ledger.clock,
        )

    def listed(self, caller: Caller) -> list[Itemisation]:
        get_fund(self.fund_id, caller=caller, funds=self.ledger.funds)
        return [stored.state for stored in of_fund(self.fund_id, self.records, after=None, limit=50).items]


def test_the_entries_come_with_who_asked_when_and_why() -> None:
    shown = itemised_out(Asking().ask())

    assert [entry["payee_id"] for entry in shown["entries"]] == [None, "payee-pool"]
    assert (shown["reason"], shown["asked_by"], shown["clause"]) == ("Audit 7", "commissioner-0001", "CP 9.7")


def test_the_person_and_the_provider_read_who_asked_and_why() -> None:
    asking = Asking()
    asking.ask()
    asking.ask(reason="Audit 8")
    person = a_caller(actor_id="person-0007", roles=("person",))
    provider = a_caller(actor_id="staff-1", roles=("isf_provider",), organisation_id="provider-0003")

    for reader in (person, provider, COMMISSIONER):
        assert sorted(each.reason for each in asking.listed(reader)) == ["Audit 7", "Audit 8"]
    with pytest.raises(NotFound):
        asking.listed(replace(person, actor_id="person-0099"))


def test_it_is_told_with_ids_and_days_alone() -> None:
    asking = Asking()
    itemised = asking.ask()

    [document] = asking.ledger.store.documents(ITEMISATIONS).find().items
    [told] = document["outbox"]
    assert (told["type"], told["data"]) == (
        "fund.itemised",
        {
            "fund_id": asking.fund_id,
            "itemisation_id": itemised.asked.itemisation_id,
            "person_id": "person-0007",
            "asked_by": "commissioner-0001",
            "from_on": TODAY.isoformat(),
            "to_on": TODAY.isoformat(),
        },
    )


def test_only_the_days_that_were_asked_for_are_shown_with_what_was_in_hand_then() -> None:
    asking = Asking()
    before = Period(from_on=TODAY - timedelta(days=9), to_on=TODAY - timedelta(days=1))

    assert asking.ask(before).entries == ()
    assert [posted.in_hand for posted in asking.ask().entries] == [pounds("400.00"), pounds("387.50")]


def test_nothing_is_on_record_for_a_fund_that_is_not_there() -> None:
    asking = Asking()

    with pytest.raises(NotFound):
        asking.ask(caller=replace(COMMISSIONER, councils=("elsewhere",)))
    assert asking.listed(COMMISSIONER) == []


def test_a_repeat_is_one_record_and_another_reason_under_its_key_is_refused() -> None:
    asking = Asking()
    first = asking.ask(key="k1")

    assert asking.ask(key="k1").asked == first.asked
    with pytest.raises(KeyReused):
        asking.ask(reason="Another", key="k1")
    assert len(asking.listed(COMMISSIONER)) == 1


@pytest.mark.parametrize(
    ("changes", "at_fault"),
    [
        ({"reason": ""}, "reason"),
        ({"to": "2026-03-01"}, "to"),
        ({"to": "2027-03-03"}, "to"),
        ({"from": "soon"}, "from"),
    ],
)
def test_what_is_wrong_with_the_question_is_named(changes: dict[str, Any], at_fault: str) -> None:
    good = {"id": "fund-0007", "from": "2026-03-02", "to": "2027-03-02", "reason": "Audit 7"}

    assert load(ItemiseSchema(), good)["reason"] == "Audit 7"
    with pytest.raises(Invalid) as refusal:
        load(ItemiseSchema(), good | changes)
    assert [error.field for error in refusal.value.errors] == [at_fault]
