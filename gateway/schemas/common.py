"""Shapes that every part of the API shares."""

from __future__ import annotations

from functools import cache
from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, post_load, validate

from gateway.asking import gateway
from shared.schemas import DayField, IdField, InstantField, PenceField

COUNCIL = "The council whose record it is, such as cheshire-east."


def within_page_limit(limit: int) -> None:
    """Refuses a page of nothing, and one larger than the setting allows."""
    most = gateway().settings.page_limit
    if not 1 <= limit <= most:
        raise ValidationError(f"a page has 1 to {most} items")


class WholeNumber(fields.Integer):
    """A JSON integer; refuses 12.0, "12" and true."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int:
            raise ValidationError("Give a whole number.")
        return super()._deserialize(value, attr, data, **kwargs)


class Flag(fields.Boolean):
    """JSON true or false; refuses 1, "yes" and the like."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Give true or false.")
        return value


class Words(fields.String):
    """Text of 1 to `longest` characters, without control characters other than new lines and tabs."""

    def __init__(self, *, longest: int = 4000, **kwargs: Any) -> None:
        super().__init__(validate=[validate.Length(min=1, max=longest), _printable], **kwargs)


class Asked(Schema):
    """What a caller sends. Once checked, it goes to the service as JSON values, as it came."""

    @post_load
    def as_json(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The checked values in their JSON form."""
        return dict(self.dump(data))


class Page(Asked):
    """Which part of a list to give."""

    limit = fields.Integer(
        validate=within_page_limit,
        metadata={
            "description": "How many items to give: 20 unless asked otherwise, 100 at most.",
            "minimum": 1,
            "maximum": 100,
        },
    )
    after = fields.String(
        validate=validate.Length(min=1, max=1000), metadata={"description": "The `next` of the page before."}
    )

    @post_load
    def as_json(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The checked values in their JSON form, with the usual size of a page."""
        return {"limit": gateway().settings.page_size, **self.dump(data)}


class Told(Schema):
    """What the API gives. More fields may be added; ignore those that you don't know."""

    class Meta:
        unknown = INCLUDE


class Resource(Told):
    """What every record has."""

    id = IdField(required=True, metadata={"description": "The record's id."})
    version = fields.Integer(required=True, metadata={"description": "Rises with every change; also the ETag."})


class FieldProblem(Told):
    """One field that breaks one rule."""

    field = fields.String(required=True, metadata={"description": "Dotted path of the field."})
    rule = fields.String(required=True, metadata={"description": "Short name of the rule."})
    message = fields.String(required=True)


class Problem(Told):
    """RFC 9457 problem document: the shape of every error."""

    type = fields.String(required=True, metadata={"description": "Where the kind of problem is explained."})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(
        required=True, metadata={"description": "What exactly is wrong, for programs: fund-closed, stale ..."}
    )
    errors = fields.List(fields.Nested(FieldProblem), required=True)
    correlation_id = fields.String(required=True)
    reference = fields.String(metadata={"description": "Of a defect on our side: quote it to the operators."})


class HistoryLine(Told):
    """One thing that happened to a record."""

    id = fields.String(metadata={"description": "The event's id."})
    type = fields.String(metadata={"description": "What happened, such as referral.accepted."})
    sequence = fields.Integer()
    time = fields.String(metadata={"description": "When."})
    actor_id = fields.String(metadata={"description": "Who did it."})
    why = fields.String(metadata={"description": "Why, where somebody said so."})
    correlation_id = fields.String()
    data = fields.Dict()


@cache
def page_of(item: type[Schema]) -> type[Schema]:
    """The shape of a list's page: the items, and where the next page begins."""
    members = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(
            required=True,
            allow_none=True,
            metadata={"description": "Send as `after` for the next page; null at the end."},
        ),
    }
    return type(f"{item.__name__}Page", (Told,), {"__doc__": f"A page of {item.__name__}.", **members})


def identifier(about: str, *, required: bool = False) -> IdField:
    """An id in a body or a query."""
    return IdField(required=required, metadata={"description": about})


def day(about: str, *, required: bool = False) -> DayField:
    """A day in London."""
    return DayField(required=required, metadata={"description": about})


def instant(about: str, *, required: bool = False) -> InstantField:
    """An instant with its offset."""
    return InstantField(required=required, metadata={"description": about})


def pence(about: str, *, required: bool = False, minimum: int | None = None) -> PenceField:
    """Money in whole pence."""
    return PenceField(required=required, minimum=minimum, metadata={"description": f"{about} In whole pence."})


def words(about: str, *, required: bool = False, longest: int = 4000, many: bool = False) -> Any:
    """Free text, or a list of short texts."""
    if many:
        return fields.List(Words(longest=longest), validate=validate.Length(max=100), metadata={"description": about})
    return Words(required=required, longest=longest, metadata={"description": about})


def one_of(about: str, choices: tuple[str, ...], *, required: bool = False) -> fields.String:
    """One of a few codes."""
    return fields.String(required=required, validate=validate.OneOf(choices), metadata={"description": about})


def _printable(text: str) -> None:
    if any(not character.isprintable() and character not in "\n\r\t" for character in text):
        raise ValidationError("The text holds control characters.")


CHANNELS = ("email", "sms", "letter", "phone")


class Reachable(Schema):
    """How somebody can be reached, and how not."""

    email = words("Email address.", longest=254)
    sms = words("Mobile number for texts.", longest=30)
    phone = words("Number to call.", longest=30)
    letter = words("Postal address, lines separated by new lines.", longest=500)
    preferred_channel = one_of("The channel they chose.", CHANNELS)
    unsafe_channels = fields.List(
        one_of("A channel that could put them at risk.", CHANNELS), metadata={"description": "Never used."}
    )
    communication_needs = words("Codes of the council's policy (CE 3.2, 4.9, 4.11).", longest=100, many=True)
    language = words("To translate or interpret into (CE 4.11).", longest=100)
    font_size_points = fields.Integer(
        strict=True,
        validate=validate.Range(min=6, max=96),
        metadata={"description": "The size of print that they read (CE 7.1(e))."},
    )
    feedback_method = words("How they would like to be asked, a code of the council's policy (CE 7.1(e)).", longest=100)
