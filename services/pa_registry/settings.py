"""The register's own settings."""

from __future__ import annotations

from dataclasses import dataclass

from services.pa_registry.search.query import RADII_MILES
from shared.settings import setting

SMALLEST_STEP = 5


def _radius(text: str) -> int:
    if text not in map(str, RADII_MILES):
        raise ValueError(f"one of {', '.join(map(str, RADII_MILES))}")
    return int(text)


def _step(text: str) -> int:
    if int(text) < SMALLEST_STEP:
        raise ValueError(f"a whole number from {SMALLEST_STEP}")
    return int(text)


def _count(text: str) -> int:
    if int(text) < 1:
        raise ValueError("a whole number from 1")
    return int(text)


@dataclass(frozen=True, kw_only=True)
class RegistrySettings:
    """The public tables, the search, its index and how its engine is opened."""

    summary_age_seconds: float = setting(
        "STEWARD_PA_SUMMARY_AGE",
        900.0,
        "How long the public totals stay as they are before they are taken anew, seconds",
    )
    summary_step: int = setting(
        "STEWARD_PA_SUMMARY_STEP",
        SMALLEST_STEP,
        "Public totals are rounded down to multiples of this, and smaller pools withheld; 5 at least",
        parse=_step,
    )
    radius_miles: int = setting(
        "STEWARD_PA_SEARCH_RADIUS",
        10,
        "Radius of a search that names a place and no radius: 2, 5, 10 or 20",
        parse=_radius,
    )
    page_of_entries: int = setting(
        "STEWARD_PA_READ_PAGE",
        200,
        "Entries read from the store at once when the index or the public totals are made",
        parse=_count,
    )
    tie_seed: str = setting(
        "STEWARD_SEARCH_TIE_SEED",
        "steward",
        "Orders those who rank alike; another value shuffles them anew and asks for a reindex",
    )
    words_on_disk: bool = setting(
        "STEWARD_SEARCH_WORDS_ON_DISK", False, "embedded: keep the word index in a temporary file, not in memory"
    )
    index_name: str = setting("STEWARD_SEARCH_INDEX", "personal-assistants", "Elasticsearch: the alias of the index")
    timeout_seconds: float = setting(
        "STEWARD_SEARCH_TIMEOUT", 5.0, "Elasticsearch: how long a search may take, seconds"
    )
    write_timeout_seconds: float = setting(
        "STEWARD_SEARCH_WRITE_TIMEOUT",
        60.0,
        "Elasticsearch: how long a bulk write or a step of a rebuild may take, seconds",
    )
