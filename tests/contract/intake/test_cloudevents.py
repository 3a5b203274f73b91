from __future__ import annotations

import json
from typing import Any

from shared.messaging.consuming.incoming import BATCH, BINARY, CLOUDEVENTS, STRUCTURED
from shared.plugins.points import IntakeFormat
from tests.contract.intake.intake_contract import COUNCIL, IntakeContract, Sent

DATA = {"referral_reference": "CE-0007", "person": {"person_reference": "0007"}}


def an_event(**changes: Any) -> dict[str, Any]:
    """A council's event in structured form."""
    usual = {"specversion": "1.0", "id": "e-1", "source": f"/councils/{COUNCIL}", "type": "referral.submitted"}
    return usual | {"data": DATA} | changes


class TestCloudEvents(IntakeContract):
    @property
    def intake_format(self) -> IntakeFormat:
        return CLOUDEVENTS

    @property
    def good_messages(self) -> list[Sent]:
        attributes = {f"ce-{name}": value for name, value in an_event().items() if name != "data"}
        return [
            Sent(body=json.dumps(an_event()).encode(), content_type=STRUCTURED),
            Sent(body=json.dumps([an_event(), an_event(id="e-2")]).encode(), content_type=BATCH),
            Sent(body=json.dumps(DATA).encode(), content_type=BINARY, headers=attributes),
        ]
