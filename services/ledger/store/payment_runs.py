"""Payment runs, their pages, and where funds' payments go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from services.ledger.errors import RunOpen
from services.ledger.model.funds import Fund
from services.ledger.model.payment_details import PaymentDetails
from services.ledger.model.payment_runs import PaymentRun, RunPage
from shared.context import EVERY_COUNCIL, Caller
from shared.errors import NotFound
from shared.messaging.aggregates import Aggregates, Decision, Found, Kind, Stored, collection_of
from shared.messaging.cause import Cause
from shared.messaging.scheduling import Due
from shared.store.documents import (
    AnyOf,
    Collection,
    Condition,
    Documents,
    Equal,
    Field,
    IdTaken,
    KeyTaken,
    Order,
    Prefix,
    Unique,
    VersionChanged,
)
from shared.store.records import dump_record, load_record

READ_AT_ONCE = 50
"""Pages fetched together while a whole run is read."""

PAYMENT_RUNS = collection_of(
    "payment_runs",
    fields=(
        Field(path="state.status"),
        Field(path="state.open_for"),
        Field(path="state.pay_on"),
        Field(path="state.due_at", kind="instant"),
    ),
    unique=(Unique(name="one-open-run", paths=("state.open_for",)),),
    orders=(
        Order(name="due", by=(("state.due_at", "ascending"),)),
        Order(name="newest-first", by=(("state.pay_on", "descending"),)),
    ),
)
PAYMENT_RUN_PAGES = Collection(name="payment_run_pages")
"""A page's id is its run and number; it is written once when prepared and once when posted."""
PAYMENT_DETAILS = collection_of("payment_details", fields=(Field(path="state.account"),))
PAYMENT_RUNS_DUE = Due(name="payment-runs", collection=PAYMENT_RUNS, path="state.due_at")

PAYMENT_RUN = Kind[PaymentRun](name="payment run", dump=dump_record, load=partial(load_record, PaymentRun))
PAYMENT_DETAIL = Kind[PaymentDetails](
    name="payment details", dump=dump_record, load=partial(load_record, PaymentDetails)
)


def begin_run(run: PaymentRun, cause: Cause, *, runs: Aggregates[PaymentRun]) -> Stored[PaymentRun]:
    """Creates the run; a repeat of the cause's key finds it. Raises `RunOpen` while the council has another."""
    try:
        return runs.create(run.run_id, Decision(state=run), council_id=run.council_id, cause=cause)
    except KeyTaken as error:
        try:
            runs.get(run.run_id)
        except NotFound:
            raise RunOpen(f"{run.council_id} has a payment run that is not finished.") from error
        return runs.change(run.run_id, lambda now: Decision(state=now), cause=cause)


def runs_visible_to(
    caller: Caller, runs: Aggregates[PaymentRun], *, council_id: str | None, after: str | None, limit: int
) -> Found[PaymentRun]:
    """The runs of the caller's councils, the newest first. Raises `BadCursor`."""
    where: list[Condition] = []
    if EVERY_COUNCIL not in caller.councils:
        where.append(AnyOf(path="council_id", values=list(caller.councils)))
    if council_id is not None:
        where.append(Equal(path="council_id", value=council_id))
    return runs.find(where, order="newest-first", after=after, limit=limit)


class StoredRunPages:
    """`RunPages` over their collection."""

    def __init__(self, *, documents: Documents) -> None:
        self._documents = documents

    def keep(self, page: RunPage, *, council_id: str) -> RunPage:
        """One page of a number, whoever is first."""
        document = {"_id": _page_id(page.run_id, page.number), "version": 1, "council_id": council_id}
        try:
            self._documents.insert(document | {"page": dump_record(page)})
        except IdTaken:
            return self.get(page.run_id, page.number)
        return page

    def get(self, run_id: str, number: int) -> RunPage:
        document = self._documents.get(_page_id(run_id, number))
        if document is None:
            raise NotFound(f"payment run {run_id} has no page {number}")
        return load_record(RunPage, document["page"])

    def settle(self, page: RunPage) -> RunPage:
        """The page goes from its first version to its second, once."""
        document = self._documents.get(_page_id(page.run_id, page.number))
        if document is None or document["version"] > 1:
            return self.get(page.run_id, page.number)
        settled = document | {"version": 2, "page": dump_record(page)}
        try:
            self._documents.replace(settled, version=1)
        except VersionChanged:
            return self.get(page.run_id, page.number)
        return page

    def of_run(self, run_id: str, *, first: int = 1) -> Iterator[RunPage]:
        after: str | None = None
        while True:
            found = self._documents.find([Prefix(path="_id", start=f"{run_id}/")], after=after, limit=READ_AT_ONCE)
            pages = [load_record(RunPage, document["page"]) for document in found.items]
            yield from (page for page in pages if page.number >= first)
            if (after := found.next) is None:
                return


class StoredFundList:
    """`FundList` over the funds and their payment details."""

    def __init__(self, *, funds: Aggregates[Fund], details: Aggregates[PaymentDetails]) -> None:
        self._funds = funds
        self._details = details

    def page(self, council_id: str, *, after: str | None, limit: int) -> tuple[list[Fund], str | None]:
        found = self._funds.find([Equal(path="council_id", value=council_id)], after=after, limit=limit)
        return [stored.state for stored in found.items], found.next

    def details_of(self, fund_ids: Sequence[str]) -> Mapping[str, PaymentDetails]:
        return _by_id(self._details, fund_ids)

    def named(self, fund_ids: Sequence[str]) -> Mapping[str, Fund]:
        return _by_id(self._funds, fund_ids)


def _by_id(records: Aggregates[Any], ids: Sequence[str]) -> dict[str, Any]:
    if not ids:
        return {}
    found: list[Stored[Any]] = records.find([AnyOf(path="_id", values=list(ids))], limit=len(ids)).items
    return {stored.id: stored.state for stored in found}


def _page_id(run_id: str, number: int) -> str:
    return f"{run_id}/{number:06d}"
