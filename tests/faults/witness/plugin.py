"""What the platform needs to know of the witness to run it."""

from __future__ import annotations

from shared.events.ledger import JOURNAL
from shared.events.referrals import REFERRAL
from shared.plugins.points import ServicePlugin
from tests.faults.witness.store import SIGHTINGS

PLUGIN = ServicePlugin(
    name="witness",
    about="writes down every event of the streams under attack",
    service_class="tests.faults.witness.service:WitnessService",
    publishes=(),
    handles=(REFERRAL, JOURNAL),
    collections=(SIGHTINGS,),
    outboxes=(),
)
