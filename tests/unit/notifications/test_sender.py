from __future__ import annotations

import threading

from services.notifications.sender import Sender
from shared.errors import Unavailable
from tests.support.waiting import eventually, patience

PATIENCE = patience(20)


def test_a_message_that_breaks_its_worker_does_not_stop_the_next() -> None:
    sent: list[str] = []

    def send(notification_id: str) -> None:
        if notification_id == "broken":
            raise RuntimeError("a defect")
        if notification_id == "later":
            raise Unavailable("not now")
        sent.append(notification_id)

    sender = Sender(send=send, workers=1)
    sender.start()
    for notification_id in ("broken", "later", "ntf-1"):
        sender.nudge(notification_id)

    eventually(lambda: sent == ["ntf-1"])
    sender.stop(deadline_seconds=PATIENCE)


def test_a_message_nudged_again_before_its_turn_keeps_one_place() -> None:
    taken: list[str] = []
    go_on = threading.Event()

    def send(notification_id: str) -> None:
        taken.append(notification_id)
        go_on.wait(PATIENCE)

    sender = Sender(send=send, workers=1)
    sender.start()
    sender.nudge("first")
    eventually(lambda: taken == ["first"])
    for _ in range(5):
        sender.nudge("second")
    go_on.set()
    eventually(lambda: "second" in taken)
    sender.nudge("last")
    eventually(lambda: "last" in taken)
    sender.stop(deadline_seconds=PATIENCE)

    assert taken == ["first", "second", "last"]


def test_stopping_finishes_the_message_in_hand_and_leaves_the_rest_to_the_store() -> None:
    started, go_on, done = threading.Event(), threading.Event(), []

    def send(notification_id: str) -> None:
        started.set()
        go_on.wait(PATIENCE)
        done.append(notification_id)

    sender = Sender(send=send, workers=1)
    sender.start()
    sender.nudge("in hand")
    started.wait(PATIENCE)
    sender.nudge("waiting")
    stopping = threading.Thread(target=sender.stop, kwargs={"deadline_seconds": PATIENCE})
    stopping.start()
    eventually(sender._stopping.is_set)
    go_on.set()
    stopping.join(PATIENCE)

    assert done == ["in hand"]
    assert not stopping.is_alive()
