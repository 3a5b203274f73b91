"""What every service has in common: its resources, its health, its event feed and its held messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from eventlet import spawn
from nameko.extensions import DependencyProvider

from shared.errors import Conflict, invalid
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.consuming.durable import WorkingContainer, apply_with, due_work_with, intake_with
from shared.messaging.consuming.tending import Wanted, content_of, held_line
from shared.messaging.publishing.feed import feed_item, follow, history_item, read_place, start_after, write_place
from shared.messaging.publishing.resending import read_stretch, send_again
from shared.policy.policies import Policies
from shared.runtime.resources import Apply, Resources
from shared.telemetry.figures import ASKED_FOR, SENT_AGAIN

CONFIG_KEY = "steward.resources"
PLATFORM_KEY = "steward.platform"
HISTORY_LIMIT = 500


def resources_of(container: Any) -> Resources:
    """The resources of a container's service."""
    resources: Resources = container.config[CONFIG_KEY]
    return resources


def platform_of(container: Any) -> Any:
    """The platform that a container runs on: its settings, clock, policies and plugins."""
    return container.config[PLATFORM_KEY]


def policies_of(container: Any) -> Policies:
    """The councils' policies as a container's service knows them: those loaded, and those it has learned of since."""
    policies: Policies = platform_of(container).policies_of(resources_of(container).plugin.name)
    return policies


class StewardContainer(WorkingContainer):
    """A container that tells long answers (feeds) to end before it waits for its workers, those of events among them."""

    def stop(self) -> None:
        resources = resources_of(self)
        resources.stopping.set()
        if resources.reader is not None:  # or new events would keep the workers busy for as long as any come
            reading = spawn(resources.reader.stop, deadline_seconds=resources.settings.drain_seconds)
            # Events have no workers of the pool; standing in it, their reader keeps dependencies there until they are done.
            self._worker_pool.spawn(reading.wait)
        super().stop()


class ServiceResources(DependencyProvider):
    """Gives workers the service's `Resources` and runs its relay and consumer while the container runs."""

    resources: Resources

    def setup(self) -> None:
        self.resources = self.container.config[CONFIG_KEY]

    def start(self) -> None:
        entrypoints = set(self.container.entrypoints)
        queues, give_up = self.resources.topology.intake_queues(), self.resources.asides.give_up
        self.resources.start(
            apply=self._watched(apply_with(entrypoints)),
            intake=intake_with(entrypoints, queues, give_up=give_up, pace=self.resources.pace_of_refusals),
            due=due_work_with(entrypoints, self.resources.documents),
        )

    def _watched(self, apply: Apply | None) -> Apply | None:
        resources = self.resources
        return resources.figures.apply(resources.tracing.apply(apply), clock=resources.clock) if apply else None

    def stop(self) -> None:
        self.resources.stop()

    def kill(self) -> None:
        self.resources.stop(drain=False)  # the workers are dead already: nobody would finish what is in hand

    def worker_setup(self, worker_ctx: Any) -> None:
        self.resources.tracing.begin_worker(worker_ctx)

    def worker_result(self, worker_ctx: Any, result: Any = None, exc_info: Any = None) -> None:
        self.resources.tracing.end_worker(worker_ctx, result, exc_info)

    def get_dependency(self, worker_ctx: Any) -> Resources:
        return self.resources


class StewardService:
    """Base of the services' nameko classes: the calls that all of them answer alike."""

    resources: Any = ServiceResources()

    @reads
    def health(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        """Whether store and broker answer, and what waits."""
        result: dict[str, Any] = self.resources.health()
        return result

    @reads
    def feed(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        """Published events after the cursor `after` (or after the event `after_event`), waiting up to `wait_seconds`."""
        resources: Resources = self.resources
        after_event = payload.get("after_event")
        place = start_after(resources.event_log, after_event) if after_event else read_place(payload.get("after"))
        items, place = follow(
            resources.event_log,
            place,
            limit=int(payload.get("limit", 200)),
            wait_seconds=float(payload.get("wait_seconds", 0)),
            stopping=resources.stopping,
        )
        return {"items": items, "next": write_place(place)}

    @rpc
    def send_again(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        """Publishes again what of a `stream` and a `council_id` was logged between `since` and `until`, page by page."""
        resources: Resources = self.resources
        published = [stream.name for stream in resources.plugin.publishes]
        stretch = read_stretch(payload, published=published, now=resources.clock.now())
        answer = send_again(resources.event_log, resources.relay.publish, stretch, after=payload.get("after"))
        resources.figures.own.count(SENT_AGAIN, ASKED_FOR, by=answer["sent"])
        return answer

    @reads
    def list_held(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        """Messages set aside, oldest first, without their content."""
        resources: Resources = self.resources
        wanted, limit = _wanted(payload, resources), int(payload.get("limit", 50))
        page = resources.tending.page(wanted, after=payload.get("after"), limit=limit)
        return {"items": [held_line(held) for held in page.items], "next": page.next}

    @reads
    def show_held(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        """One message that was ever set aside, with its envelope, what was edited in it, and how it ended."""
        held = self.resources.held.look(payload["id"])
        return held_line(held) | content_of(held)

    @rpc
    def edit_held(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        """Puts a copy with other data in a held message's place; the original is kept, with who and why."""
        data = payload.get("data")
        if not isinstance(data, dict):
            raise invalid("data", "object", "data is a JSON object")
        reason, actor_id = _reason(payload, "edit"), str(caller.get("actor_id"))
        held = self.resources.tending.edit(payload["id"], data, reason=reason, actor_id=actor_id)
        return held_line(held) | content_of(held)

    @rpc
    def replay_all_held(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        """Lets the next sweep try again all held messages of a stream or of a type, each stream in order."""
        if not (payload.get("stream_key") or payload.get("type")):
            raise invalid("stream_key", "required", "say which: a stream_key, a type, or both")
        resources: Resources = self.resources
        return {"made_due": resources.tending.make_all_due(_wanted(payload, resources))}

    @rpc
    def replay_held(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        """Tries a held message again, and what waits behind it."""
        resources: Resources = self.resources
        held = resources.held.open(payload["id"])
        _consumer_of(resources).replay(held)
        return {"id": payload["id"], "settled": resources.held.at(held["stream_key"], held["sequence"]) is None}

    @rpc
    def discard_held(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        """Gives a held message up, with a reason, and goes on with what waited behind it."""
        resources: Resources = self.resources
        held = resources.held.discard(
            payload["id"], reason=_reason(payload, "discard"), actor_id=str(caller.get("actor_id"))
        )
        if resources.consumer is not None:
            resources.consumer.skip(held)
        return {"id": payload["id"], "discarded": True}

    def history(self, stream: str, subject: str) -> list[dict[str, Any]]:
        """One record's events, first to last."""
        envelopes = self.resources.event_log.of_stream(stream, subject, first=1, last=HISTORY_LIMIT)
        return [history_item(envelope) for envelope in envelopes]

    @reads
    def story(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        """Every event of this service with a correlation id."""
        entries = self.resources.event_log.of_story(payload["correlation_id"])
        return {"items": [feed_item(entry) for entry in entries], "next": None}


def _consumer_of(resources: Resources) -> Any:
    if resources.consumer is None:
        raise Conflict("this service handles no events")
    return resources.consumer


def _wanted(payload: dict[str, Any], resources: Resources) -> Wanted:
    """The filters of a list of held messages; `older_than` is in seconds."""
    older_than = payload.get("older_than")
    return Wanted(
        state=payload.get("state") or "held",
        reason=payload.get("reason"),
        type=payload.get("type"),
        stream_key=payload.get("stream_key"),
        held_until=resources.clock.now() - timedelta(seconds=int(older_than)) if older_than is not None else None,
    )


def _reason(payload: dict[str, Any], what: str) -> str:
    reason = str(payload.get("reason", "")).strip()
    if not reason:
        raise invalid("reason", "required", f"a reason is needed to {what} a message")
    return reason
