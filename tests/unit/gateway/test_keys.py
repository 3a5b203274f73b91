from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from joserfc.jwk import OctKey, OKPKey

from gateway.keys import FileKeys, RemoteKeys, read_key_set


def a_key_set(*kids: str) -> dict[str, Any]:
    """A JWKS with keys of these ids."""
    return {"keys": [OKPKey.generate_key("Ed25519", {"kid": kid}).as_dict(private=False) for kid in kids]}


class Provider:
    """An identity provider that counts how often it is asked, and may be away."""

    def __init__(self, *kids: str) -> None:
        self.kids = kids
        self.asked = 0
        self.away = False
        self.seconds = 0.0
        self.keys = RemoteKeys(
            address="https://sign-in.council.example/keys",
            max_age_seconds=600,
            refetch_seconds=30,
            fetch=self.fetch,
            monotonic=lambda: self.seconds,
        )

    def fetch(self, address: str) -> Mapping[str, Any]:
        self.asked += 1
        if self.away:
            raise requests.ConnectionError("away")
        return a_key_set(*self.kids)


def test_keys_are_fetched_once_and_kept() -> None:
    provider = Provider("a", "b")

    found = [provider.keys.find(kid) for kid in ("a", "b", "a")]

    assert None not in found
    assert provider.asked == 1


def test_a_new_key_is_found_after_rotation() -> None:
    provider = Provider("old")
    provider.keys.find("old")
    provider.kids = ("new",)
    provider.seconds = 31

    found = provider.keys.find("new")

    assert found is not None
    assert provider.keys.find("old") is None


def test_however_many_unknown_ids_arrive_the_provider_is_asked_once_in_a_while() -> None:
    provider = Provider("a")

    for number in range(1000):
        assert provider.keys.find(f"unknown-{number}") is None

    assert provider.asked == 1


def test_keys_are_fetched_anew_when_they_are_old() -> None:
    provider = Provider("a")
    provider.keys.find("a")
    provider.seconds = 601

    provider.keys.find("a")

    assert provider.asked == 2


def test_known_keys_stay_in_use_while_the_provider_is_away() -> None:
    provider = Provider("a")
    provider.keys.find("a")
    provider.away, provider.seconds = True, 601

    found = provider.keys.find("a")

    assert found is not None
    assert provider.asked == 2


def test_no_key_is_believed_when_the_provider_was_never_reached() -> None:
    provider = Provider("a")
    provider.away = True

    assert provider.keys.find("a") is None


def test_shared_secrets_in_a_key_set_are_left_out() -> None:
    secret = OctKey.generate_key(256, {"kid": "secret"}).as_dict(private=True)
    key_set = {"keys": [secret, *a_key_set("a")["keys"]]}

    assert set(read_key_set(key_set)) == {"a"}


def test_a_key_without_an_id_is_left_out() -> None:
    nameless = a_key_set("a")["keys"][0]
    del nameless["kid"]

    assert set(read_key_set({"keys": [nameless, *a_key_set("b")["keys"]]})) == {"b"}


@pytest.mark.parametrize("document", [{}, {"keys": 1}, {"keys": [1]}, {"keys": []}, {"keys": [{"kty": "RSA"}]}])
def test_a_key_set_that_cannot_be_read_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_key_set(document)


def test_keys_in_a_file_follow_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = FileKeys(path)
    before = keys.find("a")
    path.write_text(json.dumps(a_key_set("a")))

    assert before is None
    assert keys.find("a") is not None
