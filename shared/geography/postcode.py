"""UK postcodes as text: what is one, and its tidy form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from shared.errors import FieldError, Invalid

Precision = Literal["postcode", "sector", "outcode"]

_OUTCODE = (
    r"(?P<outcode>GIR|NPT|[A-PR-UWYZ](?:[0-9][0-9]?|[A-HK-Y][0-9][0-9]?|[0-9][A-HJKMNPR-Y]|[A-HK-Y][0-9][A-HJKMNPR-Y]))"
)
_FULL = re.compile(_OUTCODE + r"(?P<inward>[0-9][ABD-HJLNP-UW-Z]{2})")
_SECTOR = re.compile(_OUTCODE + r" +(?P<inward>[0-9])")
_OUTCODE_ALONE = re.compile(_OUTCODE + r"(?P<inward>)")
_SHOWN = 12


class MalformedPostcode(Invalid):
    """The text does not have the form of a UK postcode."""


class UnknownPostcode(Invalid):
    """The text is formed like a postcode, but no place in Great Britain has it."""


@dataclass(frozen=True, kw_only=True)
class Postcode:
    """A postcode, or its first part: `inward` is `2AB` (a postcode), `2` (a sector) or empty (an outcode)."""

    outcode: str
    inward: str = ""

    def __str__(self) -> str:
        return f"{self.outcode} {self.inward}".rstrip()

    @property
    def precision(self) -> Precision:
        """How much of a postcode this is."""
        return ("outcode", "sector", "postcode")[min(len(self.inward), 2)]

    @property
    def sector(self) -> Postcode:
        """The sector it lies in (an outcode stays an outcode)."""
        return Postcode(outcode=self.outcode, inward=self.inward[:1])

    @property
    def padded(self) -> str:
        """The outcode padded to four characters, then the rest: in this form sectors and outcodes are prefixes."""
        return self.outcode.ljust(4) + self.inward


def parse_postcode(text: str, *, field: str = "postcode") -> Postcode:
    """A whole postcode in any spacing and case. Raises `MalformedPostcode`, naming `field`."""
    found = _FULL.fullmatch("".join(text.upper().split()))
    if found is None:
        raise malformed(text, field=field)
    return Postcode(**found.groupdict())


def parse_postcode_area(text: str, *, field: str = "postcode") -> Postcode:
    """A postcode, a sector (`CW1 2`, with its space) or an outcode (`CW1`).

    Raises `MalformedPostcode`, naming `field`.
    """
    tidy = " ".join(text.upper().split())
    found = _FULL.fullmatch(tidy.replace(" ", "")) or _SECTOR.fullmatch(tidy) or _OUTCODE_ALONE.fullmatch(tidy)
    if found is None:
        raise malformed(text, field=field)
    return Postcode(**found.groupdict())


def malformed(text: str, *, field: str) -> MalformedPostcode:
    """The refusal of text that is not a postcode; long text is cut, so that an answer never echoes a flood."""
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
    detail = f"{shown!r} is not a postcode. A postcode looks like CW1 2AB."
    return MalformedPostcode(detail, errors=[FieldError(field=field, rule="postcode-form", message=detail)])


def unknown(postcode: Postcode, *, field: str, reason: str = "no place in Great Britain has it") -> UnknownPostcode:
    """The refusal of a well-formed postcode that stands for no place."""
    detail = f"There is no such postcode as {postcode}: {reason}."
    return UnknownPostcode(detail, errors=[FieldError(field=field, rule="postcode-unknown", message=detail)])
