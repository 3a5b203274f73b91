"""Live events: one poller per service asks for its feed and fans what comes out to the open streams.

A poller is a plain thread (a green one in the embedded process); it runs while somebody listens. Each listener has a
bounded queue: one that reads too slowly is dropped and may resume from the last event it was given.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from gateway.services import SERVICES, Services
from gateway.settings import GatewaySettings
from shared.context import EVERY_COUNCIL, Caller
from shared.errors import StewardError, Unavailable
from shared.messaging.publishing.feed import beginning

FEED_READER = Caller(actor_id="gateway", roles=("gateway",), councils=(EVERY_COUNCIL,), correlation_id="gateway-feed")
NOTHING_YET = "-"
"""The place of a feed that holds no event."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class FeedItem:
    """One event as a service's feed tells it."""

    id: str
    type: str
    stream: str
    subject: str
    sequence: int
    time: str
    service: str
    council_id: str = ""
    audience: str = ""
    correlation_id: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, service: str, item: Mapping[str, Any]) -> FeedItem:
        """From the JSON of a service's `feed` answer."""
        return cls(
            id=item["id"],
            type=item["type"],
            stream=item["stream"],
            subject=item["subject"],
            sequence=int(item["sequence"]),
            time=item["time"],
            service=service,
            council_id=item.get("council_id") or "",
            audience=item.get("audience") or "",
            correlation_id=item.get("correlation_id") or "",
            data=item.get("data") or {},
        )


@dataclass(eq=False, kw_only=True)
class Listener:
    """One open stream: which events it is let see, and those that wait for it."""

    admits: Callable[[FeedItem], bool]
    waiting: queue.Queue[FeedItem | None]
    dropped: bool = False

    def offer(self, item: FeedItem) -> None:
        """Adds an event that this listener may see; a full queue drops the listener."""
        if self.dropped or not self.admits(item):
            return
        try:
            self.waiting.put_nowait(item)
        except queue.Full:
            self.dropped = True

    def close(self) -> None:
        """Wakes the reader so that it ends."""
        self.dropped = True
        try:
            self.waiting.put_nowait(None)
        except queue.Full:
            return  # the reader has something to read, and then sees that it was dropped

    def next(self, seconds: float) -> FeedItem | None:
        """The next event, or `None` after `seconds` of silence or when closed."""
        try:
            return self.waiting.get(timeout=seconds)
        except queue.Empty:
            return None


class FeedHub:
    """Polls the services while anyone listens, and hands each event to every listener that may see it."""

    def __init__(self, *, services: Services, settings: GatewaySettings, names: Iterable[str] = SERVICES) -> None:
        self._feeds = Feeds(services=services, settings=settings)
        self._settings = settings
        self._names = tuple(names)
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._stopped = threading.Event()
        self._pollers: dict[str, Poller] = {}

    @property
    def feeds(self) -> Feeds:
        """Questions about the past."""
        return self._feeds

    def listen(self, admits: Callable[[FeedItem], bool]) -> Listener:
        """Opens a stream, starting the pollers for the first. Returns once each poller knows where its feed stands
        (or its service does not answer), so that a question about the past asked afterwards leaves no gap.

        Raises `Unavailable` when all places are taken.
        """
        listener = Listener(admits=admits, waiting=queue.Queue(maxsize=self._settings.sse_queue))
        with self._lock:
            self._admit(listener)
            pollers = [self._poller(service) for service in self._names]
        deadline = time.monotonic() + self._settings.readiness_timeout_seconds
        for poller in pollers:
            poller.placed.wait(max(0.0, deadline - time.monotonic()))
        return listener

    def leave(self, listener: Listener) -> None:
        """Closes a stream."""
        with self._lock:
            self._listeners.discard(listener)

    def stop(self) -> None:
        """Ends all streams and pollers; a poller ends when its question to the service is answered."""
        self._stopped.set()
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener.close()

    def placed(self, service: str) -> bool:
        """Whether this service's feed is being followed."""
        with self._lock:
            poller = self._pollers.get(service)
        return poller is not None and poller.placed.is_set()

    def goes_on(self, poller: Poller) -> bool:
        """Whether anyone still listens; under one lock with `listen`, so that no listener is left without a poller."""
        with self._lock:
            if self._listeners and not self._stopped.is_set():
                return True
            self._pollers.pop(poller.service, None)
            return False

    def fan_out(self, items: list[FeedItem]) -> None:
        """Hands events to every listener that may see them."""
        with self._lock:
            listeners = list(self._listeners)
        for item in items:
            for listener in listeners:
                listener.offer(item)

    def pause(self) -> None:
        """Waits before a service that failed is asked again, or until the hub stops."""
        self._stopped.wait(self._settings.feed_retry_seconds)

    def _admit(self, listener: Listener) -> None:
        if self._stopped.is_set():
            raise Unavailable("the live feed is closing")
        if len(self._listeners) >= self._settings.sse_clients:
            raise Unavailable("all places for live streams are taken")
        self._listeners.add(listener)

    def _poller(self, service: str) -> Poller:
        poller = self._pollers.get(service)
        if poller is None:
            poller = self._pollers[service] = Poller(service=service, feeds=self._feeds, hub=self)
            threading.Thread(target=poller.run, name=f"feed-{service}", daemon=True).start()
        return poller


@dataclass(eq=False, kw_only=True)
class Poller:
    """Follows one service's feed from where it stands at the first answer."""

    service: str
    feeds: Feeds
    hub: FeedHub
    placed: threading.Event = field(default_factory=threading.Event)
    cursor: str | None = None

    def run(self) -> None:
        """Asks until nobody listens; a service that fails is asked again after a pause."""
        interrupted = False
        while self.hub.goes_on(self):
            try:
                self._step()
                interrupted = False
            except StewardError as error:
                if not self.hub.goes_on(self):
                    return
                if not interrupted:
                    log.warning("feed.interrupted", service=self.service, kind=error.kind)
                interrupted = True
                self.hub.pause()

    def _step(self) -> None:
        """The first answer only says where the feed stands: its past is for `Feeds.since`."""
        if not self.placed.is_set():
            _, self.cursor = self.feeds.newest(self.service, 1)
            self.placed.set()
            return
        items, following = self.feeds.after(self.service, self.cursor)
        if self.cursor is None and following is None:
            self.hub.pause()  # a feed without any event has no place to wait at
        self.cursor = following or self.cursor
        self.hub.fan_out(items)


@dataclass(frozen=True, kw_only=True)
class Feeds:
    """Questions to the services' feeds. Each raises `Unavailable` when the service does not answer."""

    services: Services
    settings: GatewaySettings

    def newest(self, service: str, limit: int) -> tuple[list[FeedItem], str | None]:
        """The newest events of one service, oldest first, and where its feed stands."""
        return self._ask(service, {"after": None, "wait_seconds": 0, "limit": limit})

    def after(self, service: str, cursor: str | None) -> tuple[list[FeedItem], str | None]:
        """What came after `cursor`, waiting for news if there is none yet."""
        wait = self.settings.feed_wait_seconds if cursor else 0
        return self._ask(service, {"after": cursor, "wait_seconds": wait, "limit": self.settings.feed_page})

    def place(self, service: str) -> str:
        """Where the feed stands: its newest event's id, or `NOTHING_YET`."""
        payload = {"after": None, "wait_seconds": 0, "limit": 1}
        items, _ = self._ask(service, payload, timeout=self.settings.readiness_timeout_seconds)
        return items[-1].id if items else NOTHING_YET

    def since(self, service: str, place: str) -> Iterator[list[FeedItem]]:
        """What came after a place, page by page until there is no more; of an event that the service doesn't know, the
        newest few.
        """
        start = {"after": beginning()} if place == NOTHING_YET else {"after_event": place}
        limits = {"wait_seconds": 0, "limit": self.settings.feed_page}
        page, cursor = self._ask(service, start | limits)
        while page:
            yield page
            page, cursor = self._ask(service, {"after": cursor} | limits)

    def _ask(
        self, service: str, payload: dict[str, Any], *, timeout: float | None = None
    ) -> tuple[list[FeedItem], str | None]:
        limit = payload["wait_seconds"] + self.settings.feed_grace_seconds if timeout is None else timeout
        answer = self.services.call(service, "feed", payload, FEED_READER, timeout=limit)
        return [FeedItem.read(service, item) for item in answer["items"]], answer.get("next")
