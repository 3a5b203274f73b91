"""A form as a declaration: its questions, the shape of the API that they fill, and one way to read, refuse and show it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from flask import render_template, request
from marshmallow import Schema, ValidationError

from gateway.pages.drawing import checked_items, drawn
from gateway.pages.fields import NO, YES, Field, Given, Known, Unreadable
from gateway.pages.options import own_councils
from gateway.pages.rows import Rows, listed
from gateway.pages.showing import fresh_key
from gateway.pages.words import council, words
from gateway.problems import STATUS_BY_KIND
from gateway.strict import field_errors
from shared.errors import FieldError, Invalid, PolicyIncomplete, StewardError, Unavailable

__all__ = [
    "NO",
    "YES",
    "Form",
    "checked_items",
    "council_choice",
    "said_flags",
    "said_texts",
    "show_again",
    "show_form",
]
Payload = dict[str, Any]
ABOUT_NAMES = frozenset({"not-found"})
"""Refusals that say that what a box names is not there."""
NOT_ABOUT_ANSWERS = frozenset({"malformed", "unauthenticated", "error"})


def as_said(payload: Payload, _: Known) -> Payload:
    """The answers as they are."""
    return payload


@dataclass(frozen=True, kw_only=True)
class Form:
    """Questions under one title. `shape` is what the API takes, so that page and API refuse the same.

    `arrange` puts answers in that shape where their places alone do not (rows come to it by their numbers); `places` names
    the question that a fault in such a place belongs to (`*` stands for a number in it). `further` are questions that depend
    on what the form is about.
    """

    title: str
    button: str
    fields: tuple[Field | Rows, ...]
    shape: type[Schema]
    intro: tuple[str, ...] = ()
    warning: bool = False
    arrange: Callable[[Payload, Known], Payload] = as_said
    places: Mapping[str, str] = field(default_factory=dict)
    further: Callable[[Known], tuple[Field | Rows, ...]] = lambda _: ()
    naming: Callable[[str], str] = words
    """What a place is called that no question fills."""

    @property
    def has_file(self) -> bool:
        """Whether a file is sent with it."""
        return any(isinstance(one, Field) and one.kind == "file" for one in self.fields)

    def checked(self, given: Given, known: Known) -> Payload:
        """The answers as the API takes them. Raises `Invalid` naming each question and the rule that its answer breaks."""
        payload, errors = self._said(given, known)
        unread = {error.field for error in errors}
        try:
            checked = dict(self.shape().load(listed(self.arrange(payload, known))))
        except ValidationError as refusal:
            found = [error for error in field_errors(refusal.messages) if error.field not in unread]
            raise Invalid("the form is not filled in as it has to be", errors=[*errors, *found]) from refusal
        if errors:
            raise Invalid("the form is not filled in as it has to be", errors=errors)
        return checked

    def parts(self, known: Known) -> tuple[Field | Rows, ...]:
        """All that is asked."""
        return (*self.fields, *self.further(known))

    def in_plain_words(self, refusal: StewardError, given: Given, known: Known) -> list[FieldError]:
        """What is wrong, each with its question's id; what no question is at fault for has none."""
        if refusal.problem()["kind"] == PolicyIncomplete.kind:
            return [FieldError(field="", rule=refusal.code, message=_sentence(refusal.detail))]
        asked = [one for part in self.parts(known) for one in _asked(part, given, known)]
        found = [self._plain(error, given, asked) for error in refusal.errors]
        if found:
            order = [one.id for one in asked]
            return sorted(
                dict.fromkeys(found), key=lambda error: order.index(error.field) if error.field in order else -1
            )
        return [
            FieldError(field=_named_in(refusal, given, asked), rule=refusal.code, message=_sentence(refusal.detail))
        ]

    def _said(self, given: Given, known: Known) -> tuple[Payload, list[FieldError]]:
        payload: Payload = {}
        errors: list[FieldError] = []
        for one in chain.from_iterable(_answered(part, given, known) for part in self.parts(known)):
            try:
                answer = _answer(one, given, known)
            except Unreadable as refusal:
                rule = "required" if one.said_nothing(given) else "format"
                errors.append(FieldError(field=one.place, rule=rule, message=refusal.detail))
                continue
            if answer is not None:
                _put(payload, one.place, answer)
        return payload, errors

    def _plain(self, error: FieldError, given: Given, asked: Sequence[Field]) -> FieldError:
        about = self._field_of(error.field, asked)
        if about is None:
            return FieldError(field="", rule=error.rule, message=_about_none(self.naming(error.field), error.message))
        said = about.empty if _is_empty(about, error, given) else _about(about.label, error.message)
        if about.row and not self._place_of(error.field).startswith(about.place):  # of the list, not of this row
            said = about.empty if said == about.empty else _sentence(error.message)
            return FieldError(field=about.id, rule=error.rule, message=said)
        message = f"{about.row}: {said}" if about.row else said
        return FieldError(field=about.id, rule=error.rule, message=message)

    def _field_of(self, path: str, asked: Sequence[Field]) -> Field | None:
        """The question that fills this place, or whose answer holds it, or the first one within it."""
        path = self._place_of(path)
        exact = next((one for one in asked if one.place == path), None)
        seen = (one for one in asked if one.kind != "kept")
        within = (one for one in seen if path.startswith(f"{one.place}.") or one.place.startswith(f"{path}."))
        return exact or next(within, None)

    def _place_of(self, path: str) -> str:
        """Where a fault in such a place belongs."""
        return self.places.get(path) or self.places.get(re.sub(r"\.\d+(?=\.|$)", ".*", path), path)


def show_form(
    form: Form, given: Given, known: Known, *, errors: Sequence[FieldError] = (), key: str = "", done: str = ""
) -> str:
    """The form's page, with what was said and what is wrong with it."""
    faults = {error.field: error.message for error in reversed(errors)}
    return render_template(
        "form.html",
        form=form,
        known=known,
        questions=drawn(form.parts(known), given, known, faults),
        error_list=[_line(error) for error in errors],
        address=request.path,
        done=done,
        key=key or fresh_key(),
    )


def show_again(form: Form, known: Known, refusal: StewardError) -> tuple[str, int]:
    """The form with what was typed and why it was refused. Raises the refusal if that is no matter of the answers.

    Where a service was away nobody knows whether it did what was asked, so the form keeps its key: sent again, it does
    its work once.
    """
    kind = str(refusal.problem()["kind"])
    if kind in NOT_ABOUT_ANSWERS or kind not in STATUS_BY_KIND:
        raise refusal
    errors = form.in_plain_words(refusal, request.form, known)
    key = request.form.get("key", "") if kind == Unavailable.kind else ""
    return show_form(form, request.form, known, errors=errors, key=key), STATUS_BY_KIND[kind]


def said_texts(names: Sequence[str]) -> dict[str, Any]:
    """The boxes that are not empty."""
    return {name: request.form[name].strip() for name in names if request.form.get(name, "").strip()}


def said_flags(names: Sequence[str]) -> dict[str, Any]:
    """The questions that were answered with yes or no."""
    return {name: request.form[name] == YES for name in names if request.form.get(name) in (YES, NO)}


def council_choice(chosen: str) -> tuple[str, list[dict[str, Any]]]:
    """The council that is chosen, or the only one there is, and the choices."""
    councils = own_councils()
    chosen = chosen or (councils[0] if len(councils) == 1 else "")
    return chosen, checked_items({name: council(name) for name in councils}, [chosen])


def _named_in(refusal: StewardError, given: Given, asked: Sequence[Field]) -> str:
    """The box whose answer a refusal quotes, if one does."""
    if refusal.problem()["kind"] not in ABOUT_NAMES:
        return ""
    quoting = (one for one in asked if given.get(one.name) and given[one.name].strip() in refusal.detail)
    return next((one.id for one in quoting), "")


def _asked(one: Field | Rows, given: Given, known: Known) -> tuple[Field, ...]:
    return one.asked(given, known) if isinstance(one, Rows) else (one,)


def _answered(one: Field | Rows, given: Given, known: Known) -> tuple[Field, ...]:
    return one.answered(given, known) if isinstance(one, Rows) else (one,)


def _answer(field: Field, given: Given, known: Known) -> Any:
    """What was said. Raises `Unreadable` for what no answer can be."""
    answer = field.said(given)
    if answer is None and field.needed:
        raise Unreadable(field.empty)
    if answer is not None and field.closed and field.choices and answer not in field.choices(known):
        raise Unreadable("is none of those to choose from")
    return answer


def _put(payload: Payload, path: str, answer: Any) -> None:
    *above, last = path.split(".")
    for name in above:
        payload = payload.setdefault(name, {})
    payload[last] = answer


def _is_empty(field: Field, error: FieldError, given: Given) -> bool:
    """Whether the fault is that nothing was said."""
    return error.rule in ("required", "length") and field.said_nothing(given)


def _line(error: FieldError) -> Mapping[str, str]:
    return {"text": error.message} | ({"href": f"#{error.field}"} if error.field else {})


def _about(label: str, message: str) -> str:
    """What is wrong with an answer, after the question as the page asks it."""
    rule = message[:1].lower() + message[1:]
    if label.endswith("?"):
        return f"{label} {_sentence(f'it {rule}' if rule.startswith(('must ', 'is ')) else message)}"
    return f"{label} {rule}" if rule.startswith(("must ", "is ")) else f"{label}: {rule}"


def _about_none(name: str, message: str) -> str:
    """What is wrong with something that nobody was asked: the sentence as it came, after its name."""
    return (
        _about(name, message) if message[:1].islower() or message.startswith(("Must ", "Is ")) else f"{name}: {message}"
    )


def _sentence(text: str) -> str:
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "?", "!")) else f"{whole}."
