"""By which channel a party is told: the one they chose unless it is unsafe, then the other safe ones in a fixed order.

This module is the only place where a channel is chosen, so that none is ever used that was marked unsafe (CE 4.9, 4.12).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import get_args

from shared.events.contacts import Channel, ContactDetails

FALLBACK: tuple[Channel, ...] = ("email", "sms", "letter", "phone")
"""After the preferred channel: what reaches people quickest first, then a letter, then somebody calls."""

WRITTEN: frozenset[Channel] = frozenset({"email", "letter"})
"""Channels that leave the party something in writing, where a clause asks for it (CE 4.3)."""

KINDS: tuple[Channel, ...] = get_args(Channel)


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A channel plugin of this platform, by its name in settings."""

    name: str
    kind: Channel


@dataclass(frozen=True, kw_only=True)
class Route:
    """A channel and the party's address in it."""

    channel: str
    kind: Channel
    address: str


def routes_to(
    contact: ContactDetails, *, installed: Sequence[Installed], written: bool = False, given_up: Collection[str] = ()
) -> list[Route]:
    """Every safe way to reach the party, the best first; empty when there is none.

    `written` leaves out what leaves nothing in writing; `given_up` names channels that failed for good.
    """
    usable = [channel for channel in installed if _may_use(channel, contact, written) and channel.name not in given_up]
    ordered = sorted(usable, key=lambda channel: _place(channel.kind, contact))
    routes = [
        Route(channel=channel.name, kind=channel.kind, address=address_of(contact, channel.kind)) for channel in ordered
    ]
    return [route for route in routes if route.address]


def address_of(contact: ContactDetails, kind: Channel) -> str:
    """The party's address in this kind of channel; empty if none is known."""
    addresses: dict[Channel, str | None] = {
        "email": contact.email,
        "sms": contact.sms,
        "letter": contact.letter,
        "phone": contact.phone,
    }
    return (addresses[kind] or "").strip()


def _may_use(channel: Installed, contact: ContactDetails, written: bool) -> bool:
    return channel.kind not in contact.unsafe_channels and (channel.kind in WRITTEN or not written)


def _place(kind: Channel, contact: ContactDetails) -> tuple[bool, int]:
    return kind != contact.preferred_channel, FALLBACK.index(kind)
