"""Reading an event of any version that was ever published: unknown ones are named, older ones brought up to today's.

An upcaster turns the data of one major version into that of the next. It is declared beside the event's class:

    @upcasts("referral.accepted", major=1)
    def _(data):
        return {**data, "worker_ids": [data["worker_id"]]}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from shared.errors import Invalid
from shared.events.language import Event

Data = Mapping[str, Any]
Upcaster = Callable[[Data], Data]
_MAJOR = re.compile(r"/v([1-9]\d{0,5})", re.ASCII)


class UnknownEventType(Invalid):
    """An event of a type that this release does not know: it was published by a later one."""


class UnknownEventVersion(Invalid):
    """An event of a version that this release does not know, or has no upcaster for."""


class Upcasters:
    """The steps from each major version of a type to the next."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, int], Upcaster] = {}

    def declare(self, type: str, *, major: int) -> Callable[[Upcaster], Upcaster]:
        """Registers the step from this major version to the next."""

        def register(step: Upcaster) -> Upcaster:
            if (type, major) in self._steps:
                raise ValueError(f"the step of {type} from v{major} is declared twice")
            self._steps[type, major] = step
            return step

        return register

    def raised(self, type: str, data: Data, *, major: int, to: int) -> Data:
        """The data as version `to` has it. Raises `UnknownEventVersion` where a step is missing."""
        for step_from in range(major, to):
            step = self._steps.get((type, step_from))
            if step is None:
                raise UnknownEventVersion(f"nothing brings {type} from v{step_from} to v{step_from + 1}")
            data = step(data)
        return data

    def reaching(self, majors: Mapping[str, int]) -> frozenset[str]:
        """Every older `<type>/v<major>` that is brought up to these present major versions."""
        return frozenset(
            f"{type}/v{major}"
            for type, present in majors.items()
            for major in range(1, present)
            if all((type, step) in self._steps for step in range(major, present))
        )


UPCASTERS = Upcasters()
"""Those of the platform's own events, filled by `upcasts` when `shared.events.catalogue` is imported."""
upcasts = UPCASTERS.declare


def present_data(event_class: type[Event], dataschema: str, data: Data, *, upcasters: Upcasters = UPCASTERS) -> Data:
    """Data of any known version, as `event_class` reads it. Raises `UnknownEventVersion`."""
    if dataschema == event_class.dataschema():
        return data
    major = _major_of(event_class, dataschema)
    if major > event_class.major:
        raise UnknownEventVersion(
            f"{event_class.type} v{major} is newer than v{event_class.major}, the newest known here"
        )
    return upcasters.raised(event_class.type, data, major=major, to=event_class.major)


def _major_of(event_class: type[Event], dataschema: str) -> int:
    """The major version that a dataschema names. Raises `UnknownEventVersion` if it isn't one of this type."""
    stem = event_class.dataschema().rpartition("/")[0]
    found = _MAJOR.fullmatch(dataschema.removeprefix(stem)) if dataschema.startswith(stem) else None
    if found is None:
        raise UnknownEventVersion(f"the dataschema is not one of {event_class.type}")
    return int(found[1])
