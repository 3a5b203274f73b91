from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pa_registry.model.checks import Check
from services.pa_registry.model.showing import (
    SHOWABLE,
    check_facets,
    check_shown,
    document_of,
    may_read,
    sees_all,
    shown_checks,
    shown_facets,
)
from services.pa_registry.search.engine import IndexDocument
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS
from shared.context import Caller
from shared.errors import Invalid
from shared.geography import Point
from tests.support.register_builders import TODAY, a_dbs_check, an_entry

NO_POINT_OF_PEOPLE = Point(latitude=53.1, longitude=-2.44)


def indexed(**changes: Any) -> IndexDocument:
    return document_of(an_entry(listing="listed", **changes), version=3, council_id="cheshire-east", today=TODAY)


@given(st.sets(st.sampled_from(SHOWABLE)))
def test_the_index_holds_exactly_the_field_groups_agreed_to(shown: set[str]) -> None:
    document = indexed(shown=tuple(shown))

    held = {"skills", "gender", "smoker", "dbs"}
    assert set(document.facets) == held & shown
    assert (document.dbs_checked_on is not None) == ("dbs" in shown)
    assert PERSONAL_ASSISTANT_FACETS.faults(document.facets, within="facets") == []


def test_a_published_entry_stands_at_its_sectors_centroid_under_the_registers_version() -> None:
    document = indexed()

    assert (document.version, document.published, document.point) == (3, True, NO_POINT_OF_PEOPLE)
    assert document.updated_on == TODAY


@pytest.mark.parametrize("changes", [{}, {"listing": "withdrawn"}, {"listing": "listed", "restricted": True}])
def test_of_an_entry_that_cannot_be_found_the_index_holds_only_its_version(changes: dict[str, Any]) -> None:
    document = document_of(an_entry(**changes), version=4, council_id="cheshire-east", today=TODAY)

    assert document == IndexDocument(
        id="pa-0007", version=4, council_id="cheshire-east", published=False, updated_on=TODAY
    )


def test_a_dbs_check_that_has_run_out_is_not_found_by_its_date() -> None:
    ended = a_dbs_check(expires_on=TODAY - timedelta(days=1))

    document = indexed(shown=("dbs",), checks=(ended,))

    assert document.dbs_checked_on is None
    assert document.facets == {"dbs": ("not-checked",)}


@pytest.mark.parametrize(
    ("shown", "kinds"),
    [
        ((), []),
        (("skills",), []),
        (("dbs",), ["dbs"]),
        (("qualifications",), ["training"]),
        (SHOWABLE, ["dbs", "training"]),
    ],
)
def test_checks_are_shown_with_the_field_group_that_they_vouch_for(shown: tuple[str, ...], kinds: list[str]) -> None:
    made = date(2026, 1, 15)
    others = [Check(check=kind, checked_on=made) for kind in ("identity", "right-to-work", "references", "training")]
    ended = Check(check="training", checked_on=made, expires_on=made)
    entry = an_entry(shown=shown, checks=(a_dbs_check(), *others, ended))

    assert [check.check for check in shown_checks(entry, today=TODAY)] == kinds


@pytest.mark.parametrize(
    ("roles", "actor_id", "listing", "reads", "sees_whole"),
    [
        (("adviser",), "a", "unlisted", True, True),
        (("dpo",), "a", "withdrawn", True, True),
        (("person",), "a", "listed", True, False),
        (("person",), "a", "unlisted", False, False),
        (("social_worker",), "a", "withdrawn", False, False),
        (("personal_assistant",), "themselves", "unlisted", True, True),
        (("personal_assistant",), "another", "listed", False, False),
        (("personal_assistant", "person"), "another", "listed", True, False),
        ((), "a", "listed", False, False),
    ],
)
def test_who_reads_an_entry_and_who_sees_all_of_it(
    roles: tuple[str, ...], actor_id: str, listing: Any, reads: bool, sees_whole: bool
) -> None:
    entry = an_entry(listing=listing, owner_id="themselves")
    caller = Caller(actor_id=actor_id, roles=roles)

    assert may_read(entry, caller) == reads
    assert sees_all(entry, caller) == sees_whole


def test_an_entry_that_staff_registered_is_nobodys_own() -> None:
    assert not sees_all(an_entry(owner_id=None), Caller(actor_id="", roles=("personal_assistant",)))


@pytest.mark.parametrize("facets", [{"shoe_size": ("9",)}, {"skills": ("flying",)}, {"dbs": ("enhanced",)}])
def test_facets_that_an_entry_cannot_have_are_refused(facets: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(Invalid):
        check_facets(facets)


def test_there_is_no_agreeing_to_everything_at_once() -> None:
    with pytest.raises(Invalid, match="nothing called 'all'"):
        check_shown(["skills", "all"])


def test_an_empty_field_group_is_not_shown() -> None:
    assert shown_facets(an_entry(facets={"skills": ()}), today=TODAY) == {}
