"""The intake format: a referral asked for, brought up to date, or cancelled, by a FHIR R4 message in JSON.

Only what is named in `docs/outside-parties.md` is read; every other field is ignored. A cancellation is an update whose
request is revoked or entered in error, or a message whose reason says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.intake.fhir.bundles import Message, check_meaning, read_message
from shared.intake.fhir.nodes import Node, refused
from shared.intake.fhir.requests import reference_of, referral_of, updated_at
from shared.strict_json import read_strict_json

FHIR_JSON = "application/fhir+json"
REASONS = ("new", "update", "cancel", "delete")
CANCELLED = ("revoked", "entered-in-error")


class BarsMessages:
    """A message bundle, with the MessageHeader first and its ServiceRequest in focus."""

    content_types = (FHIR_JSON,)

    def read(self, body: bytes, *, content_type: str, headers: Mapping[str, Any], council_id: str) -> list[Any]:
        """The one event of a message. Raises `Invalid`, naming field and rule."""
        message = read_message(read_strict_json(body))
        request = message.resource(message.header.first("focus"), "ServiceRequest")
        check_meaning(request)
        type, data = _meant(message, request)
        return [
            {
                "specversion": "1.0",
                "id": _id_of(message),
                "source": f"/councils/{council_id}",
                "type": type,
                "datacontenttype": "application/json",
                "data": data,
            }
        ]


def _meant(message: Message, request: Node) -> tuple[str, dict[str, Any]]:
    reason, status = _reason_of(message), request.needed("status")
    if reason in ("cancel", "delete") or (reason == "update" and status in CANCELLED):
        return "referral.cancelled", _cancellation(message, request)
    if status != "active":
        sentence = f"a request that is {reason} must be active; an update may be {' or '.join(CANCELLED)}"
        raise refused(f"{request.path}.status", "choice", sentence)
    return ("referral.submitted" if reason == "new" else "referral.updated"), referral_of(request, message)


def _reason_of(message: Message) -> str:
    coding = message.header.child("reason").first("coding")
    reason = coding.needed("code")
    if reason not in REASONS:
        raise refused(f"{coding.path}.code", "choice", f"the reason must be one of {', '.join(REASONS)}")
    return reason


def _cancellation(message: Message, request: Node) -> dict[str, Any]:
    said = {
        "referral_reference": reference_of(request),
        "reason": request.first("reasonCode").text("text"),
        "updated_at": updated_at(request, message),
    }
    return {name: value for name, value in said.items() if value is not None}


def _id_of(message: Message) -> str:
    """The message's own id, by which a repeat is known."""
    return message.bundle.child("identifier").text("value") or message.bundle.text("id") or message.header.needed("id")


BARS_MESSAGES = BarsMessages()
