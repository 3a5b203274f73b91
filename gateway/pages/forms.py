"""What forms have in common: what was said in them, in the shape of the API, and their choices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import request

from gateway.asking import caller, gateway
from gateway.pages.words import council
from shared.context import EVERY_COUNCIL

YES, NO = "yes", "no"


def said_texts(names: Sequence[str]) -> dict[str, Any]:
    """The boxes that are not empty."""
    return {name: request.form[name].strip() for name in names if request.form.get(name, "").strip()}


def said_flags(names: Sequence[str]) -> dict[str, Any]:
    """The questions that were answered with yes or no."""
    return {name: request.form[name] == YES for name in names if request.form.get(name) in (YES, NO)}


def council_choice(chosen: str) -> tuple[str, list[dict[str, Any]]]:
    """The council that is chosen, or the only one there is, and the choices."""
    own = caller().councils
    councils = list(gateway().policies.councils()) if EVERY_COUNCIL in own else list(own)
    chosen = chosen or (councils[0] if len(councils) == 1 else "")
    return chosen, checked_items({name: council(name) for name in councils}, [chosen])


def checked_items(texts: dict[str, str], chosen: Iterable[str]) -> list[dict[str, Any]]:
    """Choices as the form components want them."""
    held = set(chosen)
    return [{"value": value, "text": text, "checked": value in held} for value, text in texts.items()]
