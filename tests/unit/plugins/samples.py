"""Plugins of other people, good and bad, for the tests to name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.messaging.consuming.incoming import STRUCTURED


class LinesFormat:
    """`reference;name` of a provider on each line."""

    content_types = ("text/x-lines",)

    def read(self, body: bytes, *, content_type: str, headers: Mapping[str, Any], council_id: str) -> list[Any]:
        """One `provider.listed` for each line."""
        lines = [line.partition(";") for line in body.decode().splitlines()]
        return [
            {
                "specversion": "1.0",
                "id": f"{council_id}-{reference}",
                "source": f"/councils/{council_id}",
                "type": "provider.listed",
                "data": {"provider_reference": reference, "name": name, "lots": [1]},
            }
            for reference, _, name in lines
        ]


class AlsoCloudEvents(LinesFormat):
    """Reads what the built-in format reads already."""

    content_types = (STRUCTURED,)


class NoRead:
    """Says what it reads, and can't."""

    content_types = ("text/x-none",)


class TypesOfText(LinesFormat):
    """Its content types are one text, not a tuple."""

    content_types = "text/x-lines"  # type: ignore[assignment]


class EmptyTypes(LinesFormat):
    """Reads nothing."""

    content_types = ()  # type: ignore[assignment]


LINES = LinesFormat()
ALSO_CLOUDEVENTS = AlsoCloudEvents()
NO_READ = NoRead()
NO_TYPES = object()
TYPES_OF_TEXT = TypesOfText()
EMPTY_TYPES = EmptyTypes()
NOT_CALLABLE = 7


def raises_when_loaded() -> None:
    """A function that is there, so that what is not there can be told from it."""
