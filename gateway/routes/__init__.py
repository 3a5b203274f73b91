"""The API's routes, a module for each service or family of its calls, and the plain ones beside the API."""

from __future__ import annotations

from gateway.routes.agencies import agencies
from gateway.routes.allocations import allocations
from gateway.routes.best_interests import best_interests
from gateway.routes.books import books
from gateway.routes.calendar import calendar
from gateway.routes.casework import casework
from gateway.routes.clocks import clocks
from gateway.routes.complaints import complaints
from gateway.routes.contract import contract
from gateway.routes.decisions import decisions
from gateway.routes.direct_payments import direct_payments
from gateway.routes.documentation import documentation
from gateway.routes.events import events
from gateway.routes.fees import fees
from gateway.routes.fund_life import fund_life
from gateway.routes.fund_overview import fund_overview
from gateway.routes.imports import imports
from gateway.routes.itemisations import itemisations
from gateway.routes.ledger import ledger
from gateway.routes.notifications import notifications
from gateway.routes.offers import offers
from gateway.routes.operations import operations
from gateway.routes.pa_registry import pa_registry
from gateway.routes.payment_runs import payment_runs
from gateway.routes.payment_setup import payment_setup
from gateway.routes.people import people
from gateway.routes.policies import policies
from gateway.routes.probes import probes
from gateway.routes.providers import providers
from gateway.routes.reconciliation import reconciliation
from gateway.routes.referrals import referrals
from gateway.routes.reservations import reservations
from gateway.routes.reviews import reviews
from gateway.routes.safeguarding import safeguarding
from gateway.routes.sessions import sessions
from gateway.routes.spending import spending
from gateway.routes.streams import streams
from gateway.routes.surpluses import surpluses
from gateway.routes.variations import variations
from gateway.routes.waiting import waiting
from gateway.routes.webhooks import webhooks
from gateway.routes.whistleblowing import whistleblowing

API_ROUTES = (
    events,
    referrals,
    imports,
    waiting,
    offers,
    providers,
    direct_payments,
    payment_setup,
    agencies,
    reviews,
    clocks,
    people,
    complaints,
    casework,
    calendar,
    best_interests,
    contract,
    whistleblowing,
    pa_registry,
    safeguarding,
    ledger,
    decisions,
    reservations,
    allocations,
    itemisations,
    books,
    payment_runs,
    spending,
    fund_life,
    reconciliation,
    variations,
    surpluses,
    fund_overview,
    fees,
    notifications,
    webhooks,
    policies,
    operations,
)
PLAIN_ROUTES = (streams, probes, sessions, documentation)
