"""The pages of councils' rules: what holds and why, what other rules would change, and publishing them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.errors import FieldError, Unavailable
from shared.policy.errors import PackRefused
from tests.support.gateway_fakes import FROM_PAGE, FakeServices, a_pack, a_simulation, sign_in_by_page
from tests.unit.gateway.test_pages import no_field_without_label, page_of, words_of

COMMISSIONER = "demo-commissioner-ce"
RULES = "/rules/cheshire-east"


def sent(browser: FlaskClient, step: str, **form: Any) -> Any:
    """A form as a browser sends it."""
    return browser.post(f"{RULES}/{step}", data=form, headers=FROM_PAGE | {"Accept": "text/html"})


def test_rules_are_listed_with_the_version_that_holds(browser: FlaskClient) -> None:
    page = words_of(page_of(browser, "/rules", "demo-adviser-ce"))

    assert "Cheshire East Council Monday 1 April 2019 Yes" in page


def test_a_councils_rules_are_shown_with_clause_and_what_is_ours_or_open(browser: FlaskClient) -> None:
    page = words_of(page_of(browser, RULES, "demo-adviser-ce"))

    assert "Referral response (C1)" in page
    assert "CE 4.3" in page
    assert "CE 4.8 (our own reading)" in page
    assert "Self funder weekly income pence Left open" in page
    assert "Try other rules" not in page


def test_a_commissioner_sees_what_other_rules_would_change_before_publishing_them(
    browser: FlaskClient, services: FakeServices
) -> None:
    sign_in_by_page(browser, COMMISSIONER)

    page = sent(browser, "try", content="council_id: cheshire-east\n<b>").get_data(as_text=True)

    assert "Overdue at once" in page
    assert "whoever needs it would be stopped: Refusal acts." in page
    assert "2 March 2026" in page
    assert "&lt;b&gt;" in page
    assert "Publish these rules" in page
    assert services.asked("list_policy_effects").payload["content"].startswith("council_id")


def test_every_page_of_cases_and_of_funds_is_looked_through(browser: FlaskClient, services: FakeServices) -> None:
    pages = {None: a_simulation(next="2:"), "2:": a_simulation(looked_at=4)}
    funds = {None: a_simulation(next="0:more", looked_at=0), "0:more": a_simulation(looked_at=0)}
    services.answers["referrals", "list_policy_effects"] = lambda payload: pages[payload.get("after")]
    services.answers["ledger", "list_clock_effects"] = lambda payload: funds[payload.get("after")]
    sign_in_by_page(browser, COMMISSIONER)

    page = words_of(sent(browser, "try", content="pack").get_data(as_text=True))

    assert "Referrals looked at 5" in page
    assert "Deadlines that move 4" in page


@pytest.mark.parametrize(("step", "method"), [("try", "list_policy_effects"), ("publish", "publish_policy_pack")])
def test_a_pack_that_is_refused_is_shown_again_with_each_fault(
    browser: FlaskClient, services: FakeServices, step: str, method: str
) -> None:
    fault = FieldError(field="effective_on", rule="later", message="It must be later.")
    services.answers["referrals", method] = PackRefused("refused", errors=[fault])
    sign_in_by_page(browser, COMMISSIONER)

    answer = sent(browser, step, content="my: pack", key="form-7")

    assert answer.status_code == 422
    assert "effective_on: It must be later." in answer.get_data(as_text=True)
    assert "my: pack" in answer.get_data(as_text=True)


def test_publishing_goes_out_under_the_forms_key_and_says_so(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "publish_policy_pack"] = {"version": "cheshire-east/2026-04-01"}
    sign_in_by_page(browser, COMMISSIONER)

    answer = sent(browser, "publish", content="pack", key="form-7")

    assert answer.status_code == 303
    assert services.asked("publish_policy_pack").caller.idempotency_key == "form-7"
    assert "Published: cheshire-east/2026-04-01" in page_of(browser, answer.headers["Location"])


@pytest.mark.parametrize("step", ["try", "publish"])
def test_others_neither_try_nor_publish(browser: FlaskClient, services: FakeServices, step: str) -> None:
    sign_in_by_page(browser, "demo-social-worker-ce")

    answer = sent(browser, step, content="pack", key="form-7")

    assert answer.status_code == 403
    assert services.calls == []


def test_a_deadline_says_within_which_time_and_rules_are_found_by_words(browser: FlaskClient) -> None:
    everything = words_of(page_of(browser, RULES, "demo-adviser-ce"))
    found = words_of(page_of(browser, f"{RULES}?q=CE+4.3+refusal"))
    none = words_of(page_of(browser, f"{RULES}?q=nothing+of+the+kind"))

    assert "Referral response (C1) 5 working days" in everything
    assert "Continuity plan review (C22e) Every 12 months" in everything
    assert "Refusal reasons" in found
    assert "Client groups" not in found
    assert "No rule has these words." in none


def test_whoever_tries_other_rules_may_begin_with_those_that_are_built_in(browser: FlaskClient) -> None:
    page = page_of(browser, RULES, COMMISSIONER)
    empty = page_of(browser, f"{RULES}/try")
    begun = page_of(browser, f"{RULES}/try?from=cheshire-east/2019-04-01")
    other = page_of(browser, f"{RULES}/try?from=cambridgeshire-peterborough/2022-04-01")

    assert f'href="{RULES}/try"' in page
    assert f'href="{RULES}/try?from=cheshire-east/2019-04-01"' in empty
    assert "council_id: cheshire-east" in begun
    assert "referral_response:" in begun
    assert "referral_response:" not in other
    assert no_field_without_label(begun)


def test_what_changed_between_two_versions_is_shown(browser: FlaskClient, services: FakeServices) -> None:
    older, newer = a_pack(), a_pack() | {"version": "cheshire-east/2026-04-01", "effective_on": "2026-04-01"}
    services.answers["referrals", "list_policy_packs"] = {"items": [older, newer | {"in_force": False}], "next": None}
    limit = {"starts": "a", "stops": "b", "limits": ["5 working days"]}
    item = {"section": "clocks", "name": "referral_response", "change": "changed", "clause": "CE 4.3"}
    services.answers["referrals", "show_policy_difference"] = {
        "before": older["version"],
        "after": newer["version"],
        "items": [item | {"before": limit, "after": limit | {"limits": ["3 working days"]}}],
    }

    page = page_of(browser, RULES, "demo-adviser-ce")
    changed = words_of(page_of(browser, f"{RULES}/differences?before={older['version']}&after={newer['version']}"))

    assert "what changed" in page
    assert f'href="{RULES}?on=2026-04-01"' in page
    assert "Referral response (changed) 5 working days 3 working days CE 4.3" in changed


def test_a_pack_that_could_not_be_looked_through_stays_in_its_box(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "list_policy_effects"] = Unavailable("referrals does not answer")
    sign_in_by_page(browser, COMMISSIONER)

    answer = sent(browser, "try", content="my: pack")

    assert answer.status_code == 503
    assert "my: pack" in answer.get_data(as_text=True)


def test_the_address_of_a_page_cannot_make_it_say_what_was_published(browser: FlaskClient) -> None:
    page = page_of(browser, f"{RULES}?published=Everything+is+free", COMMISSIONER)

    assert "Everything is free" not in page
