"""Case work over HTTP on a real platform: what each party may do, what is told, and what stays in the record."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from shared.clock import SystemClock
from shared.dates import london_day
from shared.samples.client import Client, Refused
from shared.samples.journey import CE, CP
from tests.support.refusals import Place, a_place
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(300)
SAID = "The sample words of a complaint"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with a_place(tmp_path_factory.mktemp("casework")) as place:
        yield place


def signed_in(place: Place, role: str, council_id: str, **who: Any) -> Client:
    return Client(place.address, place.token(role, council_id, **who))


def a_referral(adviser: Client) -> dict[str, Any]:
    """Of somebody with eligible needs, who can be written to."""
    reference = secrets.token_hex(4)
    person = {"person_reference": reference, "name": "Sample Person 0007", "email": "person-0007@example.org"}
    given = {"council_id": CE, "referral_reference": reference, "person": person, "has_eligible_needs": True}
    made: dict[str, Any] = adviser.post("/referrals", given)
    return made


def today() -> date:
    return london_day(SystemClock().now())


def messages(place: Place, council_id: str) -> list[dict[str, Any]]:
    """The latest messages to parties and teams."""
    items: list[dict[str, Any]] = signed_in(place, "ops", council_id).get("/notifications", limit=100)["items"]
    return items


def test_a_concern_is_passed_on_and_the_ombudsman_gets_everything_in_one_document(place: Place) -> None:
    adviser = signed_in(place, "adviser", CP)
    manager, worker = signed_in(place, "dpss_manager", CP), signed_in(place, "social_worker", CP)
    given = {"kind": "complaint", "text": SAID, "reporter": "family", "council_id": CP}

    made = adviser.post("/complaints", given | {"happened_on": today().isoformat()})
    path = f"/complaints/{made['id']}"
    adviser.post(f"{path}/forward", {"note": "passed on by hand too"})
    adviser.post(f"{path}/acknowledge")
    adviser.post(f"{path}/respond", {"text": "We are sorry."})
    closed = adviser.post(f"{path}/close")
    manager.post(f"{path}/ombudsman-case", {"reference": "LGO-0007"})
    due = (today() + timedelta(days=30)).isoformat()
    held = manager.post(f"{path}/recommendations", {"text": "Train the staff", "due_on": due})
    recommended = held["ombudsman"]["recommendations"][0]["recommendation_id"]
    carried_out = {"done_on": today().isoformat(), "how": "A day of training"}
    manager.post(f"{path}/recommendations/{recommended}/carry-out", carried_out)
    bundle = manager.get(f"{path}/ombudsman-bundle")

    assert {clock["rule"] for clock in made["clocks"]} == {"C10", "S2"}
    assert closed["status"] == "closed"
    assert {clock["state"] for clock in closed["clocks"]} == {"stopped"}
    assert [item["id"] for item in worker.get("/complaints", kind="complaint")["items"]] == [made["id"]]
    told = [line["type"] for line in bundle["history"]]
    assert told.count("clock.started") == told.count("clock.stopped") == 2
    assert told.index("complaint.recorded") < told.index("complaint.forwarded") < told.index("complaint.closed")
    assert bundle["complaint"]["text"] == SAID
    assert bundle["policy"]["clocks"]["complaint_to_council"]["clause"] == "CP 9.1.1"
    assert SAID not in str(bundle["history"])
    wanted = {"complaint-forwarded"}
    eventually(lambda: wanted <= {message["template"] for message in messages(place, CP)}, within=60)


def test_negative_written_feedback_is_answered_and_copied_to_the_council(place: Place) -> None:
    adviser = signed_in(place, "adviser", CE)
    referral = a_referral(adviser)
    given = {"kind": "negative-feedback", "text": SAID, "reporter": "person", "in_writing": True}

    made = adviser.post("/complaints", given | {"referral_id": referral["id"]})
    with pytest.raises(Refused) as refusal:
        adviser.post(f"/complaints/{made['id']}/respond", {"text": "Thank you."})
    adviser.post(f"/complaints/{made['id']}/respond", {"text": "Thank you.", "next_action": "looked-into"})

    assert [error["field"] for error in refusal.value.problem["errors"]] == ["next_action"]
    wanted = {"feedback-answered", "feedback-copied"}
    eventually(lambda: wanted <= {message["template"] for message in messages(place, CE)}, within=60)


def test_a_complaint_without_its_fields_is_refused_by_name_and_who_may_not_see_it_finds_nothing(place: Place) -> None:
    adviser, stranger = signed_in(place, "adviser", CE), signed_in(place, "adviser", CP)

    with pytest.raises(Refused) as unnamed:
        adviser.post("/complaints", {"kind": "grumble", "text": "", "reporter": 7, "council_id": CE, "colour": "red"})
    made = adviser.post("/complaints", {"kind": "compliment", "text": SAID, "reporter": "other", "council_id": CE})
    with pytest.raises(Refused) as unseen:
        stranger.get(f"/complaints/{made['id']}")

    assert {error["field"] for error in unnamed.value.problem["errors"]} == {"kind", "text", "reporter", "colour"}
    assert unseen.value.status == 404


def test_a_message_a_visit_an_onward_referral_and_a_problem_are_kept_to_their_end(place: Place) -> None:
    adviser, worker = signed_in(place, "adviser", CE), signed_in(place, "adviser", CP)
    starts_at = SystemClock().now() + timedelta(hours=1)
    times = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=1)).isoformat()}
    visit = {"council_id": CE, "kind": "home-visit", "off_premises": True, "worker_id": "worker-1", "place": "There"}
    pathway = {"safeguarding": "no concerns", "lone_working": "rings after", "contact_id": "worker-2"}

    message = adviser.post("/messages", {"council_id": CE, "channel": "phone", "text": "Please call"})
    answered = adviser.post(f"/messages/{message['id']}/answer", {"note": "called"})
    made = adviser.post("/visits", visit | times)
    with pytest.raises(Refused) as unsafe:
        adviser.post(f"/visits/{made['id']}/confirm")
    adviser.post(f"/visits/{made['id']}/pathway", pathway)
    adviser.post(f"/visits/{made['id']}/confirm")
    back = adviser.post(f"/visits/{made['id']}/return")
    given = {"kind": "carers-service", "to": "Carers", "reason": "tired", "consented": True}
    onward = adviser.post("/onward-referrals", given | {"referral_id": a_referral(adviser)["id"]})
    happened = {"happened_at": SystemClock().now().isoformat(), "names": ["Sample Pharmacist 01"]}
    problem = worker.post("/resource-problems", {"council_id": CP, "kind": "medication", "text": "None"} | happened)
    worker.post(f"/resource-problems/{problem['id']}/share")

    assert [clock["state"] for clock in answered["clocks"]] == ["stopped"]
    assert unsafe.value.problem["code"] == "pathway-missing"
    assert back["status"] == "returned"
    assert [item["id"] for item in adviser.get("/onward-referrals", kind="carers-service")["items"]] == [onward["id"]]
    assert worker.get("/visits")["items"] == []
    wanted = {"resource-problem-shared"}
    eventually(lambda: wanted <= {message["template"] for message in messages(place, CP)}, within=60)


def test_who_is_to_look_for_a_worker_who_is_not_back_is_written_to(place: Place) -> None:
    adviser, manager = signed_in(place, "adviser", CE), signed_in(place, "dpss_manager", CE)
    contact = {"council_id": CE, "name": "Sample Worker 07", "email": "worker-07@service.example.org"}
    ended_at = SystemClock().now() - timedelta(hours=2)
    times = {"starts_at": (ended_at - timedelta(hours=1)).isoformat(), "ends_at": ended_at.isoformat()}
    visit = {"council_id": CE, "kind": "home-visit", "off_premises": True, "worker_id": "worker-6", "place": "There"}

    with pytest.raises(Refused) as not_theirs:
        adviser.put("/workers/worker-7/contact", contact)
    with pytest.raises(Refused) as wrong:
        manager.put("/workers/worker-7/contact", contact | {"email": "nowhere", "name": ""})
    manager.put("/workers/worker-7/contact", contact)
    made = adviser.post("/visits", visit | times)
    pathway = {"safeguarding": "no concerns", "lone_working": "rings after", "contact_id": "worker-7"}
    adviser.post(f"/visits/{made['id']}/pathway", pathway)
    adviser.post(f"/visits/{made['id']}/confirm")

    assert not_theirs.value.status == 403
    assert {error["field"] for error in wrong.value.problem["errors"]} >= {"name"}
    assert manager.get("/workers/worker-7/contact", council_id=CE)["email"] == contact["email"]
    eventually(lambda: ("worker-not-back", f"worker:{CE}:worker-7", "sent") in alarms(place), within=60)


def alarms(place: Place) -> set[tuple[str, str, str]]:
    """Which messages went out to whom."""
    return {(message["template"], message["party_id"], message["state"]) for message in messages(place, CE)}


def test_anybody_reports_under_protection_and_only_the_named_person_reads_who(place: Place) -> None:
    public, lead = Client(place.address, None), signed_in(place, "whistleblowing_lead", CE)
    manager = signed_in(place, "dpss_manager", CE)
    given = {"council_id": CE, "text": "Records were changed", "reporter_name": "Sample Reporter 0001"}

    taken = public.post("/whistleblowing", given)
    path = f"/whistleblowing/{taken['id']}"
    with pytest.raises(Refused) as unseen:
        manager.get(path)
    report = lead.get(path)
    reporter = lead.post(f"{path}/disclose-reporter", {"ground": "court-action", "reference": "CASE-7"})

    told = eventually(lambda: [m for m in messages(place, CE) if m["template"] == "whistleblowing-reported"], within=60)
    assert "Records were changed" not in str(told)
    assert set(taken) == {"id", "version", "council_id"}
    assert unseen.value.status == 403
    assert "Sample Reporter" not in str(report)
    assert reporter["name"] == "Sample Reporter 0001"
    assert "Sample Reporter" not in "".join(
        path.read_text(errors="replace") for path in place.data.parent.glob("*.log")
    )


def test_a_year_of_events_an_appointment_an_audit_and_what_was_told(place: Place) -> None:
    adviser, now = signed_in(place, "adviser", CE), SystemClock().now()
    referral = a_referral(adviser)
    about = {"referral_id": referral["id"]}
    soon = {"starts_at": (now + timedelta(days=2)).isoformat(), "remind_at": (now + timedelta(seconds=1)).isoformat()}

    later = (now + timedelta(days=410)).isoformat()  # in a year that no other test of this platform plans anything for
    adviser.post("/calendar-events", {"council_id": CE, "kind": "workshop", "starts_at": later, "way": "web"})
    year = adviser.get("/calendar-check", council_id=CE, from_on=(today() + timedelta(days=400)).isoformat())
    adviser.post("/appointments", about | soon | {"worker_id": "worker-1"})
    audit = adviser.post("/audits", about | {"starts_on": (today() + timedelta(days=30)).isoformat()})
    with pytest.raises(Refused) as early:
        adviser.post(f"/audits/{audit['id']}/begin")
    adviser.post(f"/audits/{audit['id']}/tell")
    path = f"/referrals/{referral['id']}/information"
    adviser.post(path, {"topic_list": "advice", "items": ["payroll", "insurance"]})
    lists = adviser.get(path)["lists"]

    missing = {kind["kind"]: kind["missing"] for kind in year["items"]}
    assert missing == {"peer-meeting": 4, "workshop": 0, "drop-in-surgery": 0, "staff-surgery": 6}
    assert early.value.problem["code"] == "step-not-possible"
    assert [row["item"] for row in lists["advice"] if row.get("given_on")] == ["payroll", "insurance"]
    wanted = {"appointment-reminder", "audit-announced"}
    eventually(lambda: wanted <= {message["template"] for message in messages(place, CE)}, within=120)


def test_a_contracts_duties_fall_due_and_what_is_told_at_once_reaches_the_commissioner(place: Place) -> None:
    manager, commissioner = signed_in(place, "dpss_manager", CE), signed_in(place, "commissioner", CE)
    adviser = signed_in(place, "adviser", CE)
    given = {"council_id": CE, "starts_on": today().isoformat()}

    with pytest.raises(Refused) as not_theirs:
        adviser.post("/contract-duties", given)
    with pytest.raises(Refused) as wrong:
        manager.post("/contract-duties", given | {"duties": ["gardening"]})
    duties = manager.post("/contract-duties", given)
    event = {"council_id": CE, "kind": "peer-meeting", "way": "web", "starts_at": SystemClock().now().isoformat()}
    planned = adviser.post("/calendar-events", event)
    adviser.post(f"/calendar-events/{planned['id']}/hold", {"attendance": 7})
    notice = adviser.post("/contract-notices", {"council_id": CE, "kind": "interruption", "text": "Sample: no phone."})
    told = adviser.post(f"/contract-notices/{notice['id']}/tell")
    change = commissioner.post("/contract-notices", {"council_id": CE, "kind": "monitoring-change", "text": "Sample."})
    with pytest.raises(Refused) as early:
        commissioner.post(f"/contract-notices/{change['id']}/take-effect", {"effective_on": today().isoformat()})

    assert not_theirs.value.status == 403
    assert [error["field"] for error in wrong.value.problem["errors"]] == ["duties"]
    assert {clock["rule"] for clock in duties["clocks"]} >= {"C21a", "C22a", "C26a", "C26b"}
    assert [clock["state"] for clock in told["clocks"]] == ["stopped"]
    assert (early.value.status, change["run"]["clause"]) == (409, "CE 7.3(h)")
    path = f"/contract-duties/{duties['id']}"
    eventually(lambda: [one["reference"] for one in manager.get(path)["done"]] == [planned["id"]], within=60)
    eventually(lambda: "contract-notice" in {message["template"] for message in messages(place, CE)}, within=60)
