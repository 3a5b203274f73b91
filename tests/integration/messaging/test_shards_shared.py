"""Replicas on a RabbitMQ share the shard queues: whoever comes, goes or dies, nothing is lost and each queue keeps its order."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from kombu import Connection

from tests.integration.messaging.conftest import RABBITMQ_URL
from tests.integration.messaging.crew import WITHIN, Crew, first_of_each
from tests.support.waiting import eventually

pytestmark = [pytest.mark.needs_rabbitmq, pytest.mark.enable_socket]


@pytest.fixture(params=["quorum", "classic"])
def crew(request: pytest.FixtureRequest) -> Iterator[Crew]:
    with Connection(RABBITMQ_URL) as connection:
        name = f"t-{uuid4().hex[:10]}"
        crew = Crew(name, url=RABBITMQ_URL, channel=connection.default_channel, queue_type=request.param)
        yield crew
        crew.end()


def test_replicas_that_join_get_their_part_and_every_message_is_taken_once_and_in_order(crew):
    crew.join()
    crew.send_until_shared(16)

    crew.join()
    crew.send_until_shared(8, 8)
    crew.join()
    crew.send_until_shared(6, 5, 5)

    crew.await_all()
    assert [crew.numbers(queue) for queue in crew.queues] == [list(range(1, crew.sent + 1))] * len(crew.queues)


def test_replicas_that_stop_in_turn_leave_their_part_to_the_others(crew):
    first, second, _ = crew.join(), crew.join(), crew.join()
    crew.send_until_shared(6, 5, 5)

    first.stop()
    crew.send_until_shared(8, 8)
    second.stop()
    crew.send_until_shared(16)

    crew.await_all()
    assert [crew.numbers(queue) for queue in crew.queues] == [list(range(1, crew.sent + 1))] * len(crew.queues)


def test_when_one_dies_the_others_read_on_at_once_and_share_its_part_when_its_lease_is_over(crew):
    crew.lease_seconds = 2.0
    crew.join(), crew.join()
    dying = crew.join()
    crew.send_until_shared(6, 5, 5)

    dying.die()
    crew.send_until_shared(8, 8)

    crew.await_all()
    assert [first_of_each(crew.numbers(queue)) for queue in crew.queues] == [list(range(1, crew.sent + 1))] * 16
    assert dying.name not in crew.takers()


def test_a_replica_that_loses_its_connection_comes_back_to_its_part(crew):
    crew.join()
    cut = crew.join()
    crew.send_until_shared(8, 8)
    before = cut.reader.session_id

    cut.wire.cut()
    eventually(lambda: cut.reader.session_id not in (None, before), within=WITHIN)
    crew.send_until_shared(8, 8)

    crew.await_all()
    assert [first_of_each(crew.numbers(queue)) for queue in crew.queues] == [list(range(1, crew.sent + 1))] * 16


def test_a_shard_is_handed_on_only_when_what_is_in_hand_is_done(crew):
    first = crew.join()
    crew.going.clear()
    crew.send(), crew.send()
    eventually(lambda: sum(crew.begun.values()) == 16, within=WITHIN)

    second = crew.join()
    eventually(lambda: len(first.sharing.places) == len(second.sharing.places) == 8, within=WITHIN)
    beats = crew.documents.get("shards")["version"]
    eventually(lambda: crew.documents.get("shards")["version"] > beats + 5, within=WITHIN)
    begun_meanwhile = sum(crew.begun.values())
    crew.going.set()

    crew.await_all()
    assert begun_meanwhile == 16
    assert [crew.numbers(queue) for queue in crew.queues] == [[1, 2]] * 16
    assert {taken[0][0] for taken in crew.came.values()} == {first.name}
    assert crew.takers() == {first.name: 8, second.name: 8}


def test_what_has_come_to_rest_stays_where_it_is(crew):
    crew.join(), crew.join()
    crew.send_until_shared(8, 8)
    crew.await_all()
    eventually(lambda: all(len(member.sharing.places) == 8 for member in crew.members), within=WITHIN)
    owners = {queue: taken[-1][0] for queue, taken in crew.came.items()}
    so_far = {queue: len(taken) for queue, taken in crew.came.items()}
    beats = crew.documents.get("shards")["version"]

    eventually(lambda: crew.send() or crew.documents.get("shards")["version"] > beats + 10, within=WITHIN)

    crew.await_all()
    since = {queue: {member for member, _ in crew.came[queue][so_far[queue] :]} for queue in crew.queues}
    assert since == {queue: {owners[queue]} for queue in crew.queues}
