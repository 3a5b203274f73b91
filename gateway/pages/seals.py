"""Seals over all books, and one book's proof: that it was never altered, and that it was under a seal (CP 9.7)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request
from marshmallow import ValidationError, fields, validate

from gateway.api import serves
from gateway.asking import ask, may
from gateway.pages.fields import Known
from gateway.pages.forms import Form
from gateway.pages.money import back_to, page_of_list
from gateway.pages.showing import error_list, faults_of, unless_missing
from gateway.pages.steps import Step, Steps
from gateway.schemas import books as shapes
from gateway.schemas.common import identifier
from gateway.schemas.ledger import ProofAsked
from gateway.services import LEDGER
from gateway.strict import field_errors
from shared.errors import FieldError, Invalid, StewardError

NAMES = ("head_number", "head_hash", "seal_id")
HASH = r"^[0-9a-f]{64}\Z"
LEAF, NODE = b"\x00", b"\x01"

seal_pages = Blueprint("seal_pages", __name__)
SEALS = Steps(
    blueprint=seal_pages,
    steps=(
        Step(
            name="make_seal",
            address="/seals/new",
            operation="seals.make",
            method="make_seal",
            form=Form(title="Seal all books", button="Seal all books now", shape=shapes.NewSeal, fields=()),
            about=lambda: Known(name="Seals", address="/seals"),
            done="All books are sealed.",
            service=LEDGER,
            at_once=True,
        ),
    ),
)
SEALS.register()


class ProofQuestion(ProofAsked):
    """What the form on the page of a proof asks beside the book itself."""

    head_hash = fields.String(validate=validate.Regexp(HASH, error="Enter all 64 digits of it, 0 to 9 and a to f."))
    seal_id = identifier("The seal.")


@seal_pages.get("/seals")
@serves("seals.list")
def seals() -> str:
    """Every seal, the newest first, and the root that it has."""
    return render_template(
        "seals.html",
        page=page_of_list("list_seals", shapes.SealPage, only=()),
        steps=SEALS.possible({}),
        done=SEALS.done(),
    )


@seal_pages.get("/funds/<id:id>/proof")
@serves("funds.proof")
def proof(id: str) -> str | tuple[str, int]:
    """Whether the book was never altered, held against a head or a seal that one was told earlier if one is given."""
    given = {name: request.args[name].strip() for name in NAMES if request.args.get(name, "").strip()}
    try:
        asked = ProofQuestion().load(given)
        seal = {"seal_id": asked.pop("seal_id")} if "seal_id" in asked else {}
        found = ask(LEDGER, "get_proof", {**asked, "id": id})
    except ValidationError as error:
        return _page(id, given, None, None, field_errors(error.messages)), 422
    except StewardError as refusal:
        if refusal.problem()["kind"] != Invalid.kind:
            raise
        return _page(id, given, None, None, refusal.errors), 422
    return _page(id, given, found, _inclusion(id, seal), ())


def leads_to_root(inclusion: Mapping[str, Any]) -> bool:
    """Whether the path from the book's head leads to the seal's root, reckoned here and not by the ledger."""
    head = inclusion["head"]
    reached = _hash(LEAF, f"{inclusion['fund_id']}/{head['number']}/{head['hash']}".encode())
    for step in inclusion["path"]:
        other = bytes.fromhex(step["hash"])
        reached = _hash(NODE, other + reached if step["side"] == "left" else reached + other)
    return reached.hex() == str(inclusion["seal"]["root"])


def _hash(mark: bytes, content: bytes) -> bytes:
    return hashlib.sha256(mark + content).digest()


def _inclusion(id: str, seal: Mapping[str, str]) -> dict[str, Any] | None:
    """Nothing where there is no seal, or none that this book was under."""
    if not may("funds.seal"):
        return None
    return unless_missing(lambda: ask(LEDGER, "get_inclusion", {"id": id, **seal}))


def _page(
    id: str,
    given: Mapping[str, str],
    found: dict[str, Any] | None,
    inclusion: dict[str, Any] | None,
    errors: Sequence[FieldError],
) -> str:
    return render_template(
        "proof.html",
        fund_id=id,
        given=given,
        proof=found,
        inclusion=inclusion,
        is_under_root=leads_to_root(inclusion) if inclusion else False,
        may_ask_for_seal=may("funds.seal"),
        may_list_seals=may("seals.list"),
        back=back_to(id),
        error_list=error_list(errors),
        faults=faults_of(errors),
    )
