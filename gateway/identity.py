"""Who is asking: tokens of an OpenID Connect provider, or of the development sign-in on an embedded platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gateway.development import DevelopmentSignIn, TokenIssuer, demo_people, signing_key
from gateway.keys import FileKeys, FixedKeys, KeySource, RemoteKeys
from gateway.settings import GatewaySettings
from gateway.tokens import TokenRules, TokenVerifier, Who
from shared.clock import Clock
from shared.settings import BadSetting


class IdentityRefused(BadSetting):
    """The gateway must not start with this combination of settings; the message says why and what to do."""


class Identity(Protocol):
    """Turns a bearer token into who is asking."""

    @property
    def sign_in(self) -> DevelopmentSignIn | None:
        """The development sign-in, where there is one."""
        ...

    def identify(self, token: str) -> Who:
        """Raises `Unauthenticated`."""
        ...

    def public_keys(self) -> Mapping[str, Any]:
        """The JWKS that this gateway itself publishes (empty with a real identity provider)."""
        ...


@dataclass(frozen=True, kw_only=True)
class ProviderIdentity:
    """Tokens of a real identity provider."""

    verifier: TokenVerifier
    sign_in: DevelopmentSignIn | None = None

    def identify(self, token: str) -> Who:
        return self.verifier.verify(token)

    def public_keys(self) -> Mapping[str, Any]:
        return {"keys": []}


@dataclass(frozen=True, kw_only=True)
class DevelopmentIdentity:
    """Tokens that this platform signs itself, for demonstrations on one machine."""

    verifier: TokenVerifier
    sign_in: DevelopmentSignIn

    def identify(self, token: str) -> Who:
        return self.verifier.verify(token)

    def public_keys(self) -> Mapping[str, Any]:
        return self.sign_in.issuer.public_keys()


def choose_identity(*, settings: GatewaySettings, embedded: bool, data_dir: Path, clock: Clock) -> Identity:
    """The configured identity provider, or the development sign-in where that is safe. Raises `IdentityRefused`."""
    if settings.real_identity_provider:
        return provider_identity(settings=settings, clock=clock)
    return development_identity(settings=settings, embedded=embedded, data_dir=data_dir, clock=clock)


def provider_identity(*, settings: GatewaySettings, clock: Clock) -> ProviderIdentity:
    """Raises `IdentityRefused` when the provider's keys have no address, or one that could be listened in on."""
    return ProviderIdentity(
        verifier=TokenVerifier(keys=_provider_keys(settings), rules=_rules(settings, settings.oidc_issuer), clock=clock)
    )


def development_identity(
    *, settings: GatewaySettings, embedded: bool, data_dir: Path, clock: Clock
) -> DevelopmentIdentity:
    """Only for an embedded platform that nobody else can reach. Raises `IdentityRefused`."""
    if settings.real_identity_provider:
        raise IdentityRefused("STEWARD_OIDC_ISSUER names a real identity provider, so demo tokens are refused.")
    if not embedded:
        raise IdentityRefused(
            "Set STEWARD_OIDC_ISSUER and STEWARD_OIDC_JWKS: only embedded platforms have demo sign-ins."
        )
    if not settings.on_loopback:
        raise IdentityRefused(
            f"STEWARD_HTTP_HOST={settings.http_host} can be reached by others: set STEWARD_OIDC_ISSUER and "
            "STEWARD_OIDC_JWKS, or listen on 127.0.0.1 to use demo sign-ins."
        )
    key = signing_key(data_dir)
    issuer = TokenIssuer(
        key=key, audience=settings.oidc_audience, lifetime_seconds=settings.demo_token_seconds, clock=clock
    )
    verifier = TokenVerifier(keys=FixedKeys.of(issuer.public_keys()), rules=_rules(settings, issuer.name), clock=clock)
    return DevelopmentIdentity(verifier=verifier, sign_in=DevelopmentSignIn(issuer=issuer, people=demo_people()))


def _provider_keys(settings: GatewaySettings) -> KeySource:
    place = settings.oidc_jwks
    if place.startswith("file://"):
        return FileKeys(Path(place.removeprefix("file://")))
    if place.startswith("https://") or _is_loopback(place):
        return RemoteKeys(
            address=place,
            max_age_seconds=settings.jwks_max_age_seconds,
            refetch_seconds=settings.jwks_refetch_seconds,
        )
    raise IdentityRefused("STEWARD_OIDC_JWKS must be an https:// address (http:// on loopback only) or a file:// path.")


def _is_loopback(place: str) -> bool:
    return place.startswith(("http://127.0.0.1:", "http://localhost:"))


def _rules(settings: GatewaySettings, issuer: str) -> TokenRules:
    return TokenRules(
        issuer=issuer,
        audience=settings.oidc_audience,
        leeway_seconds=settings.token_leeway_seconds,
        roles_claim=settings.oidc_roles_claim,
        councils_claim=settings.oidc_councils_claim,
        organisation_claim=settings.oidc_organisation_claim,
    )
