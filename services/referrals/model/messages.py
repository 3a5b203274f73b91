"""Messages that people leave, and their answers (CE 3.2 "Telephone and Email")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.referrals.errors import StepNotPossible
from services.referrals.model.cases import Act, CaseRecord
from shared.events.casework import MessageAnswered, MessageLeft
from shared.messaging.aggregates import Decision
from shared.policy.keeping import start, stop
from shared.policy.running import RunningClock

Channel = Literal["phone", "email", "other"]
REPLY = "message_reply"


@dataclass(frozen=True, kw_only=True)
class Message(CaseRecord):
    """A message: who left it and what they said are in the record alone. `acts` are attempts and the answer."""

    channel: Channel
    left_at: datetime
    left_by: str = ""
    text: str
    status: Literal["open", "answered"] = "open"
    acts: tuple[Act, ...] = ()
    clocks: tuple[RunningClock, ...] = ()


def leave(message: Message, clocks: Sequence[RunningClock]) -> Decision[Message]:
    """A new message; its reply's clock runs from when it was left."""
    kept = start((), clocks)
    told = MessageLeft(message_id=message.record_id, person_id=message.person_id, channel=message.channel)
    return Decision(state=replace(message, clocks=kept.clocks), events=[told, *kept.events])


def attempt(message: Message, act: Act) -> Decision[Message]:
    """Somebody tried and did not get through; the clock runs on. Raises `StepNotPossible`."""
    _refuse_answered(message)
    return Decision(state=replace(message, acts=(*message.acts, act)))


def answer(message: Message, act: Act) -> Decision[Message]:
    """Answered. Raises `StepNotPossible`."""
    _refuse_answered(message)
    kept = stop(message.clocks, at=act.at)
    told = MessageAnswered(message_id=message.record_id, answered_at=act.at)
    answered = replace(message, status="answered", acts=(*message.acts, act), clocks=kept.clocks)
    return Decision(state=answered, events=[told, *kept.events])


def _refuse_answered(message: Message) -> None:
    if message.status == "answered":
        raise StepNotPossible("the message has been answered; possible now: none")
