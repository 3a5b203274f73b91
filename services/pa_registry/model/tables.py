"""The public tables: how many personal assistants there are, for anyone, so that nobody can be picked out.

One facet choice at a time; every count rounded down to a step, so that 0 to 4 look alike; a facet that fewer than a
step of people show is withheld whole; values that may be anything are listed only where they are common.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.pa_registry.search.facets import Catalogue, FacetValues, Mode
from shared.errors import FieldError, Invalid

Counts = Mapping[str, Mapping[str, int]]
EVERYBODY = "everybody"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A rounded total and rounded counts by facet and value; counts of nought and facets withheld are left out."""

    total: int = 0
    facets: Counts = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The one facet value that a table is narrowed to."""

    facet: str
    value: str

    @property
    def key(self) -> str:
        return f"{self.facet}:{self.value}"


Tables = Mapping[str, Table]
"""A table for everybody (`EVERYBODY`) and one for each choice that enough people meet, by its key."""

NOBODY = Table()


def choice_of(facet: str | None, value: str | None, catalogue: Catalogue) -> Choice | None:
    """The choice asked for, if any. Raises `Invalid` for half of one, and for what the catalogue doesn't have."""
    if facet is None and value is None:
        return None
    if facet is None or value is None:
        lacking = "facet" if facet is None else "value"
        raise _invalid(lacking, "required", "A choice is a facet and one of its values.")
    if facet not in {known.name for known in catalogue}:
        raise _invalid("facet", "facet-unknown", f"There is no facet {facet[:64]!r}.")
    fault = catalogue[facet].fault_of(value)
    if fault is not None:
        raise _invalid("value", "facet-value", fault)
    return Choice(facet=facet, value=value)


def make_tables(people: Iterable[FacetValues], *, step: int) -> Tables:
    """Every table over these people; each is given as the facets that he or she shows."""
    crowd = _Crowd(people, step=step)
    choices = {Choice(facet=name, value=value).key: members for (name, value), members in crowd.with_value.items()}
    common = {key: members for key, members in choices.items() if members.bit_count() >= step}
    return {key: crowd.table(members) for key, members in {EVERYBODY: crowd.everybody, **common}.items()}


def answer(tables: Tables, choice: Choice | None, catalogue: Catalogue) -> Table:
    """The table for a choice, with its noughts. A choice does not narrow an OR facet's own counts.

    A choice that few people meet looks exactly like one that nobody meets.
    """
    everybody = tables.get(EVERYBODY, NOBODY)
    if choice is None:
        return Table(total=everybody.total, facets=_with_noughts(everybody.facets, everybody, catalogue))
    chosen = tables.get(choice.key, NOBODY)
    counts = dict(chosen.facets)
    if catalogue[choice.facet].mode is Mode.OR and choice.facet in everybody.facets:
        counts[choice.facet] = everybody.facets[choice.facet]
    return Table(total=chosen.total, facets=_with_noughts(counts, everybody, catalogue))


def add_up(tables: Iterable[Table]) -> Table:
    """Several councils' published tables, added: nothing is in the sum that is not in them."""
    total = 0
    facets: dict[str, dict[str, int]] = {}
    for table in tables:
        total += table.total
        for name, counts in table.facets.items():
            sums = facets.setdefault(name, {})
            for value, count in counts.items():
                sums[value] = sums.get(value, 0) + count
    return Table(total=total, facets=facets)


def _with_noughts(counts: Counts, everybody: Table, catalogue: Catalogue) -> Counts:
    """Every value of the facets that are not withheld; of an open facet those that are common."""
    return {
        facet.name: {
            value: counts[facet.name].get(value, 0)
            for value in facet.values or sorted(everybody.facets.get(facet.name, ()))
        }
        for facet in catalogue
        if facet.name in counts
    }


class _Crowd:
    """People as bits: bit n of a number is the nth person."""

    def __init__(self, people: Iterable[FacetValues], *, step: int) -> None:
        self.step = step
        self.with_value: dict[tuple[str, str], int] = defaultdict(int)
        self._pools: dict[str, int] = defaultdict(int)
        self.everybody = 0
        for number, shown in enumerate(people):
            self._add(1 << number, shown)

    def _add(self, person: int, shown: FacetValues) -> None:
        self.everybody |= person
        for name, values in shown.items():
            self._pools[name] |= person
            for value in values:
                self.with_value[name, value] |= person

    def table(self, members: int) -> Table:
        """The rounded counts among these people."""
        facets: dict[str, dict[str, int]] = {
            name: {} for name, pool in self._pools.items() if (pool & members).bit_count() >= self.step
        }
        for (name, value), having in self.with_value.items():
            count = self._rounded(having & members) if name in facets else 0
            if count:
                facets[name][value] = count
        return Table(total=self._rounded(members), facets=facets)

    def _rounded(self, members: int) -> int:
        count = members.bit_count()
        return count - count % self.step


def _invalid(name: str, rule: str, message: str) -> Invalid:
    return Invalid(message, errors=[FieldError(field=name, rule=rule, message=message)])
