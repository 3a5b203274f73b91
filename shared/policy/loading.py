"""Turns a pack's YAML into a `PolicyPack`: text, schema, then what a schema cannot say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from textwrap import shorten
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shared.dates import parse_day
from shared.errors import FieldError, Invalid
from shared.policy.errors import PackRefused
from shared.policy.pack import PolicyPack
from shared.policy.rules import CalendarRule, Clock, Interval, Limit, PolicyValue, Readings
from shared.policy.source import PackText
from shared.policy.yaml_text import read_yaml

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Data = Mapping[str, Any]

_LONGEST_MESSAGE = 300  # the validator quotes what is wrong, which may be a whole table
_PACKS_KEPT = 64  # of one process: each council's few versions
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class PackSchema:
    """The published schema of packs; its property names are the names that the platform knows."""

    document: Data

    @classmethod
    @cache
    def published(cls) -> PackSchema:
        """The schema that comes with the platform (`shared/policy/schema.json`)."""
        return cls(json.loads((files("shared.policy") / "schema.json").read_text(encoding="utf-8")))

    @cached_property
    def known_values(self) -> frozenset[str]:
        return frozenset(self.document["properties"]["values"]["properties"])

    @cached_property
    def known_clocks(self) -> frozenset[str]:
        return frozenset(self.document["properties"]["clocks"]["properties"])

    @cached_property
    def validator(self) -> Draft202012Validator:
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self.document)

    def problems(self, data: Any) -> Iterator[FieldError]:
        """Each place that breaks the schema."""
        for error in sorted(self.validator.iter_errors(data), key=lambda error: error.json_path):
            message = shorten(error.message, width=_LONGEST_MESSAGE, placeholder=" ...")
            yield FieldError(field=error.json_path.removeprefix("$."), rule=str(error.validator), message=f"{message}.")


@lru_cache(maxsize=_PACKS_KEPT)
def published_pack(pack: PackText) -> PolicyPack:
    """The pack under the published schema. The text says all of it and nobody can change it, so a process reads it once.

    Raises `PackRefused`.
    """
    return load_pack(pack, schema=PackSchema.published())


def load_pack(pack: PackText, *, schema: PackSchema) -> PolicyPack:
    """The pack, validated. Raises `PackRefused`; its `errors` name each place."""
    data = read_yaml(pack.text, name=pack.name)
    _refuse_if_any(pack.name, schema.problems(data))
    _refuse_if_any(pack.name, _contradictions(data, promised_version=pack.version))
    return _pack(data, schema)


def _refuse_if_any(name: str, problems: Iterable[FieldError]) -> None:
    errors = tuple(problems)
    if errors:
        first = errors[0]
        raise PackRefused(
            f"{name} is not a valid policy pack: {first.field}: {first.message} ({len(errors)} in all)", errors=errors
        )


def _contradictions(data: Data, *, promised_version: str | None) -> Iterator[FieldError]:
    yield from _bad_days(data)
    version = f"{data['council_id']}/{data['effective_on']}"
    if promised_version not in {None, version}:
        yield FieldError(field="effective_on", rule="place", message=f"The file's place says {promised_version}.")
    yield from _clock_contradictions(data)
    for name, calendar in data["calendars"].items():
        if calendar["opens"] >= calendar["closes"]:
            yield FieldError(field=f"calendars.{name}.closes", rule="order", message="It closes before it opens.")


def _bad_days(data: Data) -> Iterator[FieldError]:
    days = [("effective_on", data["effective_on"])]
    for name, calendar in data["calendars"].items():
        days += [(f"calendars.{name}.closures", closure["on"]) for closure in calendar["closures"]]
    for field, day in days:
        try:
            parse_day(day)
        except Invalid as refusal:
            yield FieldError(field=field, rule="day", message=refusal.detail)


def _clock_contradictions(data: Data) -> Iterator[FieldError]:
    ids: dict[str, str] = {}
    for name, clock in data["clocks"].items():
        if clock["calendar"] not in data["calendars"]:
            yield FieldError(
                field=f"clocks.{name}.calendar", rule="known", message=f"There is no calendar {clock['calendar']}."
            )
        if clock["id"] in ids:
            yield FieldError(
                field=f"clocks.{name}.id", rule="unique", message=f"{ids[clock['id']]} has {clock['id']} already."
            )
        ids[clock["id"]] = name
        yield from _series_contradictions(name, clock)


def _series_contradictions(name: str, clock: Data) -> Iterator[FieldError]:
    if "then" not in clock or clock["then"]["counted_from"] == "start":
        return
    last = clock.get("first", [{}])[-1]
    if last.get("unit") != clock["then"]["unit"]:
        yield FieldError(
            field=f"clocks.{name}.then.unit",
            rule="same-unit",
            message="Counting on from the last of the first times needs one there, in the same unit.",
        )


def _pack(data: Data, schema: PackSchema) -> PolicyPack:
    return PolicyPack(
        council_id=data["council_id"],
        council_name=data["council_name"],
        effective_on=parse_day(data["effective_on"]),
        source=data["source"],
        values=MappingProxyType({name: _value(name, entry) for name, entry in data["values"].items()}),
        clocks=MappingProxyType({name: _clock(name, entry) for name, entry in data["clocks"].items()}),
        calendars=MappingProxyType({name: _calendar(name, entry) for name, entry in data["calendars"].items()}),
        known_values=schema.known_values,
        known_clocks=schema.known_clocks,
    )


def _value(name: str, entry: Data) -> PolicyValue:
    return PolicyValue(
        name=name,
        value=_frozen(entry.get("value")),
        unset=entry.get("unset", False),
        title=entry.get("title"),
        readings=_readings(entry),
        **_cited(entry),
    )


def _clock(name: str, entry: Data) -> Clock:
    once = [entry["limit"]] if "limit" in entry else entry.get("first", [])
    return Clock(
        id=entry["id"],
        name=name,
        duty=entry.get("duty"),
        starts=entry["starts"],
        stops=entry["stops"],
        unset=entry.get("unset", False),
        first=tuple(Limit(**limit) for limit in once),
        then=_interval(entry["then"]) if "then" in entry else None,
        target=Limit(**entry["target"]) if "target" in entry else None,
        calendar=entry["calendar"],
        receipt_out_of_hours=entry.get("receipt_out_of_hours", "same_day"),
        approximate=entry.get("approximate", False),
        readings=_readings(entry),
        warn_before=Limit(**entry["warn_before"]) if "warn_before" in entry else None,
        pause=entry.get("pause"),
        **_cited(entry),
    )


def _interval(then: Data) -> Interval:
    return Interval(limit=Limit(unit=then["unit"], count=then["count"]), counted_from=then["counted_from"])


def _calendar(name: str, entry: Data) -> CalendarRule:
    return CalendarRule(
        name=name,
        weekdays=frozenset(_WEEKDAYS.index(day) for day in entry["days"]),
        observes_bank_holidays=entry["bank_holidays"] == "england",
        opens=time.fromisoformat(entry["opens"]),
        closes=time.fromisoformat(entry["closes"]),
        closures=MappingProxyType({parse_day(closure["on"]): closure["name"] for closure in entry["closures"]}),
        **_cited(entry),
    )


def _cited(entry: Data) -> dict[str, Any]:
    return {"clause": entry["clause"], "note": entry.get("note", ""), "ours": entry.get("ours", False)}


def _readings(entry: Data) -> Readings | None:
    if "readings" not in entry:
        return None
    return Readings(chosen=entry["readings"]["chosen"], others=tuple(entry["readings"]["others"]))


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(cell) for key, cell in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value
