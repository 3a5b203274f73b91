"""How the pages write days, instants, money and codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask

from gateway.asking import gateway
from gateway.statements import money_in, money_out, pounds, sided
from shared.dates import london_time, parse_day, parse_instant
from shared.policy.running import OPEN

SERVICE_WORDS = {
    "referrals": "Referrals",
    "pa_registry": "Personal assistants",
    "safeguarding": "Safeguarding",
    "ledger": "Funds",
    "notifications": "Notifications",
}
FACET_WORDS = {
    "skills": "Skills, experience and care tasks",
    "qualifications": "Qualifications and training",
    "client_groups": "Groups supported",
    "ages": "Ages supported",
    "areas": "Areas covered",
    "smoker": "Smoking",
    "dbs": "DBS check",
}
NONE = "–"
SHORT_ID = 12


def add_words(app: Flask) -> None:
    """Makes the filters known to the templates."""
    app.jinja_env.filters.update(
        london=london,
        london_clock=london_clock,
        day=day,
        short_day=short_day,
        words=words,
        service=lambda name: SERVICE_WORDS.get(name, name),
        council=council,
        short=short,
        pounds=pounds,
        pounds_or_none=lambda pence: NONE if pence is None else pounds(pence),
        sided=sided,
        money_in=money_in,
        money_out=money_out,
        next_clock=next_clock,
        reasons=reasons,
        place=place,
    )


def london(instant: str) -> str:
    """`22 November 2026, 8:42am`, in London."""
    at = london_time(parse_instant(instant))
    return f"{at.day} {at:%B %Y}, {_clock(at.hour, at.minute)}"


def london_clock(instant: str) -> str:
    """`08:42:07`, in London."""
    return f"{london_time(parse_instant(instant)):%H:%M:%S}"


def day(text: str) -> str:
    """`Sunday 22 November 2026`."""
    on = parse_day(text)
    return f"{on:%A} {on.day} {on:%B %Y}"


def short_day(text: str) -> str:
    """`22 November 2026`."""
    on = parse_day(text)
    return f"{on.day} {on:%B %Y}"


def words(code: str) -> str:
    """A code such as `early_help_check` or `referral.accepted` in words."""
    plain = code.replace("_", " ").replace(".", " ").replace("-", " ").replace("directpayment", "direct payment")
    return plain[:1].upper() + plain[1:]


def facet(name: str) -> str:
    """A field group of the register in words."""
    return FACET_WORDS.get(name) or words(name)


def short(record_id: str) -> str:
    """The beginning of an id that is too long to read; the whole is a click or an API call away."""
    return record_id if len(record_id) <= SHORT_ID + 1 else f"{record_id[:SHORT_ID]}…"


def council(council_id: str) -> str:
    """A council's name, or its id when no policy pack names it."""
    packs = gateway().policies.packs.by_council.get(council_id)
    return packs[-1].council_name if packs else "every council" if council_id == "*" else council_id


def place(entry_id: str) -> str:
    """Where an entry stands in its fund's book: `5.1`, block and place."""
    return ".".join(entry_id.rsplit(".", 2)[-2:])


def sided_in_or_out(pence: int) -> str:
    """What a bank moved: `£12.50 in`."""
    return f"{pounds(abs(pence))} {'out' if pence < 0 else 'in'}"


def next_clock(referral: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The clock of a referral that is due first and still open."""
    still_open = [clock for clock in referral.get("clocks", ()) if clock["state"] in OPEN]
    return min(still_open, key=lambda clock: str(clock["due_at"]), default=None)


def reasons(found: Iterable[Mapping[str, Any]]) -> str:
    """Why somebody was found, in a line; the distance has a line of its own."""
    return "; ".join(
        f"{facet(reason['criterion']).lower()}: {', '.join(words(value).lower() for value in reason['values'])}"
        for reason in found
        if reason["criterion"] != "within_miles"
    )


def _clock(hour: int, minute: int) -> str:
    half = "am" if hour < 12 else "pm"
    return f"{hour % 12 or 12}:{minute:02}{half}"
