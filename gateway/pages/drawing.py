"""How a question looks: the component that shows it, and what that component is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from gateway.pages.fields import DAY_PARTS, EXAMPLE_DAY, EXAMPLE_TIME, NO, YES, Field, Given, Kind, Known
from gateway.pages.rows import MORE, Rows

Params = dict[str, Any]
SENT = "key"
"""The box of every form that was sent: what is empty in it was emptied."""
YES_NO = {YES: "Yes", NO: "No"}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A component of the page, and what stands above it; a row of a list has questions `within` it."""

    component: str
    params: Params
    heading: str = ""
    within: tuple[Drawn, ...] = ()


def drawn(asked: Iterable[Field | Rows], given: Given, known: Known, faults: Mapping[str, str]) -> list[Drawn]:
    """The questions with what was said, or with what usually stands there, and with what is wrong."""
    found: list[Drawn] = []
    for one in asked:
        found += _rows(one, given, known, faults) if isinstance(one, Rows) else _fields([one], given, known, faults)
    return found


def _fields(fields: Iterable[Field], given: Given, known: Known, faults: Mapping[str, str]) -> list[Drawn]:
    found = [(one, dict(one.choices(known)) if one.choices else {}) for one in fields]
    asked = [(one, choices) for one, choices in found if choices or not one.only_choices]
    return [_drawn(one, _with_usual(one, given, known), choices, faults.get(one.id, "")) for one, choices in asked]


def _rows(rows: Rows, given: Given, known: Known, faults: Mapping[str, str]) -> Iterator[Drawn]:
    """Each row as a group, and a button that asks for more of them."""
    if rows.heading:
        yield Drawn(component="heading", params={"hint": rows.hint}, heading=rows.heading)
    asked = rows.asked(given, known)
    for number, (legend, fields) in enumerate(groupby(asked, key=lambda one: one.row)):
        params = {"legend": legend, "id": f"{rows.name.replace('.', '-')}-row-{number}"}
        yield Drawn(component="row", params=params, within=tuple(_fields(fields, given, known, faults)))
    count = rows.count(given, known)
    following = f"{rows.name.replace('.', '-')}-row-{count}"
    params = {
        "counter": rows.counter,
        "count": count,
        "name": MORE,
        "value": rows.name,
        "one": rows.another or rows.one.lower(),
    }
    yield Drawn(component="more", params=params | {"following": following, "possible": count < rows.most})


def _drawn(field: Field, given: Given, choices: Mapping[str, str], fault: str) -> Drawn:
    if field.quiet and len(choices) == 1:
        return Drawn(component="kept", params={"name": field.name, "value": next(iter(choices))})
    kind = field.kind if choices else _WITHOUT_CHOICES.get(field.kind, field.kind)
    params = _common(field, fault) | _DRAWERS[kind](field, given, choices)
    return Drawn(component=_COMPONENTS[kind], params=params, heading=field.heading)


def checked_items(texts: Mapping[str, str], chosen: Iterable[str]) -> list[Params]:
    """Choices as the form components want them."""
    held = set(chosen)
    return [{"value": value, "text": text, "checked": value in held} for value, text in texts.items()]


def _with_usual(field: Field, given: Given, known: Known) -> Given:
    if field.usual is None or SENT in given or any(_is_of(field, name) for name in given):
        return given
    return Given([*given.items(multi=True), *_boxes(field, field.usual(known))])


def _is_of(field: Field, box: str) -> bool:
    return box == field.name or box.startswith(f"{field.name}-")


def _boxes(field: Field, text: str) -> Sequence[tuple[str, str]]:
    """What stands in the boxes: a day as the API writes it, a moment as that, a space and its time, choices one to a line."""
    if field.kind == "any_of":
        return [(field.name, line) for line in text.split("\n") if line]
    if field.kind not in ("day", "moment"):
        return [(field.name, text)]
    day, _, clock = text.partition(" ")
    year, month, number = (part.lstrip("0") for part in day.split("-")) if day else ("", "", "")
    boxes = dict(zip(("year", "month", "day", "time"), (year, month, number, clock), strict=True))
    return [(f"{field.name}-{part}", box) for part, box in boxes.items() if box]


def _common(field: Field, fault: str) -> Params:
    params: Params = {"id": field.id, "name": field.name}
    if field.hint:
        params["hint"] = {"text": field.hint}
    if fault:
        params["errorMessage"] = {"text": fault}
    return params


def _label(field: Field) -> str:
    return f"{field.label} (optional)" if field.optional else field.label


def _labelled(field: Field) -> Params:
    return {"label": {"text": _label(field), "classes": "govuk-label--s"}}


def _grouped(field: Field) -> Params:
    return {"fieldset": {"legend": {"text": _label(field), "classes": "govuk-fieldset__legend--s"}}}


def _input(field: Field, given: Given, _: Mapping[str, str]) -> Params:
    width = {"classes": f"govuk-input--width-{field.width}"} if field.width else {}
    return _labelled(field) | width | {"value": given.get(field.name, ""), "type": field.type, "spellcheck": False}


def _area(field: Field, given: Given, _: Mapping[str, str]) -> Params:
    return _labelled(field) | {"value": "\n".join(given.getlist(field.name)), "rows": 5 if field.kind == "area" else 3}


def _number(field: Field, given: Given, none: Mapping[str, str]) -> Params:
    return _input(field, given, none) | {"inputmode": "numeric", "classes": "govuk-input--width-5"}


def _hundredths(field: Field, given: Given, none: Mapping[str, str]) -> Params:
    return _input(field, given, none) | {"inputmode": "decimal", "classes": "govuk-input--width-5"}


def _pounds(field: Field, given: Given, none: Mapping[str, str]) -> Params:
    shown = {"prefix": {"text": "£"}, "inputmode": "decimal", "classes": "govuk-input--width-10"}
    return _input(field, given, none) | shown


def _radios(field: Field, given: Given, choices: Mapping[str, str]) -> Params:
    return _grouped(field) | {"idPrefix": field.id, "items": checked_items(choices, [given.get(field.name, "")])}


def _select(field: Field, given: Given, choices: Mapping[str, str]) -> Params:
    items = [{"value": value, "text": text} for value, text in {"": "", **choices}.items()]
    return _labelled(field) | {"items": items, "value": given.get(field.name, "")}


def _yes_no(field: Field, given: Given, _: Mapping[str, str]) -> Params:
    return _radios(field, given, YES_NO) | {"classes": "govuk-radios--inline"}


def _checkboxes(field: Field, given: Given, choices: Mapping[str, str]) -> Params:
    return _grouped(field) | {"idPrefix": field.id, "items": checked_items(choices, given.getlist(field.name))}


def _dates(field: Field, given: Given, _: Mapping[str, str]) -> Params:
    widths = {"year": 4}
    items: list[Params] = [
        {
            "name": part,
            "classes": f"govuk-input--width-{widths.get(part, 2)}",
            "value": given.get(f"{field.name}-{part}", ""),
        }
        for part in DAY_PARTS
    ]
    return _grouped(field) | {"namePrefix": field.name, "items": items} | _example(field, EXAMPLE_DAY)


def _moments(field: Field, given: Given, none: Mapping[str, str]) -> Params:
    clock = {
        "name": "time",
        "label": "Time",
        "classes": "govuk-input--width-3",
        "inputmode": "text",
        "value": given.get(f"{field.name}-time", ""),
    }
    params = _dates(field, given, none) | _example(field, f"{EXAMPLE_DAY}, {EXAMPLE_TIME}")
    return params | {"items": [*params["items"], clock]}


def _upload(field: Field, _: Given, __: Mapping[str, str]) -> Params:
    """A browser never shows again which file was chosen, so it is chosen anew after a refusal."""
    return _labelled(field)


def _example(field: Field, text: str) -> Params:
    return {"hint": {"text": f"{field.hint}. For example, {text}" if field.hint else f"For example, {text}"}}


_DRAWERS: Mapping[Kind, Callable[[Field, Given, Mapping[str, str]], Params]] = {
    "text": _input,
    "area": _area,
    "lines": _area,
    "kept": _input,
    "one_of": _radios,
    "select": _select,
    "any_of": _checkboxes,
    "yes_no": _yes_no,
    "day": _dates,
    "moment": _moments,
    "pounds": _pounds,
    "number": _number,
    "hundredths": _hundredths,
    "file": _upload,
}
_WITHOUT_CHOICES: Mapping[Kind, Kind] = {"one_of": "text", "select": "text", "any_of": "lines"}
_COMPONENTS: Mapping[Kind, str] = {
    "text": "input",
    "area": "textarea",
    "lines": "textarea",
    "kept": "kept",
    "one_of": "radios",
    "select": "select",
    "any_of": "checkboxes",
    "yes_no": "radios",
    "day": "date",
    "moment": "date",
    "pounds": "input",
    "number": "input",
    "hundredths": "input",
    "file": "file",
}
