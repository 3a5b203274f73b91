from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.safeguarding.handlers import restrictions
from shared.events.envelope import Envelope
from shared.events.language import Event
from shared.events.safeguarding import ConcernConcluded, ConcernRaised, ConcernTriaged
from tests.unit.safeguarding.builders import SafeguardingDesk, an_envelope

PA = "pa-0001"
OF = {"alleged_kind": "personal_assistant", "alleged_id": PA}


@dataclass
class Stream:
    """Concerns' events on their way to safeguarding's own handler, kept so that they can arrive again."""

    desk: SafeguardingDesk = field(default_factory=SafeguardingDesk)
    arrived: list[tuple[Event, Envelope]] = field(default_factory=list)
    sequences: dict[str, int] = field(default_factory=dict)

    def raised(self, concern_id: str = "con-1", **alleged: Any) -> None:
        self.arrive(
            ConcernRaised(concern_id=concern_id, person_id="per-0007", categories=("neglect",), **(alleged or OF))
        )

    def triaged(self, concern_id: str = "con-1", *, apply: bool) -> None:
        self.arrive(ConcernTriaged(concern_id=concern_id, procedures_apply=apply, **OF))

    def concluded(self, concern_id: str = "con-1", *, lifted: bool) -> None:
        self.arrive(ConcernConcluded(concern_id=concern_id, outcome="inconclusive", restriction_lifted=lifted, **OF))

    def arrive(self, event: Any) -> None:
        sequence = self.sequences[event.concern_id] = self.sequences.get(event.concern_id, 0) + 1
        envelope = an_envelope(event, subject=event.concern_id, sequence=sequence)
        self.arrived.append((event, envelope))
        self.handle(event, envelope)

    def arrive_again(self) -> None:
        for event, envelope in list(self.arrived):
            self.handle(event, envelope)

    def handle(self, event: Event, envelope: Envelope) -> None:
        handlers: dict[type[Event], Any] = {
            ConcernRaised: restrictions.impose_restriction,
            ConcernTriaged: restrictions.follow_triage,
            ConcernConcluded: restrictions.follow_conclusion,
        }
        handlers[type(event)](event, envelope, restrictions=self.desk.restrictions.records, clock=self.desk.clock)

    @property
    def told(self) -> list[str]:
        return self.desk.restrictions.types_told()


def test_a_concern_restricts_the_party_alleged_and_its_end_lifts_it() -> None:
    stream = Stream()

    stream.raised()
    stream.concluded(lifted=True)

    assert stream.told == ["restriction.imposed", "restriction.lifted"]
    assert [envelope.data["party_id"] for envelope in stream.desk.restrictions.told()] == [PA, PA]


def test_a_second_concern_tells_nothing_and_only_the_last_one_lifts() -> None:
    stream = Stream()

    stream.raised("con-1")
    stream.raised("con-2")
    stream.concluded("con-1", lifted=True)
    assert stream.told == ["restriction.imposed"]
    stream.concluded("con-2", lifted=True)

    assert stream.told == ["restriction.imposed", "restriction.lifted"]


def test_a_concern_concluded_without_lifting_holds_the_party_back_until_it_is_lifted() -> None:
    stream = Stream()

    stream.raised()
    stream.concluded(lifted=False)
    assert stream.told == ["restriction.imposed"]
    stream.concluded(lifted=True)

    assert stream.told == ["restriction.imposed", "restriction.lifted"]


@pytest.mark.parametrize(("apply", "told"), [(True, 1), (False, 2)], ids=["procedures apply", "procedures don't apply"])
def test_triage_lifts_only_where_procedures_do_not_apply(apply: bool, told: int) -> None:
    stream = Stream()

    stream.raised()
    stream.triaged(apply=apply)

    assert len(stream.told) == told


@pytest.mark.parametrize(
    "alleged",
    [
        {"alleged_kind": "relative", "alleged_id": "per-0009"},
        {"alleged_kind": "other", "alleged_id": "someone"},
        {"alleged_kind": "staff"},
    ],
    ids=["a relative", "someone else", "staff not known here"],
)
def test_only_known_parties_who_work_with_people_are_restricted(alleged: dict[str, str]) -> None:
    stream = Stream()

    stream.raised(**alleged)

    assert stream.told == []


def test_a_party_known_under_two_kinds_is_told_to_both_registers_and_lifted_in_both() -> None:
    stream = Stream()

    stream.raised("con-1", alleged_kind="staff", alleged_id=PA)
    stream.raised("con-2")
    stream.concluded("con-2", lifted=True)
    assert stream.told == ["restriction.imposed", "restriction.imposed"]
    stream.arrive(
        ConcernConcluded(
            concern_id="con-1", outcome="ended", restriction_lifted=True, alleged_kind="staff", alleged_id=PA
        )
    )

    assert stream.told[2:] == ["restriction.lifted", "restriction.lifted"]
    assert [envelope.data["kind"] for envelope in stream.desk.restrictions.told()] == [
        "staff",
        "personal_assistant",
        "staff",
        "personal_assistant",
    ]


def test_nothing_told_of_a_restriction_leads_back_to_the_concern() -> None:
    stream = Stream()

    stream.raised()
    stream.concluded(lifted=True)

    concern = [envelope for _, envelope in stream.arrived]
    traces = {"con-1", "per-0007", "neglect", "inconclusive"} | {
        text
        for envelope in concern
        for text in (envelope.id, envelope.correlationid, envelope.causationid, envelope.traceparent, envelope.actorid)
    }
    for envelope in stream.desk.restrictions.told():
        assert set(envelope.data) == {"party_id", "kind", "from_at"}
        told = json.dumps(envelope.as_json())
        assert [trace for trace in traces if trace in told] == []


STEPS = st.lists(
    st.tuples(st.sampled_from(["con-1", "con-2", "con-3"]), st.sampled_from(["kept", "lifted", "again"])), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_whatever_the_order_and_repeats_a_party_is_restricted_exactly_while_a_concern_about_it_is_open(
    steps: list[tuple[str, str]],
) -> None:
    stream, open_concerns = Stream(), set()
    for concern_id, step in steps:
        if concern_id not in stream.sequences:
            stream.raised(concern_id)
            open_concerns.add(concern_id)
        elif step == "again":
            stream.arrive_again()
        else:
            stream.concluded(concern_id, lifted=step == "lifted")
            open_concerns -= {concern_id} if step == "lifted" else set()

        imposed, lifted = stream.told.count("restriction.imposed"), stream.told.count("restriction.lifted")
        assert imposed - lifted == (1 if open_concerns else 0)
    sequences = [envelope.sequence for envelope in stream.desk.restrictions.told()]
    assert sequences == list(range(1, len(sequences) + 1))
