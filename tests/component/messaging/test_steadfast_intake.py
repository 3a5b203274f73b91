"""No message of a council stops those behind it, and none is lost for what goes wrong with us."""

from __future__ import annotations

import pytest

from shared.errors import Unavailable
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.durable import INTAKE_ATTEMPTS, SteadfastIntake
from shared.store.documents import StoreAway

NOT_NOW = (StoreAway("away"), Unavailable("later"))
MESSAGE = Delivery(
    body=b"{}",
    headers={},
    content_type=None,
    message_id=None,
    user_id=None,
    routing_key="x",
    exchange="in.cheshire-east",
    redelivered=False,
    delivery_tag=1,
)


class Desk:
    """Raises what it is told to, and takes note."""

    def __init__(self) -> None:
        self.failing: Exception | None = None
        self.taken = 0
        self.given_up: list[tuple[str, int]] = []
        self.refused = 0
        self.rests: list[int] = []
        self.intake = SteadfastIntake(self._take_in, give_up=self._give_up, rest=self.rests.append)

    def _take_in(self, delivery: Delivery) -> int:
        if self.failing is not None:
            raise self.failing
        self.taken += 1
        return self.refused

    def _give_up(self, delivery: Delivery, error: Exception, *, attempts: int) -> None:
        self.given_up.append((type(error).__name__, attempts))

    def fails(self) -> bool:
        """Whether the message stays with the broker."""
        try:
            self.intake(MESSAGE)
        except Exception:  # whatever it was, the broker keeps the message
            return True
        return False


def test_what_nobody_foresaw_is_tried_again_and_then_set_aside() -> None:
    desk = Desk()
    desk.failing = OverflowError("x")

    stays = [desk.fails() for _ in range(INTAKE_ATTEMPTS)]

    assert stays == [True] * (INTAKE_ATTEMPTS - 1) + [False]
    assert desk.given_up == [("OverflowError", INTAKE_ATTEMPTS)]


def test_each_message_has_its_own_attempts() -> None:
    desk = Desk()
    desk.failing = KeyError("x")
    for _ in range(INTAKE_ATTEMPTS - 1):
        assert desk.fails()
    desk.failing = None
    assert not desk.fails()
    desk.failing = KeyError("x")

    stays = [desk.fails() for _ in range(INTAKE_ATTEMPTS)]

    assert (stays[-2:], desk.taken, len(desk.given_up)) == ([True, False], 1, 1)


@pytest.mark.parametrize("error", NOT_NOW, ids=lambda error: type(error).__name__)
def test_what_only_says_not_now_stays_with_the_broker_for_as_long_as_it_takes(error: Exception) -> None:
    desk = Desk()
    desk.failing = error

    assert all(desk.fails() for _ in range(INTAKE_ATTEMPTS * 3))
    assert desk.given_up == []


def test_after_refusals_it_rests_as_long_as_there_were_many_and_after_nothing_else() -> None:
    desk = Desk()
    desk.intake(MESSAGE)
    desk.refused = 3
    desk.intake(MESSAGE)
    desk.failing = KeyError("x")

    stays = [desk.fails() for _ in range(INTAKE_ATTEMPTS)]

    assert stays[-1] is False
    assert desk.rests == [3, 1], "one for what was set aside"
