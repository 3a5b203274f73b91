"""Bearer tokens: which ones are believed, and who they say is asking."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jws import JWSRegistry

from gateway.keys import KeySource
from shared.clock import Clock
from shared.errors import Unauthenticated

# Asymmetric only: with an HMAC algorithm a public key could pass for a shared secret. `Ed25519` is RFC 9864's name
# for what most providers still call `EdDSA`.
ALGORITHMS = ("RS256", "ES256", "EdDSA", "Ed25519")
KEY_TYPES = {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP", "Ed25519": "OKP"}
LONGEST_TOKEN = 8_000


@dataclass(frozen=True, kw_only=True)
class Who:
    """What a believed token says about its bearer."""

    actor_id: str
    name: str = ""
    roles: tuple[str, ...] = ()
    councils: tuple[str, ...] = ()
    organisation_id: str | None = None
    expires_at: float | None = None
    """Seconds since the epoch."""


@dataclass(frozen=True, kw_only=True)
class TokenRules:
    """What a token must say, and in which claims."""

    issuer: str
    audience: str
    leeway_seconds: int = 30
    roles_claim: str = "roles"
    councils_claim: str = "councils"
    organisation_claim: str = "organisation_id"


class AcceptedAlgorithms(JWSRegistry):
    """Only the one algorithm that was found acceptable; header fields that we don't know are ignored, critical ones
    aren't.
    """

    def __init__(self, algorithm: str) -> None:
        super().__init__(algorithms=[algorithm], strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS or name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


@dataclass(frozen=True, kw_only=True)
class TokenVerifier:
    """Believes a token whose signature, issuer, audience and times are right."""

    keys: KeySource
    rules: TokenRules
    clock: Clock

    def verify(self, token: str) -> Who:
        """Raises `Unauthenticated`, saying what is wrong with the token but never what would be right."""
        if len(token) > LONGEST_TOKEN:
            raise Unauthenticated("the token is longer than any that this platform accepts")
        claims = self._signed_claims(token)
        self._check_parties(claims)
        self._check_times(claims)
        return self._who(claims)

    def _signed_claims(self, token: str) -> Mapping[str, Any]:
        header = _header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise Unauthenticated("the token is not signed with an accepted algorithm")
        key = self.keys.find(str(header.get("kid", "")))
        if key is None or key.key_type != KEY_TYPES[algorithm]:
            raise Unauthenticated("the token is signed with an unknown key")
        try:
            return jwt.decode(token, key, registry=AcceptedAlgorithms(algorithm)).claims
        except (JoseError, ValueError) as error:
            raise Unauthenticated("the token's signature or form is not valid") from error

    def _check_parties(self, claims: Mapping[str, Any]) -> None:
        if claims.get("iss") != self.rules.issuer:
            raise Unauthenticated("the token comes from another issuer")
        audience = claims.get("aud")
        meant_for = audience if isinstance(audience, list) else [audience]
        if self.rules.audience not in meant_for:
            raise Unauthenticated("the token is meant for another audience")

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self.clock.now().timestamp()
        leeway = self.rules.leeway_seconds
        if now > _instant(claims, "exp") + leeway:
            raise Unauthenticated("the token has expired")
        if "nbf" in claims and now < _instant(claims, "nbf") - leeway:
            raise Unauthenticated("the token is not valid yet")

    def _who(self, claims: Mapping[str, Any]) -> Who:
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise Unauthenticated("the token names nobody")
        organisation = claims.get(self.rules.organisation_claim)
        return Who(
            actor_id=subject,
            name=str(claims.get("name", "")),
            roles=_texts(claims, self.rules.roles_claim),
            councils=_texts(claims, self.rules.councils_claim),
            organisation_id=organisation if isinstance(organisation, str) and organisation else None,
            expires_at=_instant(claims, "exp"),
        )


def _header(token: str) -> Mapping[str, Any]:
    head = token.split(".", 1)[0]
    try:
        header = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError) as error:
        raise Unauthenticated("the token is not a signed JSON web token") from error
    if not isinstance(header, dict):
        raise Unauthenticated("the token is not a signed JSON web token")
    return header


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unauthenticated(f"the token's {name} is not a time")
    return float(value)


def _texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = claims.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Unauthenticated(f"the token's {name} is not a list of names")
    return tuple(values)
