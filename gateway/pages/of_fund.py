"""What the pages of one fund have in common: what a form knows of it, and how an answer that is not there is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from gateway.asking import ask, gateway, may
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form
from gateway.pages.options import fixed
from gateway.pages.showing import next_address, unless_missing
from gateway.pages.steps import Record, Step, to_its_page
from gateway.pages.words import short
from gateway.schemas import ledger as fund_shapes
from gateway.schemas.common import Asked
from gateway.services import LEDGER
from shared.errors import PolicyIncomplete, StewardError

PLACE = "/funds/<id:id>"


@dataclass(frozen=True, kw_only=True)
class Told:
    """An answer, or why there is none: the council's policy leaves open what it is made of."""

    answer: dict[str, Any] | None = None
    why_not: str = ""


def this_fund(id: str, **_: str) -> Known:
    """The fund of the address, for a form about it."""
    return known_of(fund_or_sums(id))


def known_of(fund: Record, *facts: tuple[str, str]) -> Known:
    """What a form knows of a fund."""
    return Known(
        council_id=str(fund.get("council_id", "")),
        record=fund,
        name=f"Fund {short(str(fund['id']))}",
        address=f"/funds/{fund['id']}",
        facts=facts,
    )


def fund_or_sums(id: str) -> dict[str, Any]:
    """The fund; for who sees it in sums only, what these say of it."""
    if may("funds.read"):
        return ask(LEDGER, "get_fund", {"id": id})
    return {"id": id, **ask(LEDGER, "get_position", {"id": id})}


def of_fund(operation: str, method: str, id: str, **asked: Any) -> dict[str, Any] | None:
    """What a call tells of a fund; nothing where there is none yet, or the reader may not see it."""
    return unless_missing(lambda: ask(LEDGER, method, {"id": id, **asked})) if may(operation) else None


def items_of(operation: str, method: str, id: str, **asked: Any) -> list[dict[str, Any]]:
    """The first of what a call lists of a fund."""
    return list((of_fund(operation, method, id, **asked) or {"items": []})["items"])


def told_of(operation: str, question: Callable[[], dict[str, Any]]) -> Told:
    """The answer, or what the council's policy leaves open; nothing for who may not ask."""
    if not may(operation):
        return Told()
    try:
        return Told(answer=question())
    except StewardError as refusal:
        if refusal.problem()["kind"] != PolicyIncomplete.kind:
            raise
        return Told(why_not=refusal.detail)


def is_open(fund: Record) -> bool:
    """Whether anything may still be done with it."""
    return fund.get("status") != "closed"


def page_of_fund(template: str, id: str, method: str, **shown: Any) -> str:
    """A page of the records that a call lists of a fund."""
    query: dict[str, Any] = {"id": id, "limit": gateway().settings.page_size}
    query |= {"after": request.args["after"]} if request.args.get("after") else {}
    page = ask(LEDGER, method, query)
    return render_template(
        template,
        known=known_of({"id": id}),
        items=page["items"],
        next=page["next"],
        next_address=next_address(page["next"]),
        **shown,
    )


EVIDENCE = Field(
    name="evidence",
    label="What proves it?",
    kind="one_of",
    choices=fixed(fund_shapes.EVIDENCE),
    optional=True,
)
"""The evidence of a payment (CP 9.5)."""


class Nothing(Asked):
    """A step that takes no words."""


def fund_step(
    path: str,
    operation: str,
    method: str,
    form: Form,
    done: str,
    *,
    about: Callable[..., Known] = this_fund,
    possible: Callable[[Record], bool] = is_open,
    group: str = "",
    at_once: bool = False,
    elsewhere: bool = False,
    then: Callable[[Known, Record], str] = to_its_page,
    place: str = PLACE,
) -> Step:
    """A step of a fund, or of a record about one that has its own `place`; `path` is below it."""
    return Step(
        name=method,
        address=f"{place}/{path}",
        operation=operation,
        method=method,
        form=form,
        about=about,
        done=done,
        service=LEDGER,
        possible=possible,
        group=group,
        at_once=at_once,
        elsewhere=elsewhere,
        then=then,
    )
