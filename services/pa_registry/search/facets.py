"""What personal assistants can be found by: the field groups of the register as facets, as data (CE 3.2 "PA Finder").

Values are short lower-case names (`moving-and-handling`); labels are for people. A facet's values are either known, and
then all of them are counted, zeros too, or open (languages, areas), and then those are counted that somebody within the
caller's scope shows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from shared.errors import FieldError, invalid

FacetValues = Mapping[str, tuple[str, ...]]

_VALUE_FORM = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Mode(StrEnum):
    """What several chosen values of one facet mean.

    OR: any of them will do, and the choice does not narrow the facet's own counts.
    AND: the person must offer all of them, and a count says how many would be left with that value added.
    """

    OR = "or"
    AND = "and"


@dataclass(frozen=True, kw_only=True)
class Facet:
    """One field group. `values` maps each known value to its label; `None` means open."""

    name: str
    label: str
    mode: Mode
    values: Mapping[str, str] | None = None

    @property
    def is_open(self) -> bool:
        return self.values is None

    def label_of(self, value: str) -> str:
        """The label of a value; an open value's is its name with spaces."""
        return (self.values or {}).get(value) or value.replace("-", " ").capitalize()

    def fault_of(self, value: str) -> str | None:
        """What is wrong with a value of this facet, as a sentence, or `None`."""
        if not _VALUE_FORM.fullmatch(value):
            return f"A value of {self.name} has 1 to 64 lower-case letters, digits and hyphens."
        if self.values is not None and value not in self.values:
            return f"{self.name} has no value {value!r}."
        return None


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The facets of one index, in the order in which they are shown."""

    facets: tuple[Facet, ...]
    _by_name: Mapping[str, Facet] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {facet.name: facet for facet in self.facets}
        if len(by_name) != len(self.facets):
            raise ValueError("two facets have the same name")
        object.__setattr__(self, "_by_name", MappingProxyType(by_name))

    def __iter__(self) -> Iterator[Facet]:
        return iter(self.facets)

    def __getitem__(self, name: str) -> Facet:
        """The facet of this name. Raises `KeyError`."""
        return self._by_name[name]

    def faults(self, values: FacetValues, *, within: str) -> list[FieldError]:
        """Each unknown facet and each value that its facet cannot have; fields are named `<within>.<facet>`."""
        return list(self._faults(values, within))

    def require(self, values: FacetValues) -> None:
        """Raises `Invalid` for the first facet or value that this catalogue does not have."""
        for fault in self._faults(values, "facets"):
            raise invalid(fault.field, fault.rule, fault.message)

    def _faults(self, values: FacetValues, within: str) -> Iterator[FieldError]:
        for name, chosen in values.items():
            facet = self._by_name.get(name)
            if facet is None:
                yield FieldError(field=within, rule="facet-unknown", message=f"There is no facet {name[:64]!r}.")
                continue
            for message in filter(None, map(facet.fault_of, chosen)):
                yield FieldError(field=f"{within}.{name}", rule="facet-value", message=message)


def consented(values: FacetValues, *, shown: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Only the facets that the personal assistant agreed to show: what is not shown cannot be searched by."""
    return {name: tuple(held) for name, held in values.items() if name in shown and held}


def _known(*labels: str) -> Mapping[str, str]:
    """Known values, each named after its label."""
    return MappingProxyType({label.lower().replace(" ", "-"): label for label in labels})


def _weekday_slots() -> Iterable[str]:
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"):
        for slot in ("morning", "afternoon", "evening", "night"):
            yield f"{day} {slot}"


PERSONAL_ASSISTANT_FACETS = Catalogue(
    facets=(
        Facet(
            name="skills",
            label="Skills, experience and care tasks",
            mode=Mode.AND,
            values=_known(
                "Personal care",
                "Continence care",
                "Meal preparation",
                "Help with eating and drinking",
                "Help with medication",
                "Moving and handling",
                "Hoisting",
                "Tube feeding",
                "Epilepsy care",
                "Dementia care",
                "Communication support",
                "Positive behaviour support",
                "Housework",
                "Shopping",
                "Managing money and post",
                "Companionship",
                "Going out and activities",
                "Support at work or study",
                "Sleeping nights",
                "Waking nights",
            ),
        ),
        Facet(
            name="qualifications",
            label="Qualifications and training",
            mode=Mode.AND,
            values=_known(
                "Care Certificate",
                "Diploma in care level 2",
                "Diploma in care level 3",
                "Nursing registration",
                "Moving and handling",
                "Food hygiene",
                "Emergency first aid",
                "Infection control",
                "Medication",
                "Safeguarding adults",
                "Mental capacity",
                "Autism and learning disability",
            ),
        ),
        Facet(name="languages", label="Languages", mode=Mode.OR),
        Facet(
            name="client_groups",
            label="Groups supported",
            mode=Mode.OR,
            values=_known(
                "Older people",
                "Physical disability",
                "Learning disability",
                "Autism",
                "Mental health",
                "Dementia",
                "Sight loss",
                "Hearing loss",
                "Brain injury",
                "Long-term illness",
                "End of life",
            ),
        ),
        Facet(
            name="ages",
            label="Ages supported",
            mode=Mode.AND,
            values=_known("Under 16", "16 to 17", "18 to 24", "25 to 64", "65 to 84", "85 and over"),
        ),
        Facet(name="gender", label="Gender", mode=Mode.OR, values=_known("Woman", "Man", "Non-binary")),
        Facet(name="areas", label="Areas covered", mode=Mode.OR),
        Facet(name="smoker", label="Smoking", mode=Mode.OR, values=_known("Does not smoke", "Smokes")),
        Facet(name="availability", label="Availability", mode=Mode.AND, values=_known(*_weekday_slots())),
        Facet(
            name="dbs",
            label="DBS check",
            mode=Mode.OR,
            values=_known("Enhanced", "Enhanced with barred lists", "Update Service", "Check under way", "Not checked"),
        ),
        Facet(
            name="driving",
            label="Driving",
            mode=Mode.OR,
            values=_known(
                "Full licence", "Own car", "Insured for work", "Wheelchair accessible vehicle", "Does not drive"
            ),
        ),
    )
)
