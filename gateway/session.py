"""Who a request comes from: a bearer token, or on the pages of a development platform the sign-in's cookie."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request, Response, g

from gateway.asking import correlation_id, gateway
from gateway.permissions import PUBLIC
from gateway.strict import idempotency_key_of, traceparent_of
from gateway.tokens import Who
from shared.context import Caller
from shared.errors import Forbidden, Unauthenticated

COOKIE = "steward_session"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def caller_of(request: Request) -> Caller:
    """Everything that the services are told about who asks. Raises `Unauthenticated`, `Forbidden` or `Malformed`."""
    who = _who(request)
    g.signed_in = who is not None
    g.who = who
    return Caller(
        actor_id=who.actor_id if who else PUBLIC,
        roles=_roles(who),
        councils=who.councils if who else (),
        organisation_id=who.organisation_id if who else None,
        correlation_id=correlation_id(),
        idempotency_key=idempotency_key_of(request.headers),
        traceparent=traceparent_of(request.headers),
    )


def keep_session(response: Response, token: str, *, secure: bool) -> None:
    """Lets the browser carry the token: not readable by scripts, not sent from other sites."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="Strict", secure=secure, path="/")


def end_session(response: Response) -> None:
    """Makes the browser forget the token."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Strict", path="/")


def check_same_origin(request: Request) -> None:
    """Refuses a change that a page of another origin makes a browser send. Raises `Forbidden`."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("this request was made by another site")
    source = request.headers.get("Origin") or request.headers.get("Referer")
    if source is None or urlsplit(source).netloc != request.host:
        raise Forbidden("a change by browser must come from a page of this platform")


def _who(request: Request) -> Who | None:
    header = request.headers.get("Authorization")
    if header is not None:
        return gateway().identity.identify(_bearer(header))
    return _who_by_cookie(request)


def _who_by_cookie(request: Request) -> Who | None:
    token = request.cookies.get(COOKIE)
    if token is None or gateway().identity.sign_in is None:
        return None
    if request.method not in SAFE_METHODS:
        check_same_origin(request)
    try:
        return gateway().identity.identify(token)
    except Unauthenticated:
        return None  # an old cookie is a visitor who has to sign in again, not an attack


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Authorization must be: Bearer, a space, the token")
    return token.strip()


def _roles(who: Who | None) -> tuple[str, ...]:
    """The roles of whoever is signed in, and no other beside them: services tell officers from people by them."""
    known = gateway().permissions.roles
    return tuple(role for role in who.roles if role in known and role != PUBLIC) if who else (PUBLIC,)
