"""Shapes: offers to providers, their answers, and the choice among them."""

from __future__ import annotations

from marshmallow import fields, validate

from gateway.schemas.common import (
    COUNCIL,
    Asked,
    Flag,
    Page,
    Told,
    WholeNumber,
    day,
    identifier,
    one_of,
    words,
)


class OfferLine(Told):
    """One provider's offer within a referral."""

    offer_id = identifier("The offer.", required=True)
    referral_id = identifier("The referral.")
    council_id = identifier(COUNCIL)
    provider_id = identifier("The provider asked.")
    has_capacity = fields.Boolean(metadata={"description": "The answer; absent until there is one."})
    can_start_on = day("When the service could start (CP 6.4).")


class OfferRound(Asked):
    """To which providers to offer."""

    lot = WholeNumber(validate=validate.OneOf((1, 2)), metadata={"description": "1 care providers, 2 support brokers."})


class OfferFilter(Page):
    """Which offers to list."""


class OfferAnswer(Asked):
    """A provider's answer."""

    has_capacity = Flag(required=True, metadata={"description": "Whether the provider can take the person on."})
    can_start_on = day("When the service could start (CP 6.4).")


class Choice(Asked):
    """The person's choice."""

    provider_id = identifier("The provider chosen.", required=True)


class ProviderChangeAsk(Asked):
    """What the person wishes of their provider."""

    wish = one_of("Another provider, or none any more.", ("change", "end"), required=True)
    reason = words("Why, in the person's words.", required=True)


class ProviderEnd(Asked):
    """The end of a provider's services to one person."""

    ended_on = day("The last day of its services.", required=True)
    at_wish_of = one_of("Who wanted it.", ("person", "council"), required=True)
    reason = words("Why.", required=True)
