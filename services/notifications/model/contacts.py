"""What is known of the parties: how to reach them, and who holds which fund."""

from __future__ import annotations

from dataclasses import dataclass

from shared.events.contacts import ContactDetails


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How a party can be reached, as last recorded."""

    party_id: str
    kind: str
    details: ContactDetails


@dataclass(frozen=True, kw_only=True)
class FundParties:
    """Whose fund it is and who holds it; a refused spend names neither provider nor address."""

    fund_id: str
    person_id: str
    provider_id: str
