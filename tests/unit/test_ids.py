"""Identifiers that are the same again when the same thing is asked twice."""

from __future__ import annotations

import json
import uuid

from hypothesis import given
from hypothesis import strategies as st

from shared.ids import NAMESPACE, derived_id, named_uuid


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_name_s_uuid_is_the_standard_s(name: str) -> None:
    assert named_uuid(name) == str(uuid.uuid5(NAMESPACE, name))


@given(st.lists(st.text(), max_size=3))
def test_an_id_derived_from_parts_is_the_standard_s(parts: list[str]) -> None:
    assert derived_id("key", *parts) == f"key-{uuid.uuid5(NAMESPACE, json.dumps(parts)).hex}"
