"""The pages of money as their people use them, by HTTP without scripts: runs, statements, spends, evidence, moves, proof."""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from gateway.commands import development_token
from shared.clock import SettableClock
from shared.dates import add_days, add_weeks, london_day
from shared.policy.calendars import england
from shared.samples.journey import CE, CP, Journey
from tests.support.page_visits import Boxes, PageVisitor, Seen
from tests.support.platforms import embedded
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(300)
PROVIDER = "sample-provider"
FRIDAY = 4
WITHIN = 60
HEADER = "type,amount,effective_on,recorded_at,reference,category,payee_id,evidence\n"


@dataclass(frozen=True, kw_only=True)
class Office:
    """A platform, and the people who come to its pages."""

    journey: Journey

    def visitor(self, role: str, actor_id: str = "", council_id: str = CP) -> PageVisitor:
        held_by = {"organisation_id": PROVIDER} if role == "isf_provider" else {}
        token = self.journey.sign_in(role=role, councils=(council_id,), actor_id=actor_id or role, **held_by)
        return PageVisitor(self.journey.address, token)

    def fund(self, *, paid: int = 0, planned: bool = True) -> str:
        """A fund with an agreed plan, and so much paid in."""
        finance = self.journey.as_role("finance_officer", CP)
        opened = {"council_id": CP, "person_id": f"sample-{secrets.token_hex(4)}", "provider_id": PROVIDER}
        terms = {"weekly_budget_pence": 10_000, "starts_on": self.today}
        fund_id = str(finance.post("/funds", opened | terms)["id"])
        line = {"line_id": "l-1", "outcome_id": "swimming", "category": "support", "weekly_cost_pence": 10_000}
        if planned:
            plan = {"lines": [line], "written_by": "isf_provider"}
            self.journey.as_role("social_worker", CP).post(f"/funds/{fund_id}/plan", plan)
        if paid:
            payment = {"amount_pence": paid, "effective_on": self.today, "difference_reason": "Sample."}
            finance.post(f"/funds/{fund_id}/payments", payment)
        return fund_id

    def balance(self, fund_id: str) -> tuple[int, int]:
        """What the fund has in hand, and of that what is free."""
        told = self.journey.as_role("finance_officer", CP).get(f"/funds/{fund_id}/balance")
        return told["in_hand_pence"], told["free_pence"]

    @property
    def today(self) -> str:
        return london_day(self.journey.clock.now()).isoformat()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("money")
    with embedded(folder) as (_, address):
        clock = SettableClock(folder / "data" / "clock.json")
        sign_in = partial(development_token, data_dir=folder / "data", clock=clock)
        yield Office(journey=Journey(address=address, sign_in=sign_in, clock=clock, say=lambda _: None, run="money"))


def on(name: str, day: str) -> Boxes:
    """A day in a question's three boxes."""
    return dict(zip((f"{name}-year", f"{name}-month", f"{name}-day"), day.split("-"), strict=True))


def a_saturday(today: str) -> str:
    """A day on which banks are closed, some weeks ahead."""
    day = add_weeks(date.fromisoformat(today), 3)
    return add_days(day, 5 - day.weekday()).isoformat()


def a_banking_day(today: str) -> str:
    """A day on which banks are open, some weeks ahead."""
    day, holidays = date.fromisoformat(a_saturday(today)), england()
    while day.weekday() > FRIDAY or holidays.name_of(day):
        day = add_days(day, 1)
    return day.isoformat()


def wrong(seen: Seen) -> str:
    """What the summary of errors says."""
    assert "There is a problem" in seen.words, seen.words
    return seen.words.partition("There is a problem")[2][:400]


SPEND = {"amount": "10.50", "category": "support", "payee_id": "sample-club", "outcome_id": "swimming"}


def test_a_spend_is_posted_or_refused_with_its_clause_and_an_officer_who_did_not_ask_agrees(office: Office) -> None:
    fund_id = office.fund(paid=40_000)
    provider, commissioner = office.visitor("isf_provider"), office.visitor("commissioner")
    place = f"/funds/{fund_id}/spends/new"

    unread = provider.send(place, SPEND | {"amount": "1e3"})
    barred = provider.send(place, SPEND | {"category": "", "other_category": "gambling"})
    outside = provider.send(place, SPEND | {"outcome_id": "gardening"})
    posted = provider.send(place, SPEND)
    refused = commissioner.see(f"/funds/{fund_id}/refused-spends")
    agreeing = refused.link(r"/funds/.*/agree")
    unsaid = commissioner.send(agreeing, {})
    agreed = commissioner.send(agreeing, {"reason": "Sample: it helps."})
    again = commissioner.send(agreeing, {"reason": "Sample: it helps once more."})

    assert (unread.status, barred.status, outside.status) == (422, 409, 409)
    assert "must be an amount in pounds and pence" in wrong(unread)
    assert "CP 6.17(e)" in wrong(barred)
    assert "CP 6.17(g)" in wrong(outside)
    assert "The spend is allowed and posted." in posted.words
    assert "The agreement of the commissioner would allow it." in refused.words
    assert "Say why." in wrong(unsaid)
    assert "Needed agreement, which was given" in agreed.words
    assert "/agree" not in agreed.page
    assert "was agreed to before" in wrong(again)
    assert office.balance(fund_id) == (37_900, 37_900)


def test_a_booking_is_paid_in_part_and_another_called_off(office: Office) -> None:
    fund_id = office.fund(paid=40_000)
    provider = office.visitor("isf_provider")
    book, bookings = f"/funds/{fund_id}/reservations/new", f"/funds/{fund_id}/reservations"

    endless = provider.send(book, SPEND)
    provider.send(book, SPEND | {"amount": "20"} | on("expires_on", "2199-01-01"))
    first = provider.see(bookings)
    too_much = provider.send(first.link(r".*/pay"), {"amount": "30"})
    paid = provider.send(first.link(r".*/pay"), {"amount": "15"})
    provider.send(book, SPEND | {"amount": "5"} | on("expires_on", "2199-01-01"))
    called_off = provider.send(provider.see(bookings).link(r".*/call-off"), {"reason": "Sample: ill."})

    assert "Enter the last day on which it can be paid." in wrong(endless)
    assert "£20.00 was set aside; £30.00 is more" in wrong(too_much)
    assert "The booking is paid." in paid.words
    assert "Called off" in called_off.words
    assert office.balance(fund_id) == (38_500, 38_500)


def test_money_is_set_aside_by_purpose_spent_on_it_and_free_again(office: Office) -> None:
    fund_id = office.fund(paid=40_000)
    provider, finance = office.visitor("isf_provider"), office.visitor("finance_officer")
    place = f"/funds/{fund_id}/allocations"

    nothing = provider.send(f"{place}/new", {"purpose": "swimming"})
    too_much = provider.send(f"{place}/new", {"purpose": "swimming", "amount": "400.01"})
    kept = provider.send(f"{place}/new", {"purpose": "swimming", "amount": "50", "reason": "Sample: a course."})
    spending = kept.link(r"/funds/.*/spends/new.*")
    more = provider.send(spending, SPEND | {"amount": "50.01", "purpose": "swimming"})
    spent = provider.send(spending, SPEND | {"purpose": "swimming"})
    held = provider.see(place)
    free = finance.send(finance.see(place).link(r".*/release"), {"amount": "9.50"})
    rest = finance.send(f"{place}/swimming/release", {})
    none = finance.send(f"{place}/swimming/release", {})

    assert "Enter the amount." in wrong(nothing)
    assert "£400.00" in wrong(too_much)
    assert "The money is set aside." in kept.words
    assert "£50.00 is set aside for swimming; this needs £50.01" in wrong(more)
    assert "The spend is allowed and posted." in spent.words
    assert "Swimming £39.50" in held.words
    assert "Swimming £30.00" in free.words
    assert "Nothing is set aside." in rest.words
    assert "Nothing is set aside for swimming" in wrong(none)
    assert f"{place}/new" not in finance.see(place).links
    assert office.balance(fund_id) == (38_950, 38_950)


def test_a_commissioner_sees_entries_for_a_reason_that_everyone_of_the_fund_reads(office: Office) -> None:
    fund_id = office.fund(paid=40_000)
    office.visitor("isf_provider").send(f"/funds/{fund_id}/spends/new", SPEND | {"reference": "S-77"})
    commissioner, place = office.visitor("commissioner"), f"/funds/{fund_id}/itemisations"
    days = on("from", office.today) | on("to", office.today)

    way = commissioner.see(f"/funds/{fund_id}").link(r".*/itemisations")
    unsaid = commissioner.send(f"{way}/new", days)
    backwards = commissioner.send(f"{way}/new", days | on("to", "2020-01-01") | {"reason": "Sample: an audit."})
    before = commissioner.see(place)
    seen = commissioner.send(f"{way}/new", days | {"reason": "Sample: an audit."})
    on_record = office.visitor("isf_provider").see(place)

    assert "Say why." in wrong(unsaid)
    assert "The last day comes before the first." in wrong(backwards)
    assert "Nobody has asked." in before.words
    assert "S-77" in seen.words
    assert "£389.50" in seen.words
    assert "Sample: an audit." in on_record.words
    assert f"{place}/new" not in on_record.links
    assert commissioner.file(f"/funds/{fund_id}/entries").status_code == 403


def test_the_council_is_told_once_the_plan_is_not_covered_any_more(office: Office) -> None:
    fund_id = office.fund(paid=40_000)
    provider, ops = office.visitor("isf_provider"), office.journey.as_role("ops", CP)

    provider.send(f"/funds/{fund_id}/spends/new", SPEND | {"amount": "150"})
    page = provider.see(f"/funds/{fund_id}")

    def told() -> list[str]:
        messages = ops.get("/notifications?limit=100")["items"]
        return [message["party_id"] for message in messages if message["template"] == "shortfall-forecast"]

    assert "a shortfall is to be expected" in page.words
    assert eventually(told, within=WITHIN)


@pytest.mark.parametrize("role", ["person", "nominee", "circle"])
def test_a_fund_is_there_by_no_way_for_somebody_it_is_not_shared_with(office: Office, role: str) -> None:
    fund_id = office.fund(paid=40_000)
    stranger = office.visitor(role, "sample-stranger")

    listed = stranger.see("/funds")
    ways = ("", "/entries", "/statement", "/allocations", "/itemisations", "/life", "/month")
    statuses = {way: stranger.file(f"/funds/{fund_id}{way}").status_code for way in ways}

    assert "There are none." in listed.words
    assert statuses == dict.fromkeys(ways, 404)


def test_an_entry_is_reversed_once_and_what_lacks_a_receipt_gets_it(office: Office) -> None:
    fund_id = office.fund(paid=40_000)
    provider = office.visitor("isf_provider")
    provider.send(f"/funds/{fund_id}/spends/new", SPEND | {"reference": "S-1"})
    provider.send(f"/funds/{fund_id}/spends/new", SPEND | {"reference": "S-2"})
    missing = provider.see(f"/funds/{fund_id}/evidence")

    [twice, once] = [link for link in missing.links if link.endswith("/evidence") and "/entries/" in link]
    attached = provider.send(once, {"kind": "receipt", "reference": "REC-7"})
    back = twice.removesuffix("evidence") + "reverse"
    reversed_ = provider.send(back, {"reason": "Sample: entered twice."})
    again = provider.send(back, {"reason": "Sample: entered twice."})

    assert "REC-7" in attached.words
    assert len([link for link in attached.links if "/entries/" in link]) == 1
    assert "The entry is reversed." in reversed_.words
    assert "was reversed by entry" in wrong(again)
    assert office.balance(fund_id) == (38_950, 38_950)


def test_a_run_is_prepared_with_its_totals_approved_by_another_officer_and_its_file_fetched(office: Office) -> None:
    fund_id, bare = office.fund(), office.fund()
    officer, other = office.visitor("finance_officer"), office.visitor("finance_officer", "other-officer")
    entering = office.visitor("finance_officer", "entering-officer")
    details = f"/funds/{fund_id}/payment-details"

    card = entering.send(f"{details}/change", {"method": "card", "card_reference": "4111 1111 1111 1111"})
    entered = entering.send(f"{details}/change", {"method": "card", "card_reference": "CARD-0007"})
    closed = officer.send("/payment-runs/new", on("pay_on", a_saturday(office.today)))
    due = on("pay_on", a_banking_day(office.today))
    run = re.sub(r".*(/payment-runs/[^?]+).*", r"\1", officer.send("/payment-runs/new", due).place)
    eventually(lambda: "It is being drawn up." not in officer.see(run).words, within=WITHIN)
    second = officer.send("/payment-runs/new", due)
    own = officer.see(run)
    refused = officer.send(f"{run}/approve")
    form = other.see(f"{run}/approve")
    approved = other.send(f"{run}/approve")
    every = approved.link(r".*format=csv")
    file = other.file(every)
    none = other.file(f"{run}/file?format=bacs18")
    withdrawn = other.send(f"{run}/withdraw", {"reason": "Sample: a wrong day."})

    assert "never the card's number" in wrong(card)
    assert "CARD-0007" in entered.words
    assert "There is a problem" in closed.words
    assert "There is a problem" in second.words
    assert f"{run}/approve" not in own.links
    assert "another finance officer approves it" in own.words
    assert refused.status == 403
    assert "£400.00" in form.words
    assert "nobody entered where its payments go" in other.see(f"{run}?status=held-back").words
    assert bare[:12] in other.see(f"{run}?status=held-back").words
    assert (file.status_code, none.status_code) == (200, 409)
    assert fund_id in file.text
    assert "The run is withdrawn." in withdrawn.words
    assert office.balance(fund_id) == (0, 0)


STATEMENT = (
    "Date,Amount,Description,Balance\n"
    "{day},400.00,COUNCIL,400.00\n"
    "{day},-10.50,CLUB,389.50\n"
    "{day},-3.00,BANK FEE,386.50\n"
    "{day},-10.50,SHOP,376.00\n"
)


def test_a_statement_is_taken_in_once_and_each_line_that_waits_is_settled_by_hand(office: Office) -> None:
    fund_id = office.fund(paid=40_000)
    provider = office.visitor("isf_provider")
    provider.send(f"/funds/{fund_id}/spends/new", SPEND)
    place, bank = f"/statement-imports/new?fund_id={fund_id}", f"/funds/{fund_id}/bank"
    file = STATEMENT.format(day=office.today).encode()

    def take_in(content: bytes, **boxes: str) -> Seen:
        return provider.send(place, {"profile": "signed", **boxes}, files={"file": ("bank.csv", content)})

    nothing = provider.send(place)
    broken = take_in(file.replace(b"376.00", b"376.01"))
    foreign = take_in(file, own_profile="martian")
    before = provider.see(bank)
    taken, again = take_in(file), take_in(file)
    queue = provider.see(f"{bank}?status=queued")
    matches = [link for link in queue.links if link.endswith("/match")]
    facts = [provider.see(link).words for link in matches]
    club = next(link for link, fact in zip(matches, facts, strict=True) if "CLUB" in fact)
    fee = next(link for link, fact in zip(matches, facts, strict=True) if "BANK FEE" in fact)
    unequal = provider.send(fee, {"other_id": "1.1"})
    matched = provider.send(club, {"entry_id": f"{fund_id}.2.1"})
    aside = provider.send(fee.replace("/match", "/set-aside"), {"reason": "Sample: put right by the bank."})
    back = provider.send(fee.replace("/match", "/release"))

    assert wrong(nothing).partition("Take a statement in")[0].split(". ") == [" Choose the statement", ""]
    assert "do not follow from their amounts" in wrong(broken)
    assert "no profile of that name" in wrong(foreign)
    assert "No statement with a closing balance" in before.words
    assert re.search(r"4 4 1 3 £376.00", taken.words)
    assert re.search(r"4 0 1 3 £376.00", again.words)
    assert len(matches) == 3
    assert "the entry £400.00" in wrong(unequal)
    assert "The line has its entry." in matched.words
    assert "Sample: put right by the bank." in aside.words
    assert "Not held against the book yet" in back.words
    assert "Bank and book agree" in back.words


def test_a_fund_moves_and_its_page_leads_on(office: Office) -> None:
    fund_id = office.fund(paid=12_345)
    brokerage = office.visitor("brokerage_team")

    nowhere = brokerage.send(f"/funds/{fund_id}/move", {"reason": "Sample."})
    moved = brokerage.send(f"/funds/{fund_id}/move", {"reason": "Sample.", "to_provider_id": "other-provider"})
    other = moved.place.partition("?")[0].removeprefix(office.journey.address)

    assert "Name either a fund of the person or a provider" in wrong(nowhere)
    assert "The fund has moved." in moved.words
    assert "other-provider" in moved.words
    assert f"{other}/move" in moved.links
    assert f"/funds/{fund_id}/move" not in brokerage.see(f"/funds/{fund_id}").links
    assert office.balance(other.removeprefix("/funds/")) == (12_345, 12_345)
    assert office.balance(fund_id) == (0, 0)
    assert office.visitor("isf_provider").file(f"/funds/{fund_id}/move").status_code == 403


def test_an_earlier_book_is_brought_in_whole_or_not_at_all(office: Office) -> None:
    fund_id = office.fund(planned=False)
    officer = office.visitor("history_officer")
    good = (
        f"{HEADER}payment-in,400.00,2024-01-05,2024-01-05T10:00:00Z,P-1,,,\n"
        "spend,62.50,2024-01-12,2024-01-13T10:00:00Z,S-1,support,sample-club,invoice\n"
    )

    def bring(content: str) -> Seen:
        boxes = {"fund_id": fund_id, "source": "Sample system"}
        return officer.send("/history/new", boxes, files={"file": ("book.csv", content.encode())})

    faults = [
        wrong(bring(good.replace(one, other)))
        for one, other in (("62.50", "6e1"), ("sample-club", ""), ("2024-01-12", "2024-02-31"), ("amount", "colour"))
    ]
    brought = bring(good)
    book = office.visitor("finance_officer").see(f"/funds/{fund_id}/entries")

    assert "row 3: " in faults[0]
    assert "Row 3, payee id" in faults[1]
    assert "Row 3, effective on" in faults[2]
    assert "there is no column 'colour'" in faults[3]
    assert "£337.50" in brought.words
    assert "Brought in from Sample system" in book.words
    assert office.visitor("finance_officer").file("/history/new").status_code == 403


def test_all_books_are_sealed_and_a_book_proves_itself_under_the_seal_that_its_pdf_tells(office: Office) -> None:
    fund_id = office.fund(paid=40_000)
    auditor = office.visitor("dpo")

    sealed = auditor.press("/seals", "/seals/new")
    proof = auditor.see(f"/funds/{fund_id}/proof")
    foreign = auditor.see(f"/funds/{fund_id}/proof?head_number=1&head_hash={'ab' * 32}")
    unread = auditor.see(f"/funds/{fund_id}/proof?head_number=1&head_hash=ab", status=422)
    pdf = auditor.file(f"/api/v1/funds/{fund_id}/statement?format=pdf")
    printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    [root] = set(re.findall(r"[0-9a-f]{64}", proof.words[proof.words.index("Root") :])[:1])

    assert "All books are sealed." in sealed.words
    assert "The book holds." in proof.words
    assert "the path leads to the seal's root" in proof.words
    assert root in sealed.words
    assert root in re.sub(r"\s", "", printed)
    assert "The book does not hold." in foreign.words
    assert "Enter all 64 digits of it" in wrong(unread)


ASKED: list[Any] = [
    ("spend", {"other_category": "alcohol", "amount": "5"}, ("Refused", "CP 6.17(e)", "Nothing would.")),
    (
        "spend",
        {
            "other_category": "support",
            "plan_categories": "support",
            "plan_outcomes": "swimming",
            "outcome_id": "swimming",
            "payee_in_household": "yes",
        },
        ("Needs agreement", "CP 6.17(h)", "The written agreement of the commissioning manager would allow it."),
    ),
    ("residential-days-left", {"earlier_stays": "2026-10-01 to 2026-10-10"}, ("Days left", "CP 6.17(f)")),
    ("surplus", {"in_hand": "1,200.00", "weekly_budget": "90"}, ("£120.00", "CP 9.5", "is read")),
    ("payments-due", {"weekly_budget": "90", **on("starts_on", "2026-06-01")}, ("£4,680.00", "CP 5.4")),
    ("fee", {"lot": "lot-2", "weekly_budget": "90"}, ("£25.00",)),
    ("contribution-date", on("starts_on", "2026-06-01"), ("Due on", "CP 5.4")),
    ("summary-dates", on("starts_on", "2026-06-01"), ("Due on", "CP 9.8")),
    ("termination-dates", on("terminated_on", "2026-06-01"), ("8 June 2026, 11:59pm", "CP 4.7")),
]


@pytest.mark.parametrize(("question", "facts", "told"), ASKED, ids=[f"{one[0]}-{len(one[1])}" for one in ASKED])
def test_a_rule_is_asked_about_facts_and_nothing_is_posted(
    office: Office, question: str, facts: Boxes, told: tuple[str, ...]
) -> None:
    answer = office.visitor("person").send(f"/ask/{CP}/{question}", facts)

    assert answer.status == 200
    assert [words for words in told if words not in answer.words] == []
    assert "cambridgeshire-peterborough/2022-04-01" in answer.words


def test_a_rule_is_asked_about_a_fund_which_knows_the_rest(office: Office) -> None:
    fund_id = office.fund(paid=40_000)
    provider = office.visitor("isf_provider")

    short = provider.send(f"/funds/{fund_id}/ask/spend", SPEND | {"amount": "500"})
    surplus = provider.send(f"/funds/{fund_id}/ask/surplus")
    lacking = provider.send(f"/ask/{CP}/surplus", {"in_hand": "1,200.00"})
    left_open = provider.send(f"/ask/{CP}/fee", {"lot": "lot-1", "weekly_budget": "90", "own_service_weekly": "10"})

    assert "£100.00 more in the fund would allow it." in short.words
    assert "In hand £400.00" in surplus.words
    assert "Enter the amount." in wrong(lacking)
    assert (lacking.status, left_open.status) == (422, 409)
    assert "Policy incomplete: Schedule III Tier 2" in wrong(left_open)
    assert office.balance(fund_id) == (40_000, 40_000)


def test_each_role_sees_the_ways_that_it_may_go_and_no_other(office: Office) -> None:
    fund_id = office.fund(paid=40_000)
    ways = {
        role: {link for link in office.visitor(role).see("/money").links if link in PLACES}
        for role in ("isf_provider", "finance_officer", "history_officer", "commissioner", "person")
    }
    named = office.visitor("commissioner").see(f"/funds/{fund_id}")
    listed = office.visitor("commissioner").see("/funds?status=active")
    book = office.visitor("social_worker").see(f"/funds/{fund_id}/entries")

    assert ways["finance_officer"] == PLACES - {"/history/new"}
    assert ways["isf_provider"] == {"/statement-imports/new", "/ask", "/seals"}
    assert ways["history_officer"] == {"/history/new", "/ask", "/seals"}
    assert ways["commissioner"] == ways["person"] == {"/ask", "/seals"}
    assert f"/funds/{fund_id}/refused-spends" in named.links
    assert f"/funds/{fund_id}" in listed.links
    assert "sample-" not in listed.words.replace(PROVIDER[:12], "")
    assert not [link for link in book.links if link.endswith(("/reverse", "/new")) or "/entries/" in link]
    assert office.visitor("adviser", council_id=CE).file("/payment-runs").status_code == 403


PLACES = {"/payment-runs", "/statement-imports/new", "/history/new", "/ask", "/seals"}
