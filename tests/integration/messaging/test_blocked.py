"""A RabbitMQ that is short of memory: it says so, nothing is taken for published, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.messaging.publishing.publisher import NotPublished
from tests.integration.messaging.desk import Desk
from tests.support.broker_admin import rabbitmqctl
from tests.support.waiting import eventually

USUAL_SHARE = "0.4"
pytestmark = pytest.mark.needs_rabbitmq


def set_memory_limit(share: str) -> None:
    rabbitmqctl("set_vm_memory_high_watermark", share)


@pytest.fixture
def short_of_memory(desk: Desk) -> Iterator[None]:
    desk.publish_until_taken("m-before")
    try:
        set_memory_limit("0.00001")
        yield
    finally:
        set_memory_limit(USUAL_SHARE)


def test_a_publisher_hears_that_the_broker_is_blocked_and_goes_on_when_it_no_longer_is(
    desk: Desk, short_of_memory: None
) -> None:
    on_its_way = desk.publish("m-1")
    eventually(lambda: desk.publisher.is_blocked, within=20)

    with pytest.raises(NotPublished, match="short of memory"):
        desk.publish("m-2")

    set_memory_limit(USUAL_SHARE)
    eventually(lambda: not desk.publisher.is_blocked, within=20)
    desk.publish_until_taken("m-2")
    on_its_way.wait()
    desk.start_reading()
    eventually(lambda: set(desk.came) == {"m-before", "m-1", "m-2"}, within=20)
