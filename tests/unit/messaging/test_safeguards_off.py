"""Each safeguard of messaging switched off in turn: the tests that guard it must fail, else they guard nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.messaging import aggregates, processes, scheduling
from shared.messaging.consuming import consumer
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.held import Marks
from shared.messaging.publishing import outbox
from shared.messaging.publishing.publisher import Confirmation
from shared.messaging.publishing.relay import Relay
from shared.messaging.wire.connection import TolerantMessage
from tests.support.clocks import FixedClock
from tests.support.documents import InMemoryDocuments, InMemoryStore
from tests.support.purses import Bank
from tests.unit.messaging import (
    test_aggregates,
    test_consumer,
    test_held,
    test_processes,
    test_publisher,
    test_relay,
    test_scheduling,
    test_wire,
)
from tests.unit.messaging.test_aggregates import Desk
from tests.unit.messaging.test_consumer import Reader
from tests.unit.messaging.test_scheduling import Replicas

FAILS = (AssertionError, pytest.fail.Exception)


def a_desk() -> Desk:
    desk = Desk()
    desk.cases.create(
        "case-1",
        test_aggregates.Decision(state=test_aggregates.Case()),
        council_id="cheshire-east",
        cause=test_aggregates.a_cause(),
    )
    return desk


def a_publishing() -> test_relay.Publishing:
    publishing = test_relay.Publishing()
    publishing.put(1, 2, 3)
    return publishing


def _without_bars(record: Any, **changes: Any) -> Any:
    changes.pop("bars", None)
    return replace(record, **changes)


def nothing(*_: object, **__: object) -> None:
    return None


def nought(*_: object) -> int:
    return 0


def test_without_what_was_seen_an_event_has_two_effects(monkeypatch):
    monkeypatch.setattr(aggregates, "_seen_after", lambda seen, _: seen)

    with pytest.raises(FAILS):
        test_aggregates.test_the_same_event_again_has_no_second_effect(a_desk())


def test_without_remembered_commands_a_repeat_is_carried_out_again(monkeypatch):
    monkeypatch.setattr(aggregates, "_commands_after", lambda commands, *_: commands)

    with pytest.raises(FAILS):
        test_aggregates.test_the_same_command_again_gets_the_first_answer_and_changes_nothing(a_desk())


def test_without_leases_replicas_try_the_same_work_again_and_again(monkeypatch):
    monkeypatch.setattr(scheduling, "_is_leased", lambda *_: False)

    with pytest.raises(FAILS):
        test_scheduling.test_when_a_replica_dies_between_lease_and_effect_another_takes_over_after_the_lease(Replicas())


def test_with_leases_that_a_wrong_clock_may_take_work_waits_for_that_clock(monkeypatch):
    monkeypatch.setattr(scheduling, "_is_leased", lambda lease, _, now: lease is not None and now < lease["until"])

    with pytest.raises(FAILS):
        test_scheduling.test_a_lease_that_a_wrong_clock_took_far_ahead_binds_nobody(Replicas())
    with pytest.raises(FAILS):
        test_scheduling.test_what_falls_due_again_soon_does_not_wait_for_the_lease_of_the_last_time(Replicas())


def test_without_compare_and_set_due_work_has_two_effects(monkeypatch):
    replace = InMemoryDocuments._replace
    monkeypatch.setattr(
        InMemoryDocuments,
        "_replace",
        lambda self, stored, _: replace(
            self, stored | {"version": stored["version"] + 100}, self.by_id[stored["_id"]]["version"]
        ),
    )

    with pytest.raises(FAILS):
        test_scheduling.test_a_replica_that_outlives_its_lease_adds_no_second_effect(Replicas())


def test_without_remembered_commands_a_killed_process_takes_a_step_twice(monkeypatch):
    monkeypatch.setattr(aggregates, "_commands_after", lambda commands, *_: commands)

    with pytest.raises(FAILS):
        test_processes.test_killed_at_any_point_another_replica_finishes_it(InMemoryStore, 3)


def test_without_bars_a_stalled_replica_carries_out_a_step_of_an_undone_process(monkeypatch):
    monkeypatch.setattr(processes, "replace", _without_bars)
    clock = FixedClock()
    bank = Bank(InMemoryStore(), clock=clock)
    bank.add("a", 100)
    bank.add("b", 0)

    with pytest.raises(FAILS):
        test_processes.test_a_replica_that_stalled_in_a_step_cannot_carry_it_out_once_the_process_is_undone(bank, clock)


def test_without_compare_and_set_a_rivals_change_is_lost(monkeypatch):
    replace = InMemoryDocuments._replace
    monkeypatch.setattr(
        InMemoryDocuments,
        "_replace",
        lambda self, stored, _: replace(self, stored, self.by_id[stored["_id"]]["version"]),
    )

    with pytest.raises((*FAILS, ValueError)):
        test_aggregates.test_a_lost_race_decides_again_on_the_newer_state(a_desk())


def test_without_marks_a_duplicate_is_applied_twice(monkeypatch):
    monkeypatch.setattr(Marks, "get", nought)
    monkeypatch.setattr(Marks, "look_again", nought)

    with pytest.raises(FAILS):
        test_consumer.test_a_duplicate_has_no_second_effect(Reader())


def test_without_holding_what_comes_too_early_it_is_lost(monkeypatch):
    monkeypatch.setattr(Consumer, "_hold_behind", nothing)

    with pytest.raises(FAILS):
        test_consumer.test_a_later_event_waits_for_the_missing_one_which_is_asked_for(Reader())


def test_without_replay_requests_a_gap_is_never_asked_for(monkeypatch):
    monkeypatch.setattr(Consumer, "_ask_for_stretch", nothing)

    with pytest.raises(FAILS):
        test_consumer.test_a_later_event_waits_for_the_missing_one_which_is_asked_for(Reader())


def test_without_retries_a_failed_handler_has_no_effect(monkeypatch):
    monkeypatch.setattr(Consumer, "retry", nothing)

    with pytest.raises(FAILS):
        test_consumer.test_a_handler_that_fails_twice_and_then_works_leaves_one_effect_in_order(Reader())


def test_without_an_end_of_retries_nobody_would_look(monkeypatch):
    monkeypatch.setattr(Consumer, "_park", nothing)

    with pytest.raises(FAILS):
        test_consumer.test_a_handler_that_always_fails_is_parked_and_holds_up_its_own_stream_only(Reader())


def test_without_a_second_look_a_discarded_message_is_applied(monkeypatch):
    monkeypatch.setattr(consumer, "is_discarded", lambda _: False)

    with pytest.raises(FAILS):
        test_held.test_a_message_that_waited_in_a_gap_and_was_discarded_is_never_applied(Reader())


def test_without_waiting_for_confirms_what_was_refused_leaves_the_outbox(monkeypatch):
    monkeypatch.setattr(Confirmation, "wait", nothing)

    with pytest.raises(FAILS):
        test_relay.test_what_the_broker_refuses_stays_in_the_outbox_in_order(a_publishing())


def test_without_looking_again_an_event_written_meanwhile_is_lost(monkeypatch):
    monkeypatch.setattr("shared.messaging.publishing.relay._Outbox.looks_again", nothing)

    with pytest.raises(FAILS):
        test_relay.test_an_event_written_meanwhile_is_not_lost(a_publishing())


def test_without_a_time_of_grace_two_relays_publish_at_once(monkeypatch):
    monkeypatch.setattr(outbox, "GRACE", outbox.GRACE * 0)
    monkeypatch.setattr(test_relay, "GRACE", outbox.GRACE)

    with pytest.raises(FAILS):
        test_relay.test_another_relay_takes_over_only_when_the_writer_has_had_its_time(a_publishing())


def test_without_returns_an_unroutable_message_counts_as_published(monkeypatch):
    monkeypatch.setattr("shared.messaging.publishing.publisher._Session._on_return", nothing)
    desk = test_publisher.Desk()
    try:
        with pytest.raises(FAILS):
            test_publisher.test_a_message_that_no_queue_takes_is_not_published_in_spite_of_its_confirm(desk)
    finally:
        desk.publisher.close()
        desk.connection.close()


def test_without_tolerance_one_message_ends_the_reading(monkeypatch):
    monkeypatch.delattr(TolerantMessage, "_load_properties")

    with pytest.raises(UnicodeDecodeError):
        test_wire.test_a_message_says_that_its_properties_could_not_be_read()


def test_without_a_size_limit_a_large_message_is_applied(monkeypatch):
    reader = Reader()
    monkeypatch.setattr(reader.consumer, "_limits", replace(test_consumer.LIMITS, body_bytes=10**9))

    with pytest.raises(FAILS):
        test_consumer.test_what_cannot_be_read_is_parked_and_harms_nobody(reader, test_consumer.TOO_LARGE)


def test_without_storing_marks_what_was_acknowledged_is_not_known_elsewhere(monkeypatch):
    monkeypatch.setattr(Marks, "flush", nought)

    with pytest.raises(FAILS):
        test_consumer.test_what_was_applied_but_not_yet_settled_is_known_here_and_comes_again_elsewhere(Reader())


def test_without_remembering_what_was_confirmed_a_document_seen_earlier_is_published_twice(monkeypatch):
    monkeypatch.setattr(Relay, "_remember", nothing)

    with pytest.raises(FAILS):
        test_relay.test_a_document_seen_before_its_outbox_was_emptied_is_not_published_again(a_publishing())
