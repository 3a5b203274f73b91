"""Points on the earth and the great-circle distance between them."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from shared.errors import FieldError, Invalid

EARTH_RADIUS_KM = 6371.0088
KM_PER_MILE = 1.609344


@dataclass(frozen=True, kw_only=True)
class Point:
    """A place on the earth in WGS 84 decimal degrees. Raises `Invalid` outside the earth's range."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        faults = [
            FieldError(field=field, rule="range", message=f"{field} must lie between -{limit} and {limit} degrees.")
            for field, value, limit in (("latitude", self.latitude, 90), ("longitude", self.longitude, 180))
            if not -limit <= value <= limit
        ]
        if faults:
            raise Invalid("The point does not lie on the earth.", errors=faults)


def miles_between(one: Point, other: Point) -> float:
    """The haversine distance in statute miles."""
    latitudes = radians(one.latitude), radians(other.latitude)
    half_north = (latitudes[1] - latitudes[0]) / 2
    half_east = radians(other.longitude - one.longitude) / 2
    chord = sin(half_north) ** 2 + cos(latitudes[0]) * cos(latitudes[1]) * sin(half_east) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, chord))) / KM_PER_MILE
