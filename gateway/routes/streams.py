"""Live streams of server-sent events, resumable by `Last-Event-ID` and scoped by role and council."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import structlog
from flask import Blueprint, Response, current_app, g, json, request

from gateway.api import API_PREFIX, serves
from gateway.asking import Gateway, caller, gateway
from gateway.feed import NOTHING_YET, FeedItem, Feeds, Listener
from gateway.permissions import StreamRule
from gateway.services import SERVICES
from shared.context import Caller
from shared.errors import StewardError
from shared.events.catalogue import streams as declared_streams

MEDIA_TYPE = "text/event-stream"
LONGEST_POSITION = 1000
CAUSES = ("concern", "alert")

streams = Blueprint("streams", __name__)
log = structlog.get_logger(__name__)


@streams.get(f"{API_PREFIX}/streams/events")
@serves("streams.events")
def stream_events() -> Response:
    """Everything that happens, as far as the caller's role and councils let them see it."""
    return _stream("events")


@streams.get(f"{API_PREFIX}/streams/alerts")
@serves("streams.alerts")
def stream_alerts() -> Response:
    """Safeguarding alerts and what becomes of them, for safeguarding only."""
    return _stream("alerts")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What one caller may see on one live stream."""

    rules: dict[str, StreamRule]
    caller: Caller
    audiences: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def admits(self, item: FeedItem) -> bool:
        """Whether this event is in the caller's roles and councils and does not concern the caller themselves."""
        rule = self.rules.get(item.stream)
        if rule is None or rule.see.isdisjoint(self.caller.roles) or not self.caller.may_see(item.council_id):
            return False
        if item.audience and self.audiences.get(item.audience, frozenset()).isdisjoint(self.caller.roles):
            return False  # an audience that nobody has named is nobody
        return item.stream not in CAUSES or not self._is_named_in(item)

    def shown(self, item: FeedItem) -> dict[str, Any]:
        """The event without its data, unless the role gets that too."""
        document = asdict(item)
        del document["audience"]
        if self.rules[item.stream].data.isdisjoint(self.caller.roles):
            del document["data"]
        return document

    def services(self) -> set[str]:
        """The services whose events may be admitted."""
        declared = declared_streams()
        seen = (name for name, rule in self.rules.items() if not rule.see.isdisjoint(self.caller.roles))
        return {declared[name].owner for name in seen if name in declared}

    def _is_named_in(self, item: FeedItem) -> bool:
        """Nobody follows a concern that names them or their organisation."""
        own = {self.caller.actor_id, self.caller.organisation_id}
        return not own.isdisjoint(value for value in item.data.values() if isinstance(value, str))


def scope_of(name: str) -> Scope:
    """What whoever asks now may see on this stream."""
    table = gateway().permissions
    return Scope(rules=dict(table.streams[name]), caller=caller(), audiences=table.audiences)


@dataclass(kw_only=True)
class Position:
    """How far a stream has been told each service's events: the id of the last one told."""

    last: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> Position:
        """From an SSE id (`referrals=<event id>,ledger=<event id>`); what cannot be read counts as not told."""
        pairs = (part.partition("=") for part in text[:LONGEST_POSITION].split(","))
        return cls(last={service: event_id for service, _, event_id in pairs if service in SERVICES and event_id})

    def write(self) -> str:
        """The SSE id."""
        return ",".join(f"{service}={event_id}" for service, event_id in self.last.items())

    def begin(self, service: str, feeds: Feeds) -> None:
        """Takes the place of a service that has none yet. Raises `StewardError` when it doesn't answer."""
        if service not in self.last:
            self.last[service] = feeds.place(service)

    def move(self, item: FeedItem) -> None:
        """This event has been told."""
        self.last[item.service] = item.id


def _stream(name: str) -> Response:
    scope = scope_of(name)
    position = Position.read(request.headers.get("Last-Event-ID") or request.args.get("after", ""))
    _take_places(position, scope.services())  # before listening, so that nothing falls between
    listener = gateway().feed.listen(scope.admits)
    until = g.who.expires_at if g.who else None
    telling = Telling(
        name=name,
        gateway=gateway(),
        scope=scope,
        listener=listener,
        position=position,
        until=until,
        owed=scope.services(),
    )
    response = current_app.response_class(telling.lines(), mimetype=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(telling.end)
    return response


def _take_places(position: Position, services: Iterable[str]) -> None:
    for service in sorted(services):
        try:
            position.begin(service, gateway().feed.feeds)
        except StewardError as error:
            log.warning("stream.place_not_known", service=service, kind=error.kind)


@dataclass(kw_only=True)
class Telling:
    """One open stream, as the lines that go to its client.

    `owed` are the services whose past has not been told yet: one that doesn't answer is asked again as soon as it does,
    and what it tells live waits for that.
    """

    name: str
    gateway: Gateway
    scope: Scope
    listener: Listener
    position: Position
    until: float | None
    owed: set[str]
    told: dict[str, None] = field(default_factory=dict)
    ended: bool = False

    def lines(self) -> Iterator[str]:
        """First where the stream stands and what was missed, then what happens; a comment now and then keeps the
        connection open."""
        self.gateway.metrics.stream_opened(self.name)
        yield self._retry()
        yield self._place()
        yield from self._missed()
        while not self._over():
            news = self.listener.next(self.gateway.settings.sse_heartbeat_seconds)
            yield from self._missed()
            if news is None:
                yield ": still here\n\n"
            elif news.service not in self.owed and news.id not in self.told:
                yield self._told(news)
        yield self._retry()

    def end(self) -> None:
        """The client has gone, or the stream has come to its end."""
        if self.ended:
            return
        self.ended = True
        self.gateway.feed.leave(self.listener)
        self.gateway.metrics.stream_closed(self.name)
        if self.listener.dropped:
            self.gateway.metrics.stream_dropped()

    def _over(self) -> bool:
        expired = self.until is not None and self.gateway.clock.now().timestamp() > self.until
        return self.listener.dropped or expired

    def _missed(self) -> Iterator[str]:
        """The past of every service that is owed and answers now."""
        for service in sorted(self.owed):
            if not self.gateway.feed.placed(service):
                continue
            try:
                self.position.begin(service, self.gateway.feed.feeds)
                yield from self._missed_of(service)
                self.owed.discard(service)
            except StewardError as error:
                log.warning("stream.past_not_told", service=service, kind=error.kind)

    def _missed_of(self, service: str) -> Iterator[str]:
        """What the client may lack: of what comes up to its place it may have a part. Its place stays until that is told,
        so that a client which is lost over and over still gets on.
        """
        place = self.position.last[service]
        self.told[place] = None
        is_passed = place == NOTHING_YET
        item = None
        for page in self.gateway.feed.feeds.since(service, place):
            for item in page:
                is_passed = is_passed or item.id == place
                if self.scope.admits(item) and item.id not in self.told:
                    yield self._told(item, moves=is_passed)
            if is_passed:
                self.position.move(page[-1])
                yield self._place()
        if item is not None and not is_passed:  # the service doesn't know the place, and has told its newest few
            self.position.move(item)
            yield self._place()

    def _told(self, item: FeedItem, *, moves: bool = True) -> str:
        if moves:
            self.position.move(item)
        self.told[item.id] = None
        if len(self.told) > self.gateway.settings.sse_queue * len(SERVICES):  # no more can wait to be told twice
            del self.told[next(iter(self.told))]
        return f"id: {self.position.write()}\ndata: {json.dumps(self.scope.shown(item))}\n\n"

    def _place(self) -> str:
        """Where the stream stands, without an event: a client that loses it now goes on from here."""
        return f"id: {self.position.write()}\n\n"

    def _retry(self) -> str:
        return f"retry: {self.gateway.settings.sse_retry_ms}\n\n"
