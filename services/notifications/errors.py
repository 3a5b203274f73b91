"""What can be wrong with a notification."""

from __future__ import annotations

from shared.errors import Conflict, Unavailable


class NotDue(Conflict):
    """The notification is sent, failed, or somebody else is sending it now."""


class WebhookDisabled(Conflict):
    """Nothing is sent to a webhook that is disabled."""


class TooManyWebhooks(Conflict):
    """The council has as many webhooks as it may have."""


class WebhooksNotSetUp(Conflict):
    """The platform has no key to make signing secrets from."""


class FundNotKnown(Unavailable):
    """The fund's opening has not been told yet; the event will be tried again."""


class BadTemplate(Exception):
    """A template that could not be used, or that would tell too much by SMS; the message says which and why."""
