"""Where postcodes are, from the national directory."""

from __future__ import annotations

from services.pa_registry.model.entries import SectorPlace
from shared.geography import Point, Postcodes, parse_postcode

_MILLION = 1_000_000


class DirectoryPlaces:
    """The use cases' `Places` over `shared.geography`."""

    def __init__(self, postcodes: Postcodes) -> None:
        self._postcodes = postcodes

    def home(self, postcode: str) -> tuple[str, SectorPlace]:
        """The postcode in its tidy form, and its sector's centroid to a millionth of a degree (0.1 m)."""
        tidy = parse_postcode(postcode)
        point = self._postcodes.locate_sector(postcode).point
        place = SectorPlace(
            sector=str(tidy.sector),
            latitude_e6=round(point.latitude * _MILLION),
            longitude_e6=round(point.longitude * _MILLION),
        )
        return str(tidy), place

    def point(self, postcode: str) -> Point:
        """The point that a search is made around."""
        return self._postcodes.locate(postcode).point
