"""Settings of the gateway, with their defaults, units and reasons."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import setting

LOOPBACK_HOSTS = ("localhost", "127.0.0.1")


@dataclass(frozen=True, kw_only=True)
class GatewaySettings:
    """Read once by `shared.settings.read_settings(GatewaySettings)`."""

    platform_name: str = setting("STEWARD_PLATFORM_NAME", "Steward", "Name shown at the head of every page.")
    http_host: str = setting("STEWARD_HTTP_HOST", "127.0.0.1", "Address that the gateway listens on.")
    http_port: int = setting("STEWARD_HTTP_PORT", 8000, "Port that the gateway listens on.")
    http_workers: int = setting("STEWARD_HTTP_WORKERS", 2, "Gateway processes under gunicorn.")
    http_threads: int = setting(
        "STEWARD_HTTP_THREADS",
        16,
        "Threads for requests in each gateway process; live streams have their own.",
    )
    forwarded_allow: tuple[str, ...] = setting(
        "STEWARD_HTTP_PROXIES", ("127.0.0.1", "::1"), "Addresses of proxies whose X-Forwarded-* headers are believed."
    )
    trusted_hosts: tuple[str, ...] = setting(
        "STEWARD_HTTP_TRUSTED_HOSTS",
        (),
        "Host names that requests may be addressed to, separated by commas; empty: loopback names with the development "
        "sign-in, any name otherwise.",
    )
    body_limit_bytes: int = setting("STEWARD_HTTP_BODY_LIMIT", 1_000_000, "Largest request body in bytes.")
    page_limit: int = setting("STEWARD_PAGE_LIMIT", 100, "Largest page that a list gives.")
    page_size: int = setting("STEWARD_PAGE_SIZE", 20, "Page that a list gives when not asked for another.")
    retry_after_seconds: int = setting(
        "STEWARD_RETRY_AFTER", 5, "Seconds after which a caller told 503 is asked to try again."
    )
    readiness_timeout_seconds: float = setting(
        "STEWARD_READINESS_TIMEOUT", 2.0, "Seconds that a service has to answer the readiness question."
    )
    oidc_issuer: str = setting(
        "STEWARD_OIDC_ISSUER",
        "",
        "Issuer (`iss`) of the identity provider; empty: the development sign-in, embedded only.",
    )
    oidc_audience: str = setting("STEWARD_OIDC_AUDIENCE", "steward", "Audience (`aud`) that tokens must be meant for.")
    oidc_jwks: str = setting(
        "STEWARD_OIDC_JWKS",
        "",
        "Where the identity provider's keys are: an https:// address (http:// on loopback only) or a file:// path.",
    )
    oidc_roles_claim: str = setting("STEWARD_OIDC_ROLES_CLAIM", "roles", "Claim that lists the caller's roles.")
    oidc_councils_claim: str = setting(
        "STEWARD_OIDC_COUNCILS_CLAIM", "councils", "Claim that lists the caller's councils."
    )
    oidc_organisation_claim: str = setting(
        "STEWARD_OIDC_ORGANISATION_CLAIM", "organisation_id", "Claim that names the caller's organisation."
    )
    token_leeway_seconds: int = setting(
        "STEWARD_TOKEN_LEEWAY", 30, "Seconds by which the identity provider's clock may differ from ours."
    )
    jwks_max_age_seconds: float = setting("STEWARD_JWKS_MAX_AGE", 600.0, "Seconds for which fetched keys are used.")
    jwks_refetch_seconds: float = setting(
        "STEWARD_JWKS_REFETCH", 30.0, "Least seconds between two fetches, however many unknown key ids arrive."
    )
    demo_token_seconds: int = setting("STEWARD_DEMO_TOKEN_LIFETIME", 28_800, "Seconds for which a demo token is valid.")
    feed_wait_seconds: float = setting("STEWARD_FEED_WAIT", 20.0, "Seconds that a feed question waits for news.")
    feed_grace_seconds: float = setting(
        "STEWARD_FEED_GRACE", 10.0, "Seconds that a feed's answer may take beyond the wait it was asked for."
    )
    feed_page: int = setting("STEWARD_FEED_PAGE", 200, "Most events taken from a service's feed at once.")
    feed_retry_seconds: float = setting(
        "STEWARD_FEED_RETRY", 2.0, "Seconds before a service whose feed failed is asked again."
    )
    sse_clients: int = setting("STEWARD_SSE_CLIENTS", 100, "Most live streams open at once in one gateway process.")
    sse_queue: int = setting(
        "STEWARD_SSE_QUEUE", 500, "Events that may wait for one live stream; a slower client is dropped and may resume."
    )
    sse_heartbeat_seconds: float = setting(
        "STEWARD_SSE_HEARTBEAT", 15.0, "Seconds of silence after which a live stream gets a comment, to keep it open."
    )
    sse_retry_ms: int = setting(
        "STEWARD_SSE_RETRY", 3000, "Milliseconds after which a dropped live stream connects again."
    )
    recent_events: int = setting("STEWARD_RECENT_EVENTS", 20, "Events that the live page shows before any arrive.")

    @property
    def real_identity_provider(self) -> bool:
        return bool(self.oidc_issuer)

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the gateway."""
        return self.http_host in LOOPBACK_HOSTS
