"""What was done, read from the stores of those who did it: the witness's lists, and what notifications and the ledger keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.notifications.store import CONTACTS
from services.referrals.store import REFERRALS
from shared.events.envelope import stream_key
from shared.ids import derived_id
from shared.messaging.consuming.held import HELD
from shared.samples.client import Client, Refused
from shared.samples.journey import CE, CP
from shared.store.documents import Collection, Document, Equal, Store
from tests.faults.checking import BACKGROUND, Applied, Verdict, check
from tests.faults.fleet import Fleet
from tests.faults.load import CONTACT, PAUSE_SECONDS, UNAVAILABLE, Load
from tests.faults.witness.store import SEEN, SIGHTINGS, Seen, in_order_of_application, page_key
from tests.support.waiting import eventually

SETTLED_SECONDS = 240.0


@dataclass(kw_only=True)
class Outcome:
    """Everything that one run has done, and what the checker says to it."""

    applied: list[Applied]
    verdict: Verdict


def outcome_of(fleet: Fleet, run: str, *, within: float = SETTLED_SECONDS) -> Outcome:
    """Waits until the platform has come to rest (nothing waits, nothing is held, nothing is missing), and checks the run.

    What is still missing after that time is lost. Raises `AssertionError` if the platform does not come to rest.
    """
    come_to_rest(fleet, within=within)
    try:
        return eventually(lambda: _rested(fleet, run), within=within)
    except AssertionError:
        return _outcome(fleet, run)


def come_to_rest(fleet: Fleet, *, within: float = SETTLED_SECONDS) -> None:
    """Waits until nothing waits in an outbox and nothing is held. Raises `AssertionError` that says what is."""
    try:
        eventually(lambda: fleet.is_quiet() and not held_by_witness(fleet), within=within)
    except AssertionError as error:
        raise AssertionError(
            f"not at rest in {within} s: {fleet.states()}, witness: {held_by_witness(fleet)}"
        ) from error


def _rested(fleet: Fleet, run: str) -> Outcome | None:
    found = _outcome(fleet, run)
    return None if found.verdict.lost or not fleet.is_quiet() or found != _outcome(fleet, run) else found


def _outcome(fleet: Fleet, run: str) -> Outcome:
    applied = [*seen_by_witness(fleet, run), *contacts_kept(fleet, run)]
    return Outcome(applied=applied, verdict=check(fleet.history, applied))


def seen_by_witness(fleet: Fleet, run: str) -> list[Applied]:
    """Every event of every stream that this run has touched, in the order in which the witness applied them."""
    with fleet.store("witness") as store:
        pages = [SEEN.load(document["state"]) for document in documents_of(store, SIGHTINGS)]
    streams: dict[str, list[Seen]] = {}
    for seen in pages:
        streams.setdefault(seen.stream, []).append(seen)
    return [
        applied
        for stream, its_pages in streams.items()
        if any(sighting.operation_id.startswith(f"{run}-") for seen in its_pages for sighting in seen.sightings)
        for applied in _applied(stream, its_pages, run)
    ]


def _applied(stream: str, pages: Sequence[Seen], run: str) -> Iterator[Applied]:
    for sighting in in_order_of_application(pages):
        ours = sighting.operation_id.startswith(f"{run}-")
        yield Applied(
            operation_id=sighting.operation_id if ours else BACKGROUND,
            effect=sighting.type,
            stream=stream,
            sequence=sighting.sequence,
            at=sighting.at.timestamp(),
        )


def all_applied(fleet: Fleet, operations: Sequence[str]) -> bool:
    """Whether the witness has seen each submission among these that referrals has taken in."""
    keys = [derived_id("ref", CE, id.removesuffix("-submit")) for id in operations if id.endswith("-submit")]
    with fleet.store("referrals") as referrals, fleet.store("witness") as witness:
        taken_in = [key for key in keys if referrals.documents(REFERRALS).get(key) is not None]
        sightings = witness.documents(SIGHTINGS)
        return all(sightings.get(page_key(stream_key("referral", key))) is not None for key in taken_in)


def books_balance(fleet: Fleet, load: Load, applied: Sequence[Applied]) -> None:
    """Each fund's book proves itself and sums to nought, and what it has spent is a penny for each spend that was applied."""
    officer = fleet.client(role="finance_officer", council_id=CP)
    for fund in load.funds:
        spends = [
            each for each in applied if each.stream == f"journal:{fund.id}" and each.effect == "fund.spend.posted"
        ]
        proof, balance = _told(officer, f"/funds/{fund.id}/proof"), _told(officer, f"/funds/{fund.id}/balance")
        assert proof["holds"] is True, proof
        assert balance["in_hand_pence"] == fund.paid_in_pence - len(spends), balance


def _told(client: Client, path: str) -> dict[str, Any]:
    """The answer, asked for again while the platform is too busy to give one in its time."""

    def ask() -> dict[str, Any] | None:
        try:
            return client.get(path)
        except Refused as refused:
            if refused.status < UNAVAILABLE:
                raise
            return None

    return eventually(ask, within=SETTLED_SECONDS, pause=PAUSE_SECONDS)


def contacts_kept(fleet: Fleet, run: str) -> Iterator[Applied]:
    """The contact that notifications keeps of each referral's person: as many effects as it was written times."""
    submitted = [id for id in list(fleet.history.operations) if id.startswith(run) and id.endswith("-submit")]
    with fleet.store("notifications") as store:
        contacts = store.documents(CONTACTS)
        for id in submitted:
            contact = contacts.get(derived_id("per", CE, id.removesuffix("-submit")))
            for revision in range(1, contact["revision"] + 1 if contact else 1):
                yield Applied(operation_id=id, effect=CONTACT, stream=f"contact:{id}", sequence=revision)


def documents_of(store: Store, collection: Collection) -> Iterator[Document]:
    """All of a collection."""
    documents, after = store.documents(collection), None
    while True:
        page = documents.find(after=after, limit=500)
        yield from page.items
        if (after := page.next) is None:
            return


def held_by_witness(fleet: Fleet) -> list[str]:
    """What the witness has set aside, and why: the gateway does not know of the witness."""
    with fleet.store("witness") as store:
        held = store.documents(HELD).find([Equal(path="state", value="held")], limit=10).items
    return [f"{each['_id']} {each['reason']}: {each['detail']}" for each in held]
