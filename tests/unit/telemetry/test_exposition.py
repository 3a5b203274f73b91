from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared.messaging.publishing.publisher import NACKED, RETURNED, NotPublished
from shared.store.documents import StoreAway
from shared.telemetry.exposition import Exposition, Standing
from shared.telemetry.figures import ServiceFigures
from shared.telemetry.own import BOUNDS, MOST_SETS, Durations, Figure
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.unit.messaging.streams import an_envelope

EVENT: dict[str, Any] = {
    "exchange": "referrals.events",
    "routing_key": "k",
    "body": b"",
    "headers": {},
    "message_id": "1",
}


@dataclass(kw_only=True)
class Service:
    """A service that stands as it is told."""

    figures: ServiceFigures = field(default_factory=ServiceFigures)
    duplicates: int = 0
    away: bool = False
    looks: int = 0

    def standing(self) -> Standing:
        self.looks += 1
        if self.away:
            raise StoreAway("away")
        return Standing(
            broker=True,
            outbox_pending=3,
            outbox_oldest_seconds=4.5,
            held={"retry": 0, "gap": 2, "parked": 1},
            held_oldest_seconds=7200.0,
            held_too_long=True,
            alarms={"held-too-long": 1, "due-work-late": 0},
        )


class Wire:
    """A publisher whose confirms say what they are told."""

    def __init__(self) -> None:
        self.problems: list[str | None] = []

    def publish(self, **message: Any) -> Wire:
        if self.problems and self.problems[0] == "no connection":
            raise NotPublished(self.problems.pop(0))
        return self

    def wait(self) -> None:
        if self.problems and (problem := self.problems.pop(0)):
            raise NotPublished(problem)


def told(service: Service) -> dict[tuple[str, ...], float]:
    """Every sample by name and label values, as Prometheus reads them."""
    text = Exposition({"referrals": service}).text().decode()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_waits_and_what_is_held_is_told_with_its_age():
    samples = told(Service(duplicates=9))

    assert samples["steward_store_up", "referrals"] == 1
    assert samples["steward_outbox_pending", "referrals"] == 3
    assert samples["steward_outbox_oldest_seconds", "referrals"] == 4.5
    assert samples["steward_held_messages", "gap", "referrals"] == 2
    assert samples["steward_held_oldest_seconds", "referrals"] == 7200
    assert samples["steward_held_alarm", "referrals"] == 1
    assert samples["steward_alarms", "held-too-long", "referrals"] == 1
    assert samples["steward_alarms", "due-work-late", "referrals"] == 0
    assert samples["steward_duplicates_dropped_total", "referrals"] == 9


def test_a_store_that_is_away_is_told_and_takes_no_other_figure_with_it():
    service = Service(away=True, duplicates=2)

    samples = told(service)

    assert samples["steward_store_up", "referrals"] == 0
    assert samples["steward_duplicates_dropped_total", "referrals"] == 2
    assert ("steward_outbox_pending", "referrals") not in samples


@pytest.mark.parametrize(
    ("problem", "error"),
    [
        (None, ""),
        (NACKED, "nacked"),
        (RETURNED, "returned"),
        ("no confirm within 30 s", "not_confirmed"),
        ("no connection", "not_sent"),
    ],
)
def test_each_sending_counts_by_what_became_of_it(problem: str | None, error: str):
    service, wire = Service(), Wire()
    wire.problems = [problem]
    publisher = service.figures.publisher(wire)

    if problem is None:
        publisher.publish(**EVENT).wait()
    else:
        with pytest.raises(NotPublished):
            publisher.publish(**EVENT).wait()

    samples = told(service)
    assert samples["messaging_client_sent_messages_total", error, "referrals.events", "referrals"] == 1
    assert samples["messaging_client_operation_duration_seconds_count", error, "referrals.events", "referrals"] == 1


def test_each_applying_counts_by_what_became_of_it_and_how_late_it_was():
    service = Service()
    clock = FixedClock(A_MONDAY_MORNING + timedelta(seconds=90))
    failures: list[Exception] = [KeyError("Alex Example"), StoreAway("away")]

    def apply(event: Any, envelope: Any) -> None:
        if failures:
            raise failures.pop(0)

    counted = service.figures.apply(apply, clock=clock)
    for expected in (KeyError, StoreAway):
        with pytest.raises(expected):
            counted(None, an_envelope(1))
    counted(None, an_envelope(1))

    samples = told(service)
    for error in ("KeyError", "store_away", ""):
        assert samples["messaging_client_consumed_messages_total", error, "referrals.events", "referrals"] == 1
        assert samples["messaging_process_duration_seconds_count", error, "referrals.events", "referrals"] == 1
    assert samples["steward_event_lag_seconds_sum", "referrals", "referral"] == 90
    assert samples["steward_event_lag_seconds_bucket", "60.0", "referrals", "referral"] == 0
    assert samples["steward_event_lag_seconds_bucket", "600.0", "referrals", "referral"] == 1


def test_a_service_has_figures_of_its_own():
    service = Service()
    letters = Figure(name="steward_letters", about="Letters.", labels=("outcome",))
    wait = Figure(name="steward_letter_wait_seconds", about="How long they waited.")

    service.figures.own.count(letters, "posted")
    service.figures.own.count(letters, "posted", by=2)
    service.figures.own.time(wait, 0.3)

    samples = told(service)
    assert samples["steward_letters_total", "posted", "referrals"] == 3
    assert samples["steward_letter_wait_seconds_bucket", "0.25", "referrals"] == 0
    assert samples["steward_letter_wait_seconds_bucket", "0.5", "referrals"] == 1
    assert samples["steward_letter_wait_seconds_sum", "referrals"] == 0.3


def test_what_others_choose_the_words_of_can_make_no_figure_grow_without_end():
    service = Service()
    letters = Figure(name="steward_letters", about="Letters.", labels=("about",))

    for number in range(MOST_SETS + 20):
        service.figures.own.count(letters, f"subject {number}")
    service.figures.own.count(letters, "subject 1")

    samples = told(service)
    assert samples["steward_letters_total", "subject 1", "referrals"] == 2
    assert samples["steward_letters_total", "other", "referrals"] == 20
    assert len([name for name, *_ in samples if name == "steward_letters_total"]) == MOST_SETS + 1


def test_a_duration_is_in_every_bucket_that_is_at_least_as_long():
    durations = Durations()
    for seconds in (0.0, BOUNDS[0], 0.3, 10_000.0):
        durations.add(seconds)

    assert durations.count == 4
    assert durations.buckets[0] == 2
    assert durations.buckets[-1] == 1


def test_who_asks_again_at_once_is_told_the_same_without_another_look(monkeypatch):
    monkeypatch.setattr("shared.telemetry.exposition.FRESH_SECONDS", 3600.0)  # however slow the machine is
    service = Service()
    exposition = Exposition({"referrals": service})

    assert exposition.text() == exposition.text()

    assert service.looks == 1


def test_nothing_is_told_of_a_process_without_services():
    samples = [line for line in Exposition({}).text().decode().splitlines() if not line.startswith("#")]

    assert samples == []
