from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.model.routes import FALLBACK, KINDS, WRITTEN, Installed, address_of, routes_to
from shared.events.contacts import ContactDetails
from tests.unit.notifications.builders import a_contact

EACH = tuple(Installed(name=f"{kind}-plugin", kind=kind) for kind in KINDS)


@pytest.mark.parametrize(
    ("details", "kinds"),
    [
        pytest.param({}, ["email", "sms", "letter", "phone"], id="CE 4.9 the chosen channel, then the others"),
        pytest.param({"preferred_channel": "letter"}, ["letter", "email", "sms", "phone"], id="CE 4.9 a letter chosen"),
        pytest.param({"preferred_channel": None}, ["email", "sms", "letter", "phone"], id="nothing chosen"),
        pytest.param({"unsafe_channels": ("email",)}, ["sms", "letter", "phone"], id="the chosen one is unsafe"),
        pytest.param(
            {"preferred_channel": "phone", "unsafe_channels": ("phone", "letter")},
            ["email", "sms"],
            id="the chosen one and the last resort are unsafe",
        ),
        pytest.param({"email": None}, ["sms", "letter", "phone"], id="no address in the chosen one"),
        pytest.param({"email": " ", "sms": ""}, ["letter", "phone"], id="blank addresses are none"),
        pytest.param({"email": None, "sms": None, "letter": None}, ["phone"], id="only a number: somebody calls"),
        pytest.param({"unsafe_channels": KINDS}, [], id="nothing is safe"),
        pytest.param({"email": None, "sms": None, "letter": None, "phone": None}, [], id="nothing is known"),
    ],
)
def test_the_order_of_channels(details: dict[str, Any], kinds: list[str]) -> None:
    assert [route.kind for route in routes_to(a_contact(**details), installed=EACH)] == kinds


@pytest.mark.parametrize(
    ("details", "kinds"),
    [
        pytest.param({}, ["email", "letter"], id="CE 4.3 in writing"),
        pytest.param(
            {"preferred_channel": "phone"}, ["email", "letter"], id="CE 4.3 in writing though phone was chosen"
        ),
        pytest.param({"unsafe_channels": ("email", "letter")}, [], id="safety goes before writing"),
    ],
)
def test_what_must_be_in_writing_goes_in_writing_or_not_at_all(details: dict[str, Any], kinds: list[str]) -> None:
    routes = routes_to(a_contact(**details), installed=EACH, written=True)

    assert [route.kind for route in routes] == kinds


def test_two_plugins_of_a_kind_are_tried_in_the_order_of_settings_and_a_given_up_one_is_left_out() -> None:
    installed = [
        Installed(name="phone-task", kind="phone"),
        Installed(name="email-smtp", kind="email"),
        Installed(name="email-file", kind="email"),
    ]

    tried = [route.channel for route in routes_to(a_contact(), installed=installed)]
    left = [route.channel for route in routes_to(a_contact(), installed=installed, given_up=["email-smtp"])]

    assert tried == ["email-smtp", "email-file", "phone-task"]
    assert left == ["email-file", "phone-task"]


KIND = st.sampled_from(KINDS)
ADDRESS = st.none() | st.text(max_size=5)
CONTACTS = st.builds(
    ContactDetails,
    name=st.just(""),
    preferred_channel=st.none() | KIND,
    unsafe_channels=st.lists(KIND, unique=True).map(tuple),
    email=ADDRESS,
    sms=ADDRESS,
    phone=ADDRESS,
    letter=ADDRESS,
)
INSTALLED = st.lists(
    st.builds(Installed, name=st.uuids().map(str), kind=KIND), max_size=6, unique_by=lambda channel: channel.name
)


@given(contact=CONTACTS, installed=INSTALLED, written=st.booleans())
def test_no_route_is_unsafe_and_no_safe_one_is_missing(
    contact: ContactDetails, installed: list[Installed], written: bool
) -> None:
    routes = routes_to(contact, installed=installed, written=written)

    expected = {
        channel.name
        for channel in installed
        if channel.kind not in contact.unsafe_channels
        and address_of(contact, channel.kind)
        and (not written or channel.kind in WRITTEN)
    }
    assert {route.channel for route in routes} == expected
    assert all(route.kind not in contact.unsafe_channels for route in routes)
    others = [FALLBACK.index(route.kind) for route in routes if route.kind != contact.preferred_channel]
    assert others == sorted(others)
