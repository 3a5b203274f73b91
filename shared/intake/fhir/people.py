"""A Patient and whoever asks, as the people of a submission."""

from __future__ import annotations

from typing import Any

from shared.intake.fhir.bundles import Message, check_meaning
from shared.intake.fhir.nodes import Node, refused

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ETHNIC_CATEGORY = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"


def person_of(patient: Node) -> dict[str, Any]:
    """The person; the council's own number goes before the NHS number."""
    check_meaning(patient)
    address = patient.first("address")
    said = {
        "person_reference": _number_of(patient),
        "name": name_of(patient),
        "born_on": patient.text("birthDate"),
        "gender": patient.text("gender"),
        "ethnicity": _ethnicity_of(patient),
        "postcode": address.text("postalCode"),
        "letter": "\n".join(_lines(address)) or None,
        "language": patient.first("communication").child("language").first("coding").text("code"),
        **_reached(patient),
    }
    return {name: value for name, value in said.items() if value is not None}


def referrer_of(request: Node, message: Message) -> dict[str, Any] | None:
    """Whoever asks: a practitioner, a role of one, or an organisation."""
    if "requester" not in request.value:
        return None
    asker = message.any_resource(request.child("requester"))
    if asker is None:
        reference = request.child("requester").first("identifier").text("value")
        return {"referrer_reference": reference} if reference else None
    check_meaning(asker)
    practitioner = message.any_resource(asker.child("practitioner")) if "practitioner" in asker.value else None
    said = {
        "referrer_reference": asker.first("identifier").text("value") or asker.needed("id"),
        "name": name_of(practitioner or asker),
        "email": _reached(asker).get("email") or (_reached(practitioner).get("email") if practitioner else None),
    }
    return {name: value for name, value in said.items() if value is not None}


def name_of(someone: Node) -> str | None:
    """A human name or, of an organisation, its plain one."""
    if isinstance(someone.value.get("name"), str):
        return someone.text("name")
    name = someone.first("name")
    parts = [*name.texts("given"), *([family] if (family := name.text("family")) else [])]
    return name.text("text") or " ".join(parts) or None


def _number_of(patient: Node) -> str:
    numbers = [one for one in patient.children("identifier") if one.text("value")]
    own = [one for one in numbers if one.text("system") != NHS_NUMBER]
    if not numbers:
        field = f"{patient.path}.identifier"
        raise refused(field, "required", f"{field} needs the council's own number of the person")
    return (own or numbers)[0].needed("value")


def _ethnicity_of(patient: Node) -> str | None:
    for extension in patient.children("extension"):
        if extension.text("url") == ETHNIC_CATEGORY:
            coding = extension.child("valueCodeableConcept").first("coding")
            return coding.text("display") or coding.text("code")
    return None


def _lines(address: Node) -> list[str]:
    city, postcode = address.text("city"), address.text("postalCode")
    return [*address.texts("line"), *([city] if city else []), *([postcode] if postcode else [])]


def _reached(someone: Node) -> dict[str, str | None]:
    """The first of each way to reach them; a mobile's number takes messages."""
    found: dict[str, str | None] = {}
    for telecom in someone.children("telecom"):
        system, value = telecom.text("system"), telecom.text("value")
        channel = {"email": "email", "sms": "sms", "phone": "phone"}.get(system or "")
        if channel == "phone" and telecom.text("use") == "mobile":
            channel = "sms"
        if channel and value:
            found.setdefault(channel, value)
    return found
