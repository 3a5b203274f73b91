"""The rows that describe support in money: lines of a plan, outcomes, and what is filled in of them already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.pages.fields import Field, Known
from gateway.pages.forms import Payload
from gateway.pages.rows import Filled, Rows
from shared.money import Pence, format_gbp

MOST_LINES = 200


def plain_pounds(pence: int | None) -> str:
    """An amount as a box takes it."""
    return "" if pence is None else format_gbp(Pence(pence)).removeprefix("£")


def outcomes_of(known: Known) -> Mapping[str, str]:
    """The outcomes that the council set, to choose from; where it has set none, any may be named."""
    return {one["outcome_id"]: one["words"] for one in _life(known).get("outcomes", ())}


def latest_lines(known: Known) -> Filled:
    """The lines of the latest draft, or else of the plan in force."""
    drafts = _life(known).get("drafts") or ()
    return filled_lines(drafts[-1]["lines"]) if drafts else agreed_lines(known)


def agreed_lines(known: Known) -> Filled:
    """The lines of the plan in force."""
    return filled_lines((known.record.get("plan") or {}).get("lines", ()))


def set_outcomes(known: Known) -> Filled:
    """The outcomes as they stand."""
    return [{"outcome_id": code, "words": text} for code, text in outcomes_of(known).items()]


def filled_lines(lines: Iterable[Mapping[str, Any]]) -> Filled:
    """Lines as their boxes hold them."""
    return [
        {
            "line_id": line["line_id"],
            "category": line["category"],
            "outcome_id": line["outcome_id"],
            "payee_id": line.get("payee_id") or "",
            "weekly_cost": plain_pounds(line["weekly_cost_pence"]),
        }
        for line in lines
    ]


def line_rows(filled: Any, *, heading: str = "", hint: str = "", first: int = 3) -> Rows:
    """The lines of a plan."""
    return Rows(
        name="lines",
        one="Line",
        heading=heading,
        hint=hint,
        first=first,
        most=MOST_LINES,
        filled=filled,
        fields=(
            Field(name="line_id", label="Line", kind="kept"),
            Field(name="category", label="What for", hint="Such as day opportunities", ask="Say what it is for."),
            Field(
                name="outcome_id",
                label="Which outcome it serves",
                kind="select",
                choices=outcomes_of,
                ask="Choose the outcome that it serves.",
            ),
            Field(
                name="weekly_cost",
                path="weekly_cost_pence",
                label="Cost a week",
                kind="pounds",
                ask="Enter what it costs a week.",
            ),
            Field(name="payee_id", label="Who is paid", hint="Their id, where it is known", optional=True),
        ),
    )


def outcome_rows(filled: Any, *, heading: str, hint: str = "", first: int = 2) -> Rows:
    """High-level outcomes."""
    return Rows(
        name="outcomes",
        one="Outcome",
        heading=heading,
        hint=hint,
        first=first,
        filled=filled,
        fields=(
            Field(name="outcome_id", label="Outcome", kind="kept"),
            Field(name="words", label="The outcome in words", ask="Write the outcome."),
        ),
    )


def with_ids(answers: Payload, rows: str, id_name: str, stem: str) -> Payload:
    """The answers with an id for each row that is new, of those that no other row has."""
    found: dict[str, Payload] = answers.get(rows, {})
    taken = {row[id_name] for row in found.values() if id_name in row}
    free = (f"{stem}-{number}" for number in range(1, 2 * len(found) + 2) if f"{stem}-{number}" not in taken)
    kept = {place: row if id_name in row else {id_name: next(free)} | row for place, row in found.items()}
    return answers | ({rows: kept} if kept else {})


def with_line_ids(answers: Payload, _: Known) -> Payload:
    """The answers with an id for each new line."""
    return with_ids(answers, "lines", "line_id", "line")


def _life(known: Known) -> Mapping[str, Any]:
    return known.record.get("life") or {}
