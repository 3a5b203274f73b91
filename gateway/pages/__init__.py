"""The pages for people: small, server-rendered, usable without scripts."""

from __future__ import annotations

from gateway.pages.agencies import agency_pages
from gateway.pages.allocations import allocation_pages
from gateway.pages.asking import asking_pages
from gateway.pages.best_interests import best_interests_pages
from gateway.pages.calendar import calendar_pages
from gateway.pages.case_work import hub
from gateway.pages.casework import casework_pages
from gateway.pages.clocks import clock_pages
from gateway.pages.complaints import complaint_pages
from gateway.pages.direct_payments import payment_pages
from gateway.pages.fees import fee_pages
from gateway.pages.fund_life import life_pages
from gateway.pages.fund_sums import sum_pages
from gateway.pages.funds import fund_pages
from gateway.pages.information import information_pages
from gateway.pages.itemisations import itemisation_pages
from gateway.pages.money import money_pages
from gateway.pages.moving import moving_pages
from gateway.pages.offers import offer_pages
from gateway.pages.operations import operations_pages
from gateway.pages.overview import overview
from gateway.pages.payment_runs import run_pages
from gateway.pages.people import people_pages
from gateway.pages.reconciliation import bank_pages
from gateway.pages.referrals import referral_pages
from gateway.pages.referring import referring_pages
from gateway.pages.register import register_pages
from gateway.pages.reviews import review_pages
from gateway.pages.rules import rules_pages
from gateway.pages.safeguarding import safeguarding_pages
from gateway.pages.seals import seal_pages
from gateway.pages.spending import book_pages
from gateway.pages.statements import statement_pages
from gateway.pages.surpluses import surplus_pages
from gateway.pages.terminations import termination_pages
from gateway.pages.variations import variation_pages
from gateway.pages.waiting import waiting_pages
from gateway.pages.whistleblowing import whistleblowing_pages

PAGES = (
    overview,
    hub,
    agency_pages,
    allocation_pages,
    asking_pages,
    bank_pages,
    best_interests_pages,
    book_pages,
    calendar_pages,
    casework_pages,
    clock_pages,
    complaint_pages,
    fee_pages,
    fund_pages,
    information_pages,
    itemisation_pages,
    life_pages,
    money_pages,
    moving_pages,
    offer_pages,
    operations_pages,
    payment_pages,
    people_pages,
    referral_pages,
    referring_pages,
    register_pages,
    review_pages,
    rules_pages,
    run_pages,
    safeguarding_pages,
    seal_pages,
    statement_pages,
    sum_pages,
    surplus_pages,
    termination_pages,
    variation_pages,
    waiting_pages,
    whistleblowing_pages,
)
