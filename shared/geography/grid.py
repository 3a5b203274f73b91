"""British national grid to latitude and longitude.

The grid is a transverse Mercator projection of the Airy 1830 ellipsoid (datum OSGB36). The Helmert step to WGS 84 is
good to about five metres anywhere in Great Britain, far finer than the postcode sector it is used for.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, radians, sin, sqrt, tan

from shared.geography.distance import Point

_DECIMALS = 6  # a tenth of a metre; finer would pretend to more than Helmert gives


@dataclass(frozen=True, kw_only=True)
class _Ellipsoid:
    major_m: float
    minor_m: float

    @property
    def eccentricity_squared(self) -> float:
        return 1 - (self.minor_m / self.major_m) ** 2


_AIRY = _Ellipsoid(major_m=6377563.396, minor_m=6356256.909)
_WGS84 = _Ellipsoid(major_m=6378137.0, minor_m=6356752.314245)
_SCALE = 0.9996012717
_ORIGIN = (radians(49), radians(-2))
_FALSE_EASTING_M, _FALSE_NORTHING_M = 400_000.0, -100_000.0
_SHIFT_M = (446.448, -125.157, 542.060)
_TURN_ARCSECONDS = (0.1502, 0.2470, 0.8421)
_SETTLED_M, _SETTLED_RADIANS = 1e-5, 1e-12
_STRETCH = 1 - 20.4894e-6


def point_of_grid(easting_m: float, northing_m: float) -> Point:
    """The WGS 84 point of a grid reference in metres, to six decimals of a degree."""
    latitude, longitude = _unproject(easting_m, northing_m)
    latitude, longitude = _geodetic(_helmert(_cartesian(latitude, longitude)))
    return Point(latitude=round(degrees(latitude), _DECIMALS), longitude=round(degrees(longitude), _DECIMALS))


def _unproject(easting_m: float, northing_m: float) -> tuple[float, float]:
    """Grid metres to latitude and longitude in radians on Airy 1830 (the projection's inverse series)."""
    foot = _footpoint(northing_m)
    squared = _AIRY.eccentricity_squared
    nu = _AIRY.major_m * _SCALE / sqrt(1 - squared * sin(foot) ** 2)
    rho = nu * (1 - squared) / (1 - squared * sin(foot) ** 2)
    eta, t = nu / rho - 1, tan(foot) ** 2
    x = (easting_m - _FALSE_EASTING_M) / nu
    north = 1 - x**2 / 12 * (5 + 3 * t + eta - 9 * t * eta) + x**4 / 360 * (61 + 90 * t + 45 * t**2)
    east = 1 - x**2 / 6 * (nu / rho + 2 * t) + x**4 / 120 * (5 + 28 * t + 24 * t**2)
    east -= x**6 / 5040 * (61 + 662 * t + 1320 * t**2 + 720 * t**3)
    latitude = foot - tan(foot) * nu / (2 * rho) * x**2 * north
    return latitude, _ORIGIN[1] + x * east / cos(foot)


def _footpoint(northing_m: float) -> float:
    """The latitude on the central meridian with this northing, found by iteration to a hundredth of a millimetre."""
    latitude, arc = _ORIGIN[0], 0.0
    while abs(rest := northing_m - _FALSE_NORTHING_M - arc) >= _SETTLED_M:
        latitude += rest / (_AIRY.major_m * _SCALE)
        arc = _meridian_arc(latitude)
    return latitude


def _meridian_arc(latitude: float) -> float:
    """Metres along the central meridian from the true origin."""
    n = (_AIRY.major_m - _AIRY.minor_m) / (_AIRY.major_m + _AIRY.minor_m)
    less, more = latitude - _ORIGIN[0], latitude + _ORIGIN[0]
    return (
        _AIRY.minor_m
        * _SCALE
        * (
            (1 + n + 1.25 * n**2 + 1.25 * n**3) * less
            - (3 * n + 3 * n**2 + 21 / 8 * n**3) * sin(less) * cos(more)
            + 15 / 8 * (n**2 + n**3) * sin(2 * less) * cos(2 * more)
            - 35 / 24 * n**3 * sin(3 * less) * cos(3 * more)
        )
    )


def _cartesian(latitude: float, longitude: float) -> tuple[float, float, float]:
    """A point at height zero on Airy 1830 as metres from the earth's centre."""
    squared = _AIRY.eccentricity_squared
    nu = _AIRY.major_m / sqrt(1 - squared * sin(latitude) ** 2)
    return (
        nu * cos(latitude) * cos(longitude),
        nu * cos(latitude) * sin(longitude),
        nu * (1 - squared) * sin(latitude),
    )


def _helmert(point: tuple[float, float, float]) -> tuple[float, float, float]:
    """OSGB36 to WGS 84, both in metres from the earth's centre."""
    x, y, z = point
    turn_x, turn_y, turn_z = (radians(seconds / 3600) for seconds in _TURN_ARCSECONDS)
    return (
        _SHIFT_M[0] + _STRETCH * x - turn_z * y + turn_y * z,
        _SHIFT_M[1] + turn_z * x + _STRETCH * y - turn_x * z,
        _SHIFT_M[2] - turn_y * x + turn_x * y + _STRETCH * z,
    )


def _geodetic(point: tuple[float, float, float]) -> tuple[float, float]:
    """Metres from the earth's centre to latitude and longitude in radians on WGS 84."""
    x, y, z = point
    squared, across = _WGS84.eccentricity_squared, hypot(x, y)
    latitude, before = atan2(z, across * (1 - squared)), 0.0
    while abs(latitude - before) > _SETTLED_RADIANS:
        before = latitude
        nu = _WGS84.major_m / sqrt(1 - squared * sin(latitude) ** 2)
        latitude = atan2(z + squared * nu * sin(latitude), across)
    return latitude, atan2(y, x)
