"""A channel's methods for publishing, with and without confirms; the signatures are py-amqp's."""
# ruff: noqa: PLR0917

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import amqp
from amqp.exceptions import AMQPError, MessageNacked, PreconditionFailed

from shared.messaging.embedded.events import Event, Refused, Returned, Settled
from shared.messaging.embedded.letters import Confirmation, Letter, PlacedConfirmation, letter_from
from shared.messaging.embedded.session import ChannelState

if TYPE_CHECKING:
    from shared.messaging.embedded.connection import Connection

PublishMethod = (60, 40)

# A loop of publishes would never let the other greenthreads of the process run.
PUBLISHES_BETWEEN_YIELDS = 10


class PublishingMethods(ChannelState):
    """basic.publish and confirm.select."""

    def __init__(self, connection: Connection, channel_id: int) -> None:
        super().__init__(connection, channel_id)
        self._published_ever = 0
        self._waits_for_queues = connection.confirm_publish
        self._user = connection.user

    def confirm_select(self, nowait: bool = False) -> None:
        """From now on number the publishes 1, 2, 3 ... and tell `events` what became of each."""
        self.check_open()
        self.confirming = True

    def basic_publish(
        self,
        msg: amqp.Message,
        exchange: str = "",
        routing_key: str = "",
        mandatory: bool = False,
        immediate: bool = False,
        timeout: float | None = None,
        confirm_timeout: float | None = None,
    ) -> None:
        """Publish; what the broker has against it is raised by the connection's next drain, as on RabbitMQ.

        On a connection opened with kombu's `confirm_publish` it is raised here: ChannelError (312 NO_ROUTE), NotFound
        (404), MessageNacked. That confirm means "in its queues", not "settled": else a publisher could wait for itself.
        """
        self.check_open()
        refused: list[bool] = []
        with self.broker.lock:
            try:
                self._check_user(msg.properties.get("user_id"))
                letter = letter_from(msg, exchange=exchange, routing_key=routing_key)
            except ValueError as error:
                self.refuse(PreconditionFailed(str(error), PublishMethod, reply_code=406))
            else:
                self._send(letter, self._promise(refused), mandatory=mandatory)
        if self._waits_for_queues:
            self._raise_complaints(refused)
        self._let_others_run()

    def _check_user(self, claimed: str | None) -> None:
        if claimed is not None and claimed != self._user:
            raise ValueError(f"user_id property set to '{claimed}' but authenticated user was '{self._user}'")

    def _promise(self, refused: list[bool]) -> Confirmation | None:
        if self._waits_for_queues:
            return PlacedConfirmation(lambda kept: None if kept else refused.append(True))
        if self.confirming:
            return Confirmation(partial(self._tell, self.published, next(self.published)))
        return None

    def _send(self, letter: Letter, confirmation: Confirmation | None, *, mandatory: bool) -> None:
        try:
            routed = self.broker.publish(letter, confirmation)
        except AMQPError as error:
            self.refuse(error)
            return
        if mandatory and not routed:
            self.post(Returned(channel=self, letter=letter))
        if confirmation is not None:
            confirmation.settle()

    def _tell(self, numbering: object, delivery_tag: int, kept: bool) -> None:
        if numbering is self.published:  # else the channel has opened anew since
            self.post(Settled(channel=self, delivery_tag=delivery_tag, kept=kept))

    def _raise_complaints(self, refused: list[bool]) -> None:
        connection = self.connection
        if connection is not None:
            for complaint in connection.withdraw(self._is_complaint):
                complaint.dispatch()
        if refused:
            raise MessageNacked

    def _is_complaint(self, event: Event) -> bool:
        return event.channel is self and isinstance(event, Returned | Refused)

    def _let_others_run(self) -> None:
        self._published_ever += 1
        if self._published_ever % PUBLISHES_BETWEEN_YIELDS == 0:
            time.sleep(0)
