"""Builds what the use cases need from the service's resources, the platform's policies and the channel plugins."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from nameko.extensions import DependencyProvider

from services.notifications import store
from services.notifications.handlers.delivering import DeliveryDesk, deliver
from services.notifications.handlers.sending import SendingDesk, send_notification
from services.notifications.handlers.webhooks import WebhookDesk
from services.notifications.model.routes import KINDS, Installed
from services.notifications.rules import PolicyRules
from services.notifications.sender import Sender
from services.notifications.settings import NotificationSettings, WebhookSettings
from services.notifications.store import NotificationStore
from services.notifications.webhooks.addresses import AddressRules, read_networks
from services.notifications.webhooks.posting import Poster
from services.notifications.webhooks.signing import DerivedSecrets, own_key, read_key
from services.notifications.wordings import load_wordings
from shared.clock import Clock
from shared.plugins.points import Channel
from shared.plugins.registry import BadPlugin, load_plugins
from shared.runtime.resources import Resources
from shared.runtime.service import policies_of, resources_of
from shared.runtime.settings import PlatformSettings
from shared.settings import read_settings
from shared.telemetry import spans
from shared.telemetry.tracing import ServiceTracing

WEBHOOK_POST = spans.post_part()


@dataclass(frozen=True, kw_only=True)
class NotificationDesk:
    """The store, rules, clock and sender that notifications' entrypoints hand to use cases."""

    store: NotificationStore
    rules: PolicyRules
    clock: Clock
    sender: Sender
    webhooks: WebhookDesk
    deliverer: Sender


class Desk(DependencyProvider):
    """Gives workers the `NotificationDesk`, and keeps its sender running while the container runs."""

    desk: NotificationDesk
    resources: Resources

    def setup(self) -> None:
        resources = self.resources = resources_of(self.container)
        records, settings = open_store(resources), read_settings(NotificationSettings)
        rules = PolicyRules(policies_of(self.container))
        channels = traced_channels(load_channels(resources.settings, dict(os.environ)), resources.tracing)
        sending = SendingDesk(
            notifications=records.notifications,
            contacts=records.contacts,
            channels=channels,
            installed=tuple(Installed(name=name, kind=_kind(channel)) for name, channel in channels.items()),
            wordings=load_wordings(),
            rules=rules,
            clock=resources.clock,
            settings=settings,
        )
        send = resources.tracing.work("send_notification", partial(send_notification, desk=sending))
        sender = Sender(send=send, workers=settings.workers)
        webhooks, delivery = webhook_desks(records, resources)
        deliverer = Sender(
            send=resources.tracing.work("deliver", partial(deliver, desk=delivery)),
            workers=delivery.settings.workers,
            name="webhooks",
            carries_trace=False,  # what is told of a delivery must not lead to the concern
        )
        self.desk = NotificationDesk(
            store=records,
            rules=rules,
            clock=resources.clock,
            sender=sender,
            webhooks=webhooks,
            deliverer=deliverer,
        )

    def start(self) -> None:
        self.desk.sender.start()
        self.desk.deliverer.start()

    def stop(self) -> None:
        for sender in (self.desk.sender, self.desk.deliverer):
            sender.stop(deadline_seconds=self.resources.settings.drain_seconds)

    def kill(self) -> None:
        self.stop()

    def get_dependency(self, worker_ctx: Any) -> NotificationDesk:
        return self.desk


def open_store(resources: Resources) -> NotificationStore:
    """The service's records over its resources."""
    return NotificationStore(
        notifications=resources.aggregates(store.NOTIFICATIONS, store.NOTIFICATION),
        contacts=resources.aggregates(store.CONTACTS, store.CONTACT),
        funds=resources.aggregates(store.FUNDS, store.FUND),
        webhooks=resources.aggregates(store.WEBHOOKS, store.WEBHOOK),
        deliveries=resources.aggregates(store.DELIVERIES, store.DELIVERY),
    )


def webhook_desks(records: NotificationStore, resources: Resources) -> tuple[WebhookDesk, DeliveryDesk]:
    """For arranging webhooks and for delivering to them. Raises `BadSetting`."""
    settings, platform = read_settings(WebhookSettings), resources.settings
    key = read_key(settings.key)
    if key is None and platform.embedded:
        key = own_key(platform.data_path)
    secrets, development = DerivedSecrets(key=key), platform.environment == "development"
    rules = AddressRules(networks=read_networks(settings.networks), loopback=development)
    arranging = WebhookDesk(
        webhooks=records.webhooks,
        deliveries=records.deliveries,
        questions=records,
        secrets=secrets,
        clock=resources.clock,
        settings=settings,
        plain_http=development,
    )
    delivering = DeliveryDesk(
        webhooks=records.webhooks,
        deliveries=records.deliveries,
        secrets=secrets,
        post=resources.tracing.part(Poster(rules=rules, timeout_seconds=settings.timeout_seconds), WEBHOOK_POST),
        clock=resources.clock,
        settings=settings,
        figures=resources.figures.own,
    )
    return arranging, delivering


def traced_channels(channels: Mapping[str, Channel], tracing: ServiceTracing) -> Mapping[str, Channel]:
    """The channels, each sending told of by the channel's name."""
    return {name: tracing.part(channel, spans.channel_part(name)) for name, channel in channels.items()}


def load_channels(settings: PlatformSettings, environment: dict[str, str]) -> Mapping[str, Channel]:
    """The channels that settings name, built, in that order. Raises `BadPlugin`, `BadSetting`."""
    factories = load_plugins(
        "steward.channels", settings.channels, fits=callable, shape="a shared.plugins.points.ChannelFactory"
    )
    return {
        name: _checked(name, factory(environment=environment, data_dir=settings.data_dir))
        for name, factory in factories.items()
    }


def _checked(name: str, built: Any) -> Channel:
    if not isinstance(built, Channel) or built.kind not in KINDS:
        raise BadPlugin(f"steward.channels: {name!r} did not build a channel whose kind is one of {', '.join(KINDS)}")
    return built


def _kind(channel: Channel) -> Any:
    return channel.kind
