"""What notifications must know to reach a party: the only event data with names and addresses in it.

Travels on `referrals.contacts` alone, which only notifications may bind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

Channel = Literal["email", "sms", "letter", "phone"]


@dataclass(frozen=True, kw_only=True)
class ContactDetails:
    """How a party can be reached, what they chose, and what must never be used (CE 4.9, 4.12; safe contact)."""

    name: Annotated[str, "how to address them"]
    preferred_channel: Annotated[Channel | None, "the channel they chose"] = None
    unsafe_channels: Annotated[tuple[Channel, ...], "channels that could put them at risk: never used"] = ()
    email: str | None = None
    sms: Annotated[str | None, "mobile number"] = None
    phone: str | None = None
    letter: Annotated[str | None, "postal address, lines separated by newlines"] = None
    formats: Annotated[tuple[str, ...], "needs such as large print, easy read, BSL (CE 7.1(e))"] = ()
    communication_needs: Annotated[tuple[str, ...], "codes of the council's policy (CE 3.2, 4.9, 4.11)"] = ()
    language: Annotated[str | None, "the language to translate or interpret into (CE 4.11)"] = None
    font_size_points: Annotated[int | None, "the size of print that they read (CE 7.1(e))"] = None
    feedback_method: Annotated[str | None, "how they would like to be asked (CE 7.1(e))"] = None


def worker_party(council_id: str, worker_id: str) -> str:
    """The party id of somebody who works for a council's service; ids of workers are each council's own."""
    return f"worker:{council_id}:{worker_id}"
