"""Deliveries of one referral's events, for tests of consumers."""

from __future__ import annotations

import json
from typing import Any

from shared.events.envelope import Envelope, event_id
from shared.events.referrals import ReferralAllocated
from shared.messaging.consuming.deliveries import Delivery
from tests.support.clocks import A_MONDAY_MORNING


def an_envelope(sequence: int, subject: str = "ref-1", **given: Any) -> Envelope:
    event = ReferralAllocated(referral_id=subject, person_id="per-1", worker_id=f"w-{sequence}")
    values: dict[str, Any] = {
        "id": event_id("referral", subject, sequence),
        "source": "/services/referrals",
        "type": event.type,
        "time": A_MONDAY_MORNING,
        "subject": subject,
        "dataschema": event.dataschema(),
        "sequence": sequence,
        "partitionkey": f"referral:{subject}",
        "correlationid": "cor-1",
        "causationid": "cause-1",
        "data": event.as_data(),
    }
    return Envelope(**{**values, **given})


def a_delivery(envelope: Envelope, **given: Any) -> Delivery:
    values: dict[str, Any] = {
        "body": json.dumps(envelope.data).encode(),  # also what no store would have kept
        "headers": envelope.headers(),
        "content_type": "application/json",
        "message_id": envelope.id,
        "user_id": None,
        "routing_key": envelope.routing_key,
        "exchange": "referrals.events",
        "redelivered": False,
        "delivery_tag": 1,
    }
    return Delivery(**{**values, **given})
