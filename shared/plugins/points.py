"""The plugin points: one Protocol or descriptor per group of entry points.

Policy packs are in `shared.policy.source`, search engines in the PA registry's own `search.engine`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from shared.bank_statements.reading import BankStatement
from shared.events.language import Stream
from shared.store.documents import Collection


@dataclass(frozen=True, kw_only=True)
class ServicePlugin:
    """`steward.services`: a service of the platform.

    `service_class` and `settings` are named as `package.module:attribute` and loaded only where they
    are needed: the gateway must not load nameko, nor a service the web framework.
    """

    name: str
    about: str
    service_class: str
    publishes: tuple[Stream, ...]
    handles: tuple[Stream, ...]
    collections: tuple[Collection, ...]
    outboxes: tuple[str, ...] = ()
    """Names of the collections whose documents carry an outbox."""
    clocks: tuple[str, ...] = ()
    """Names of those among them whose records bear clocks; these are listed in the service's own `clocks`."""
    settings: str | None = None
    """The service's own settings, for the generated reference."""
    life: str | None = None
    """The table of its main record's life (status -> step -> status), for the diagram in its README."""
    pages: tuple[tuple[str, str], ...] = ()
    """Pages of `docs/` that the service writes: file name, and the function that makes the page of the policies."""


@dataclass(frozen=True, kw_only=True)
class OutgoingMessage:
    """A message ready to go out. `message_id` is the same for a repeat; a channel passes it on where it can."""

    message_id: str
    to_name: str
    address: str
    subject: str
    body: str
    formats: tuple[str, ...] = ()


class ChannelRefused(Exception):
    """The channel will never take this message (a bad address, say); trying again is no use."""


class ChannelAway(Exception):
    """The channel can't take the message now."""


@runtime_checkable
class Channel(Protocol):
    """`steward.channels`: a way to reach someone.

    `kind` is what people choose (email, sms, letter, phone). `send` returns a receipt, or raises `ChannelRefused` or
    `ChannelAway`.
    """

    kind: str

    def send(self, message: OutgoingMessage) -> str: ...


class ChannelFactory(Protocol):
    """What a channel's entry point names: builds the channel from settings and the data folder."""

    def __call__(self, *, environment: dict[str, str], data_dir: str) -> Channel: ...


@runtime_checkable
class IntakeFormat(Protocol):
    """`steward.intake`: a council's event format, read into CloudEvents documents.

    `content_types` are those it reads, in lower case and without parameters. `read` gives structured CloudEvents of the
    types in `shared.events.intake`, with `/councils/<council_id>` as their source, or raises `shared.errors.Invalid`.
    `headers` are the message's own and prove nothing; `council_id` is proved. A repeat must give the same ids.
    """

    content_types: tuple[str, ...]

    def read(self, body: bytes, *, content_type: str, headers: Mapping[str, Any], council_id: str) -> list[Any]: ...


@runtime_checkable
class StatementFormat(Protocol):
    """`steward.statements`: a bank's or card company's statement file, built by a function `(profiles=...)`.

    `content_types` are those it reads, in lower case and without parameters. `read` gives a statement for each account, or
    raises `shared.errors.Invalid`; what it leaves out of a line cannot be matched by. The same file must give the same.
    """

    content_types: tuple[str, ...]

    def read(self, body: bytes, *, content_type: str, profile: str | None) -> list[BankStatement]: ...


GROUPS = {
    "steward.services": "a service: its nameko class, streams, collections, routes and commands",
    "steward.policy_packs": "a council's rules as dated, cited data",
    "steward.intake": "a council's event format",
    "steward.search_engines": "an engine for finding personal assistants",
    "steward.channels": "a way to reach someone",
    "steward.statements": "a bank's or card company's statement file",
}
