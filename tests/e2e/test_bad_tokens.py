"""Nothing but a token that this platform signed, valid now, opens anything."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from shared.clock import SystemClock
from shared.samples.journey import CE
from tests.support.refusals import Place, a_place, refused


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with a_place(tmp_path_factory.mktemp("bad-tokens")) as place:
        yield place


def claims(**changes: Any) -> dict[str, Any]:
    now = int(SystemClock().now().timestamp())
    return {
        "iss": "urn:steward:development",
        "aud": "steward",
        "sub": "test-adviser",
        "roles": ["adviser"],
        "councils": [CE],
        "iat": now - 60,
        "exp": now + 3600,
        **changes,
    }


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forgeries(place: Place) -> dict[str, str]:
    """Tokens that must not be believed, by what is wrong with them."""
    key = OKPKey.import_key(json.loads((place.data / "development-signing-key.json").read_text(encoding="utf-8")))
    head = {"alg": "Ed25519", "kid": key.kid}
    public = OctKey.import_key(json.dumps(key.as_dict(private=False)))
    raw_public = OctKey.import_key(base64.urlsafe_b64decode(key.as_dict(private=False)["x"] + "=="))

    def signed(with_key: Any = key, header: dict[str, Any] = head, **changes: Any) -> str:
        return jwt.encode(header, claims(**changes), with_key, algorithms=[header["alg"]])

    now = claims()["iat"]
    good = signed()
    payload = good.split(".")[1]
    return {
        "expired": signed(exp=now - 3600, iat=now - 7200),
        "not valid yet": signed(nbf=now + 3600),
        "unsigned": f"{part(head)}.{part(claims())}.",
        "alg none": f"{part({'alg': 'none'})}.{part(claims())}.",
        "alg None with the signature kept": f"{part({'alg': 'None', 'kid': key.kid})}.{payload}.{good.split('.')[2]}",
        "HS256 with the public key": signed(public, {"alg": "HS256", "kid": key.kid}),
        "HS256 with the public key's bytes": signed(raw_public, {"alg": "HS256", "kid": key.kid}),
        "another's key": signed(OKPKey.generate_key("Ed25519", private=True)),
        "another's key in the header": signed(
            other := OKPKey.generate_key("Ed25519", private=True),
            {"alg": "Ed25519", "jwk": other.as_dict(private=False)},
        ),
        "more roles written in": f"{good.split('.')[0]}.{part(claims(roles=['ops']))}.{good.split('.')[2]}",
        "another issuer": signed(iss="https://elsewhere.example.org"),
        "another audience": signed(aud="elsewhere"),
        "nobody": signed(sub=""),
        "roles as one text": signed(roles="adviser"),
        "not a token": "not-a-token",
        "half a token": good[: len(good) // 2],
    }


def test_no_forged_or_outdated_token_opens_anything(place: Place) -> None:
    before = place.settled()
    good = place.ask("GET", "/referrals/{referral}", token=place.token("adviser", CE))
    assert good.status_code == 200, good.text

    for wrong, token in forgeries(place).items():
        reply = place.ask("POST", "/referrals/{referral}/accept", token=token, body={})
        problem = refused(place, reply, 401)
        assert problem["code"] == "unauthenticated", wrong
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")
        assert token not in reply.text

    assert place.settled() == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic dGVzdDp0ZXN0"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer " + "x" * 8100},
    ],
    ids=["no token", "Basic", "Bearer alone", "a token without end"],
)
def test_without_a_token_that_can_be_read_nothing_opens(place: Place, headers: dict[str, str]) -> None:
    reply = place.ask("GET", "/referrals", headers=headers)

    refused(place, reply, 401)
