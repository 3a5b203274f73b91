"""What a person was told of the lists of the council's policy: first contact, start, advice (CP 8.2; CE 7.4, 3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

from services.referrals.model.cases import CaseRecord
from shared.events.calendar import InformationGiven as Told
from shared.messaging.aggregates import Decision

TopicList = Literal["first-contact", "service-start", "advice"]
TABLES: Mapping[TopicList, tuple[str, str]] = MappingProxyType(
    {
        "first-contact": ("first_contact_items", "item"),
        "service-start": ("service_start_items", "item"),
        "advice": ("advice_topics", "code"),
    }
)
"""The table of the pack that has each list, and the name of its codes."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """One item that was given on a day."""

    topic_list: TopicList
    item: str
    given_on: date
    by: str


@dataclass(frozen=True, kw_only=True)
class InformationRecord(CaseRecord):
    """All that one person was given in one referral."""

    given: tuple[Given, ...] = ()


def give(record: InformationRecord, given: Sequence[Given]) -> Decision[InformationRecord]:
    """Adds what was given; what was given before is kept with its first day."""
    known = {(one.topic_list, one.item) for one in record.given}
    new = tuple(one for one in given if (one.topic_list, one.item) not in known)
    if not new:
        return Decision(state=record)
    told = Told(
        information_id=record.record_id,
        person_id=record.person_id or "",
        topic_list=new[0].topic_list,
        items=tuple(one.item for one in new),
    )
    return Decision(state=replace(record, given=(*record.given, *new)), events=[told])


def checklist(
    record: InformationRecord, topic_list: TopicList, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """A list of the policy, item by item, with the day on which it was given, or none."""
    key = TABLES[topic_list][1]
    days = {one.item: one.given_on for one in record.given if one.topic_list == topic_list}
    return [
        {"item": row[key], "label": row["label"], "clause": row["clause"], "given_on": days.get(row[key])}
        for row in rows
    ]
