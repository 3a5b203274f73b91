"""Shapes: direct payments and their checks."""

from __future__ import annotations

from gateway.schemas.common import (
    Asked,
    day,
)


class DirectPayment(Asked):
    """A direct payment set up."""

    implemented_on = day("The day it was implemented.", required=True)
