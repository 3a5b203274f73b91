"""Steps that people take by a form or a button: declared once, with their address, their form and where they lead."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.wrappers import Response

from gateway.api import serves
from gateway.asking import may
from gateway.pages.fields import Known
from gateway.pages.forms import Form, show_again, show_form
from gateway.pages.rows import MORE
from gateway.pages.showing import form_key, fresh_key, submit
from gateway.services import REFERRALS
from shared.errors import StewardError

Record = Mapping[str, Any]
Ids = dict[str, str]
METHODS = ["GET", "POST"]


def always(_: Record) -> bool:
    """A step that is possible whatever the record's state."""
    return True


def in_status(*statuses: str) -> Callable[[Record], bool]:
    """A step of records in one of these statuses."""
    return lambda record: record.get("status") in statuses


def to_its_page(known: Known, _: Record) -> str:
    """Back to what the form is about."""
    return known.address


def to_the_new(address: str) -> Callable[[Known, Record], str]:
    """On to the record that the form made."""
    return lambda _, made: f"{address}/{made['id']}"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step. `about` finds what it is about by the ids of its address; `done` is the sentence that is shown after it.

    One that is taken `at_once` is a button beside the record; its form is shown only if it is refused. `page` shows an answer
    that is to be seen once, instead of leading on.
    """

    name: str
    address: str
    operation: str
    method: str
    form: Form
    about: Callable[..., Known]
    done: str
    service: str = REFERRALS
    possible: Callable[[Record], bool] = always
    then: Callable[[Known, Record], str] = to_its_page
    at_once: bool = False
    group: str = ""
    page: Callable[[Known, Record], str] | None = None
    as_nobody: bool = False
    """Whether the service is not told who sent it."""
    elsewhere: bool = False
    """Whether the record's page leads to it in a place of its own, not among the steps that are possible."""


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The steps of one family of pages."""

    blueprint: Blueprint
    steps: tuple[Step, ...]

    def register(self) -> None:
        """Gives each step its address, for its form and for what the form sends."""
        for step in self.steps:
            view = serves(step.operation)(_view_of(step))
            self.blueprint.add_url_rule(step.address, endpoint=step.name, view_func=view, methods=METHODS)

    def possible(self, record: Record, **ids: str) -> list[dict[str, Any]]:
        """What the reader may do with the record now, buttons first, each with its address."""
        found = [
            {
                "text": step.form.title,
                "button": step.form.button,
                "href": self.address(step.name, **ids),
                "at_once": step.at_once,
                "group": step.group,
                "key": fresh_key() if step.at_once else "",
            }
            for step in self.steps
            if not step.elsewhere and may(step.operation) and step.possible(record)
        ]
        return sorted(found, key=lambda one: not one["at_once"])

    def by_group(self, record: Record, **ids: str) -> dict[str, list[dict[str, Any]]]:
        """What the reader may do now, by the part of the page that it belongs to."""
        found: dict[str, list[dict[str, Any]]] = {step.group: [] for step in self.steps}
        for one in self.possible(record, **ids):
            found[one["group"]].append(one)
        return found

    def address(self, name: str, **ids: Any) -> str:
        """Where one of them is taken."""
        return url_for(f"{self.blueprint.name}.{name}", **ids)

    def done(self) -> str:
        """The sentence about the step that has just been taken, which the address names."""
        return next((step.done for step in self.steps if step.name == request.args.get("done")), "")


def _view_of(step: Step) -> Callable[..., Any]:
    def view(**ids: str) -> Any:
        if request.method != "POST":
            done = step.done if request.args.get("done") == step.name else ""
            return show_form(step.form, _linked(), step.about(**ids), done=done)
        key = form_key()
        if request.form.get(MORE):
            return show_form(step.form, request.form, step.about(**ids), key=key)
        return _taken(step, step.about(**ids), ids)

    return view


def _linked() -> MultiDict[str, str]:
    """What a link to the form already knew."""
    return MultiDict(request.args.items(multi=True))


def _sent() -> MultiDict[str, str]:
    """What stands in the boxes, with each file that was chosen."""
    return MultiDict(
        [*request.form.items(multi=True), *(box for file in request.files.items() for box in _boxes(*file))]
    )


def _boxes(name: str, file: FileStorage) -> Iterator[tuple[str, str]]:
    if file.filename:
        yield name, base64.b64encode(file.read()).decode()
        yield f"{name}-name", file.filename
        yield f"{name}-kind", file.mimetype


def _taken(step: Step, known: Known, ids: Ids) -> Response | str | tuple[str, int]:
    try:
        answer = submit(
            step.service, step.method, {**step.form.checked(_sent(), known), **ids}, as_nobody=step.as_nobody
        )
    except StewardError as refusal:
        return show_again(step.form, known, refusal)
    if step.page is not None:
        return step.page(known, answer)
    place = step.then(known, answer)
    return redirect(f"{place}{'&' if '?' in place else '?'}done={step.name}", 303)
