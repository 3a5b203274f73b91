"""Families of records that people keep: a list of them, each one with what can be done next, and a form for a new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request

from gateway.api import serves
from gateway.asking import ask, caller, gateway, may
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form
from gateway.pages.options import councils, only_council
from gateway.pages.showing import next_address, unless_missing
from gateway.pages.steps import Record, Step, Steps, to_the_new
from gateway.pages.words import council, words
from gateway.services import REFERRALS

Then = Callable[[Known, Record], str]
How = Callable[[Any], str]
ABOUT_NAMES = ("referral_id", "person_id")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A fact of a record: its name, what it is called, and how it is written. Facts that are not there are left out."""

    name: str
    label: str
    how: How = str

    def of(self, record: Record) -> str:
        """The fact in words; empty where there is none."""
        value = record.get(self.name)
        return "" if value in (None, "", []) else self.how(value)


@dataclass(frozen=True, kw_only=True)
class Family:
    """Records of one kind. `area` is their name in the table of permissions (`messages.list`, `messages.read`).

    The first column leads to the record. `texts` are long, and stand below the facts; `told` has further facts.
    """

    path: str
    area: str
    one: str
    many: str
    get: str
    listing: str
    steps: tuple[Step, ...]
    columns: tuple[Shown, ...]
    facts: tuple[Shown, ...]
    texts: tuple[Shown, ...] = ()
    statuses: tuple[str, ...] = ()
    about: str = ""
    also: tuple[tuple[str, str], ...] = ()
    told: Callable[[Record], Sequence[tuple[str, str]]] = lambda _: ()

    def register(self, blueprint: Blueprint) -> None:
        """Gives the list, the record and each step its address."""
        steps = Steps(blueprint=blueprint, steps=self.steps)
        steps.register()
        views: Mapping[str, tuple[str, Callable[..., str]]] = {
            "list": (self.path, lambda: self._list(steps)),
            "read": (f"{self.path}/<id:id>", lambda id: self._record(steps, id)),
        }
        for name, (address, view) in views.items():
            operation = f"{self.area}.{name}"
            blueprint.add_url_rule(address, endpoint=f"{self.area}_{name}", view_func=serves(operation)(view))

    def _list(self, steps: Steps) -> str:
        given = {name: request.args[name] for name in (*ABOUT_NAMES, "status") if request.args.get(name, "").strip()}
        query: dict[str, Any] = {"limit": gateway().settings.page_size, **given}
        query |= {"after": request.args["after"]} if request.args.get("after") else {}
        page = ask(REFERRALS, self.listing, query)
        return render_template(
            "records.html",
            family=self,
            lines=[[one.of(record) for one in self.columns] for record in page["items"]],
            records=page["items"],
            given=given,
            new=self._new(steps, given),
            statuses=[("", "All"), *((one, words(one)) for one in self.statuses)],
            next=page["next"],
            next_address=next_address(page["next"]),
            done=steps.done(),
        )

    def _new(self, steps: Steps, given: Mapping[str, str]) -> dict[str, str] | None:
        """The form for a new record, about whom the list is."""
        step = next((one for one in self.steps if one.name.endswith("_new") and may(one.operation)), None)
        if step is None:
            return None
        named = {name: given[name] for name in ABOUT_NAMES if name in given}
        return {"text": step.form.title, "href": steps.address(step.name, **named)}

    def _record(self, steps: Steps, id: str) -> str:
        record = ask(REFERRALS, self.get, {"id": id})
        return render_template(
            "record.html",
            family=self,
            record=record,
            facts=[*_whom(record), *_shown(self.facts, record), *self.told(record)],
            texts=_shown(self.texts, record),
            steps=steps.possible(record, id=id),
            may_list=may(f"{self.area}.list"),
            may_read_referrals=may("pages.referral"),
            done=steps.done(),
        )


def register_families(blueprint: Blueprint, *families: Family) -> None:
    """Gives every page of these records its address."""
    for family in families:
        family.register(blueprint)


def new_step(
    path: str, operation: str, method: str, form: Form, done: str, *, many: str, then: Then | None = None
) -> Step:
    """The form for a new record, about a referral, a person or a council, which a link to it may name."""
    return Step(
        name=f"{operation.partition('.')[0]}_new",
        address=f"{path}/new",
        operation=operation,
        method=method,
        form=form,
        about=lambda: _named(path, many),
        done=done,
        then=then or to_the_new(path),
        elsewhere=True,
    )


def known_as(path: str, one: str, get: str) -> Callable[..., Known]:
    """What a form knows of one record."""

    def about(id: str, **_: str) -> Known:
        record = ask(REFERRALS, get, {"id": id})
        return Known(council_id=str(record["council_id"]), record=record, name=one, address=f"{path}/{id}")

    return about


def about_whom(*, person: bool = True) -> tuple[Field, ...]:
    """The questions that say whom a new record is about."""
    which = Field(
        name="council_id",
        label="Which council?",
        kind="one_of",
        choices=councils,
        usual=only_council,
        ask="Choose the council.",
        closed=True,
        quiet=True,
    )
    if not person:
        return (which,)
    return (
        which,
        Field(
            name="referral_id",
            label="Referral",
            hint="Its id, which the referral's page has in its address",
            usual=_linked("referral_id"),
            optional=True,
        ),
        Field(
            name="person_id",
            label="Person",
            hint="Their id; not needed where you name the referral",
            ask="Name the referral or the person.",
            usual=_own_id,
            optional=True,
        ),
    )


def yes_no(value: Any) -> str:
    """A flag in words."""
    return "Yes" if value else "No"


def listed(values: Sequence[str]) -> str:
    """Several codes in words."""
    return ", ".join(map(words, values))


def _named(path: str, many: str) -> Known:
    """The referral that a link or a box names, if there is one: its council's codes are asked for."""
    referral_id, council_id = request.values.get("referral_id", "").strip(), request.values.get("council_id", "")
    referral = unless_missing(lambda: ask(REFERRALS, "get_referral", {"id": referral_id})) if referral_id else None
    if referral is None:
        council_id = council_id if council_id in councils(Known()) else ""
        return Known(council_id=council_id, name=many, address=path)
    facts = (("Referral", str(referral["reference"])),)
    return Known(council_id=str(referral["council_id"]), record=referral, name=many, address=path, facts=facts)


def _linked(name: str) -> Callable[[Known], str]:
    return lambda known: str(known.record.get(name) or "")


def _own_id(_: Known) -> str:
    """A person speaks of themselves."""
    return caller().actor_id if "person" in caller().roles else ""


def _shown(facts: Sequence[Shown], record: Record) -> list[tuple[str, str]]:
    return [(one.label, text) for one in facts if (text := one.of(record))]


def _whom(record: Record) -> list[tuple[str, str]]:
    facts = [("Council", council(str(record["council_id"])))]
    return facts + ([("Person", str(record["person_id"]))] if record.get("person_id") else [])
