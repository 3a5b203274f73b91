"""Where things are: postcodes of Great Britain, points on the earth and the miles between them."""

from __future__ import annotations

from shared.geography.distance import EARTH_RADIUS_KM, KM_PER_MILE, Point, miles_between
from shared.geography.grid import point_of_grid
from shared.geography.places import Place, Postcodes
from shared.geography.postcode import MalformedPostcode, Postcode, UnknownPostcode, parse_postcode, parse_postcode_area

__all__ = [
    "EARTH_RADIUS_KM",
    "KM_PER_MILE",
    "MalformedPostcode",
    "Place",
    "Point",
    "Postcode",
    "Postcodes",
    "UnknownPostcode",
    "miles_between",
    "parse_postcode",
    "parse_postcode_area",
    "point_of_grid",
]
