"""A service's own copies of the packs that were published: how they are kept, learned of, and read again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import structlog

from shared.dates import start_of_london_day
from shared.events.envelope import Envelope
from shared.events.policy import PolicyPackPublished, PolicyPackWithdrawn
from shared.messaging.aggregates import Aggregates, Decision, Kind, collection_of
from shared.messaging.cause import Cause, of_event
from shared.messaging.scheduling import Due
from shared.policy.errors import PackRefused
from shared.policy.pack import PolicyPack
from shared.policy.publishing import PublishedPack, id_of, sha256_of, withdrawn
from shared.store.documents import Document, Documents, Field, Order
from shared.store.records import dump_record, load_record

log = structlog.get_logger(__name__)

POLICY_PACKS = collection_of(
    "policy_packs",
    fields=(Field(path="state.version"), Field(path="state.takes_effect_at", kind="instant")),
    orders=(
        Order(name="version", by=(("state.version", "ascending"),)),
        Order(name="due", by=(("state.takes_effect_at", "ascending"),)),
    ),
)
PACK: Kind[PublishedPack] = Kind(
    name="policy pack", dump=dump_record, load=lambda state: load_record(PublishedPack, state)
)
PACKS_TAKE_EFFECT = Due(name="policy-packs", collection=POLICY_PACKS, path="state.takes_effect_at")
PAGE = 100


class WrongHash(ValueError):
    """The lines of a published pack are not those that were hashed: the message is set aside for a person."""


def learn(event: PolicyPackPublished, envelope: Envelope, *, records: Aggregates[PublishedPack]) -> None:
    """Keeps a pack that was published; a repeat finds it kept.

    Raises `WrongHash`, and `PackRefused` for a pack that this release cannot read: its message is set aside until one can.
    """
    if sha256_of(event.lines) != event.sha256:
        raise WrongHash(f"{event.version} does not have the hash that it came with")
    pack = PublishedPack(
        version=event.version,
        council_id=envelope.councilid,
        effective_on=event.effective_on,
        sha256=event.sha256,
        lines=event.lines,
        published_at=envelope.time,
        published_by=envelope.actorid,
        takes_effect_at=start_of_london_day(event.effective_on),
    )
    pack.read()
    decision = Decision(state=pack)
    records.create(id_of(event.version), decision, council_id=envelope.councilid, cause=of_event(envelope))


def forget(event: PolicyPackWithdrawn, envelope: Envelope, *, records: Aggregates[PublishedPack]) -> None:
    """Notes that a pack was withdrawn before its first day; it never holds. A repeat finds it noted."""
    at, by = envelope.time, envelope.actorid

    def decide(pack: PublishedPack) -> Decision[PublishedPack]:
        is_noted = pack.withdrawn_at is not None
        return Decision(state=pack if is_noted else withdrawn(pack, at=at, by=by, reason=None))

    records.change(id_of(event.version), decide, cause=of_event(envelope))


def take_effect(record_id: str, *, records: Aggregates[PublishedPack], cause: Cause) -> None:
    """Notes that what follows from the pack's taking effect is done."""
    records.change(record_id, lambda pack: Decision(state=replace(pack, takes_effect_at=None)), cause=cause)


class PublishedPacks:
    """The packs in a service's store, read again after `refresh_seconds`, so that every replica has what one has learned."""

    def __init__(
        self, documents: Documents, *, refresh_seconds: float, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._documents = documents
        self._refresh_seconds = refresh_seconds
        self._timer = timer
        self._read: dict[str, PolicyPack] = {}
        self._packs: tuple[PolicyPack, ...] = ()
        self._read_at: float | None = None

    def packs(self, *, fresh: bool = False) -> tuple[PolicyPack, ...]:
        """Every published pack; the very same tuple for as long as there is nothing new."""
        now = self._timer()
        if fresh or self._read_at is None or now - self._read_at >= self._refresh_seconds:
            self._read_new()
            self._read_at = now
        return self._packs

    def _read_new(self) -> None:
        found = dict(self._read)
        for document in self._stored():
            pack = None if _is_read(document, found) else _pack_in(document)
            if pack is not None:
                found[document["_id"]] = pack
        if found != self._read:
            self._read, self._packs = found, tuple(found.values())

    def _stored(self) -> Iterator[Document]:
        after = None
        while True:
            page = self._documents.find(order="version", after=after, limit=PAGE)
            yield from page.items
            after = page.next
            if after is None:
                return


def _is_read(document: Document, found: Mapping[str, PolicyPack]) -> bool:
    """Whether the pack was read, and not withdrawn since; nothing else of it ever changes."""
    read = found.get(document["_id"])
    return read is not None and read.withdrawn == (document["state"].get("withdrawn_at") is not None)


def _pack_in(document: Document) -> PolicyPack | None:
    """The pack, or nothing if an older release than the one that kept it cannot read it; the others must hold all the same."""
    kept = PACK.load(document["state"])
    try:
        return kept.read()
    except PackRefused as refusal:
        log.error("policy.pack_unreadable", version=kept.version, errors=len(refusal.errors))
        return None
