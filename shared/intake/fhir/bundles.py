"""A message bundle: its header, and the resources that refer to one another inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.intake.fhir.nodes import Node, node, refused

MOST_ENTRIES = 200
EVENT = "servicerequest-request"
NOT_TO_BE_IGNORED = ("modifierExtension", "implicitRules")
"""What changes the meaning of a resource: who doesn't understand it must not go on (FHIR R4, 2.6.3)."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A FHIR message of one referral."""

    bundle: Node
    header: Node
    by_reference: Mapping[str, Node]

    def resource(self, reference: Node, kind: str) -> Node:
        """The resource of this kind that a reference means. Raises `Invalid`."""
        named = reference.needed("reference")
        found = self.by_reference.get(named)
        field = f"{reference.path}.reference"
        if found is None:
            raise refused(field, "in-bundle", f"{field} means nothing that is in the bundle")
        if found.text("resourceType") != kind:
            raise refused(field, "resource-type", f"{field} must mean a {kind}")
        return found

    def any_resource(self, reference: Node) -> Node | None:
        """The resource that a reference means, if it is in the bundle."""
        return self.by_reference.get(reference.text("reference") or "")


def read_message(document: Any) -> Message:
    """Raises `Invalid` naming the field and the rule that it breaks."""
    bundle = node(document, "Bundle")
    _must_be(bundle, "resourceType", "Bundle")
    _must_be(bundle, "type", "message")
    entries = bundle.children("entry")
    if not 0 < len(entries) <= MOST_ENTRIES:
        raise refused("Bundle.entry", "length", f"a message has 1 to {MOST_ENTRIES} entries")
    header = entries[0].child("resource")
    _must_be(header, "resourceType", "MessageHeader")
    _must_be(header.child("eventCoding"), "code", EVENT)
    for each in (bundle, header):
        check_meaning(each)
    return Message(bundle=bundle, header=header, by_reference=_by_reference(entries))


def check_meaning(resource: Node) -> None:
    """Raises `Invalid` for a resource that says it means something else than it seems to."""
    for name in NOT_TO_BE_IGNORED:
        if resource.value.get(name):
            field = f"{resource.path}.{name}"
            raise refused(
                field, "not-understood", f"{field} changes what the message means, and is not understood here"
            )


def _by_reference(entries: list[Node]) -> dict[str, Node]:
    """Resources by every name that a reference may give them. Raises `Invalid` where one name means two."""
    found: dict[str, Node] = {}
    for entry in entries:
        resource = entry.child("resource")
        kind, own_id = resource.text("resourceType"), resource.text("id")
        names = {entry.text("fullUrl"), f"{kind}/{own_id}" if kind and own_id else None} - {None}
        for name in names:
            if name in found:
                raise refused(f"{entry.path}.fullUrl", "once", "two entries of the bundle have the same name")
            found[str(name)] = resource
    return found


def _must_be(place: Node, name: str, wanted: str) -> None:
    if place.needed(name) != wanted:
        field = f"{place.path}.{name}"
        raise refused(field, "known", f"{field} must be {wanted}")
