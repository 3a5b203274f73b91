"""The witness's plugin again, for processes whose safeguard named by STEWARD_TEST_WITHOUT is switched off.

Every process of a platform loads every service's plugin, so that what is done here is done in each before it starts anything. No
switch for it is in the platform itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from shared.events.envelope import Envelope
from shared.messaging import aggregates
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.incoming import IntakeFormats
from shared.messaging.publishing.publisher import Confirmation, _Session
from shared.store.documents import Document
from shared.store.sqlite import SqliteDocuments
from tests.faults.witness.plugin import PLUGIN

WITHOUT = "STEWARD_TEST_WITHOUT"
HIGH_WATER_MARK, COMPARE_AND_SET = "the high-water mark", "compare-and-set"
CONFIRMS, MANDATORY, SIZE_LIMIT = "confirms", "the mandatory flag", "the size limit"


def _nothing(*_: object) -> None:
    return None


def _take_known_again() -> None:
    """Neither the stream's mark nor what the record itself has seen keeps an event from being applied again."""
    take = Consumer._take

    def take_or_repeat(consumer: Consumer, envelope: Envelope) -> None:
        if envelope.sequence <= consumer._marks.look_again(envelope.partitionkey):
            consumer._try(envelope, attempts=0)
        else:
            take(consumer, envelope)

    _put(Consumer, "_take", take_or_repeat)
    _put(aggregates, "_seen_after", lambda seen, _cause: seen)


def _write_over_rivals() -> None:
    """Whoever writes last wins, whatever the record was when it was read."""
    replacement = SqliteDocuments._replacement

    def over_whatever_is_there(documents: SqliteDocuments, document: Document, version: int) -> Any:
        stored = documents.get(document["_id"])
        found = stored["version"] if stored else version
        return replacement(documents, document | {"version": found + 1}, found)

    _put(SqliteDocuments, "_replacement", over_whatever_is_there)


OFF: MappingProxyType[str, Callable[[], None]] = MappingProxyType(
    {
        HIGH_WATER_MARK: _take_known_again,
        COMPARE_AND_SET: _write_over_rivals,
        CONFIRMS: lambda: _put(Confirmation, "wait", _nothing),
        MANDATORY: lambda: _put(_Session, "_on_return", _nothing),
        SIZE_LIMIT: lambda: _put(IntakeFormats, "_check_body", _nothing),
    }
)


def _put(owner: Any, name: str, other: object) -> None:
    setattr(owner, name, other)


if os.environ.get(WITHOUT):
    OFF[os.environ[WITHOUT]]()

__all__ = ["OFF", "PLUGIN", "WITHOUT"]
