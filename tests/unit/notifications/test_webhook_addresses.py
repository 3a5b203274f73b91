"""Which addresses webhooks may reach, and which keys sign."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from services.notifications.webhooks.addresses import AddressRules, read_networks
from services.notifications.webhooks.signing import KEY_FILE, DerivedSecrets, own_key, read_key
from shared.settings import BadSetting

PRIVATE = [
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "127.0.0.1",
    "0.0.0.0",  # noqa: S104
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "64:ff9b::a00:1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
]


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_may_be_reached(address: str) -> None:
    assert AddressRules().allows(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_ones_may_not_however_they_are_written(address: str) -> None:
    assert not AddressRules().allows(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_for_development(address: str) -> None:
    assert AddressRules(loopback=True).allows(address)


def test_in_development_other_private_addresses_stay_closed() -> None:
    allowed = [address for address in PRIVATE if AddressRules(loopback=True).allows(address)]

    assert set(allowed) == {"127.0.0.1", "::1", "::ffff:127.0.0.1", "2002:7f00:1::"}  # the last is the first, as 6to4


def test_a_network_that_a_setting_names_may_be_reached_and_its_neighbours_not() -> None:
    rules = AddressRules(networks=read_networks(("10.20.0.0/16", "fd00:20::/32")))

    assert rules.allows("10.20.255.1")
    assert rules.allows("fd00:20::1")
    assert not rules.allows("10.21.0.1")
    assert not rules.allows("fd00:21::1")


def test_a_network_that_is_none_stops_the_start() -> None:
    with pytest.raises(BadSetting, match="STEWARD_WEBHOOK_NETWORKS"):
        read_networks(("10.20.0.1/16",))


@pytest.mark.parametrize("text", ["short", "not base64 !", base64.b64encode(b"x" * 31).decode()])
def test_a_key_that_is_too_short_or_unreadable_stops_the_start_and_is_not_shown(text: str) -> None:
    with pytest.raises(BadSetting) as refusal:
        read_key(text)

    assert text not in str(refusal.value)


def test_a_key_is_read_from_base64_and_never_shown() -> None:
    key = read_key(base64.b64encode(b"x" * 32).decode())

    assert key == b"x" * 32
    assert "x" * 8 not in repr(DerivedSecrets(key=key))


def test_an_embedded_platform_makes_its_own_key_once_for_its_owner_only(tmp_path: Path) -> None:
    first = own_key(tmp_path)

    assert own_key(tmp_path) == first
    assert len(first) == 32
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
