from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.commands import development_token
from gateway.development import KEY_FILE, demo_people, signing_key
from gateway.identity import IdentityRefused, choose_identity, development_identity
from gateway.permissions import UnknownRole, packaged_permissions
from gateway.settings import GatewaySettings
from shared.errors import Unauthenticated
from shared.policy.policies import Policies
from tests.support.clocks import FixedClock
from tests.support.gateway_fakes import ISSUER, NOON

PROVIDER = {"oidc_issuer": ISSUER, "oidc_jwks": "https://sign-in.council.example/keys"}


def choose(tmp_path: Path, *, embedded: bool = True, **settings: str) -> object:
    """Chooses the identity for these settings."""
    return choose_identity(
        settings=GatewaySettings(**settings), embedded=embedded, data_dir=tmp_path, clock=FixedClock(NOON)
    )


def test_a_demo_person_can_sign_in_on_an_embedded_platform_on_loopback(tmp_path: Path) -> None:
    identity = development_identity(
        settings=GatewaySettings(), embedded=True, data_dir=tmp_path, clock=FixedClock(NOON)
    )
    person = identity.sign_in.people["demo-adviser-ce"]

    who = identity.identify(identity.sign_in.token_for(person))

    assert (who.actor_id, who.roles, who.councils) == ("demo-adviser-ce", ("adviser",), ("cheshire-east",))


def test_demo_sign_ins_are_refused_when_others_can_reach_the_gateway(tmp_path: Path) -> None:
    with pytest.raises(IdentityRefused, match="can be reached by others"):
        choose(tmp_path, http_host="0.0.0.0")  # noqa: S104  what must be refused


def test_demo_sign_ins_are_refused_outside_an_embedded_platform(tmp_path: Path) -> None:
    with pytest.raises(IdentityRefused, match="only embedded platforms"):
        choose(tmp_path, embedded=False)


def test_demo_sign_ins_are_refused_beside_a_real_identity_provider(tmp_path: Path) -> None:
    with pytest.raises(IdentityRefused, match="demo tokens are refused"):
        development_identity(
            settings=GatewaySettings(**PROVIDER), embedded=True, data_dir=tmp_path, clock=FixedClock(NOON)
        )


def test_a_real_identity_provider_leaves_no_demo_sign_in(tmp_path: Path) -> None:
    identity = choose(tmp_path, **PROVIDER)

    assert identity.sign_in is None  # type: ignore[attr-defined]
    assert not (tmp_path / KEY_FILE).exists()


@pytest.mark.parametrize(
    "place", ["", "http://sign-in.council.example/keys", "ftp://x", "http://127.0.0.1.evil.example/"]
)
def test_keys_are_never_fetched_from_where_others_could_listen_in(tmp_path: Path, place: str) -> None:
    with pytest.raises(IdentityRefused, match="STEWARD_OIDC_JWKS"):
        choose(tmp_path, oidc_issuer=ISSUER, oidc_jwks=place)


def test_the_signing_key_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    signing_key(tmp_path)

    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_the_signing_key_is_made_once(tmp_path: Path) -> None:
    assert signing_key(tmp_path).kid == signing_key(tmp_path).kid


def test_the_public_keys_never_hold_the_private_half(tmp_path: Path) -> None:
    identity = development_identity(
        settings=GatewaySettings(), embedded=True, data_dir=tmp_path, clock=FixedClock(NOON)
    )

    assert all("d" not in key for key in identity.public_keys()["keys"])


def test_a_demo_token_expires_by_the_platforms_own_clock(tmp_path: Path) -> None:
    clock = FixedClock(NOON)
    identity = development_identity(settings=GatewaySettings(), embedded=True, data_dir=tmp_path, clock=clock)
    token = identity.sign_in.token_for(identity.sign_in.people["demo-ops"])
    clock.advance(timedelta(hours=9))

    with pytest.raises(Unauthenticated, match="expired"):
        identity.identify(token)


def test_a_command_gets_a_token_that_the_platform_believes(tmp_path: Path) -> None:
    clock = FixedClock(NOON)
    identity = development_identity(settings=GatewaySettings(), embedded=True, data_dir=tmp_path, clock=clock)

    token = development_token(role="adviser", councils=("cheshire-east",), data_dir=tmp_path, clock=clock)

    who = identity.identify(token)
    assert (who.actor_id, who.roles, who.councils) == ("demo-adviser", ("adviser",), ("cheshire-east",))


@pytest.mark.parametrize("role", ["public", "root", ""])
def test_no_token_is_given_for_a_role_that_nobody_has(tmp_path: Path, role: str) -> None:
    with pytest.raises(UnknownRole, match="there are person, nominee"):
        development_token(role=role, councils=("*",), data_dir=tmp_path, clock=FixedClock(NOON))


def test_no_demo_token_is_given_beside_a_real_identity_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEWARD_OIDC_ISSUER", ISSUER)

    with pytest.raises(IdentityRefused, match="demo tokens are refused"):
        development_token(role="adviser", councils=("*",), data_dir=tmp_path, clock=FixedClock(NOON))


def test_demo_people_have_known_roles_and_councils_and_plainly_invented_names() -> None:
    roles, councils = packaged_permissions().roles, {*Policies.load().councils(), "*"}

    for person in demo_people().values():
        assert person.role in roles
        assert set(person.councils) <= councils
        assert "Example" in person.name or person.name == "Case system"
