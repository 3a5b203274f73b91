"""Publishing councils' policy packs: checked, kept, and told to every service."""

from __future__ import annotations

from datetime import date

from services.referrals.ports import Records
from shared.clock import Clock
from shared.dates import london_day
from shared.errors import NotFound, invalid
from shared.events.policy import PolicyPackPublished, PolicyPackWithdrawn
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.policy import publishing
from shared.policy.policies import Policies
from shared.policy.publishing import PublishedPack, check_publishable, id_of, published, read_submitted


def publish_policy_pack(
    council_id: str,
    *,
    content: str,
    records: Records[PublishedPack],
    policies: Policies,
    clock: Clock,
    cause: Cause,
    most_bytes: int,
) -> Stored[PublishedPack]:
    """Publishes a new version of the council's pack.

    Raises `PackRefused` with field and rule if it is not valid, not later than the newest version, lies in the past or would
    change a version that is there, and `NotFound` outside the caller's councils.
    """
    if cause.caller is not None and not cause.caller.may_see(council_id):
        raise NotFound(f"there is no council {council_id}")
    pack = read_submitted(content, most_bytes=most_bytes)
    if pack.council_id != council_id:
        raise invalid("council_id", "same", f"the pack is {pack.council_id}'s, not {council_id}'s")
    kept = published(pack, content, at=clock.now(), by=cause.actor_id)
    if not _is_repeat(kept, records, cause):
        check_publishable(pack, packs=policies.packs, today=london_day(kept.published_at))
    return records.create(id_of(kept.version), _told(kept), council_id=council_id, cause=cause)


def _is_repeat(pack: PublishedPack, records: Records[PublishedPack], cause: Cause) -> bool:
    """Whether this very pack was published before under a key: then the write protocol gives the first answer, or refuses."""
    if cause.command is None:
        return False
    try:
        return records.get(id_of(pack.version)).state.sha256 == pack.sha256
    except NotFound:
        return False


def _told(pack: PublishedPack) -> Decision[PublishedPack]:
    told = PolicyPackPublished(
        version=pack.version, effective_on=pack.effective_on, sha256=pack.sha256, lines=pack.lines
    )
    return Decision(state=pack, events=[told])


def withdraw_policy_pack(
    council_id: str,
    *,
    effective_on: date,
    reason: str,
    records: Records[PublishedPack],
    clock: Clock,
    cause: Cause,
) -> Stored[PublishedPack]:
    """Withdraws a version that was published and does not hold yet; every service is told.

    Raises `PackHolds` from its first day on, and `NotFound` for one that was not published, or outside the caller's councils.
    """
    version = f"{council_id}/{effective_on.isoformat()}"
    missing = NotFound(f"{version} was not published")
    try:
        records.get(id_of(version), caller=cause.caller)
    except NotFound:
        raise missing from None
    at = clock.now()

    def decide(pack: PublishedPack) -> Decision[PublishedPack]:
        after = publishing.withdraw(pack, at=at, by=cause.actor_id, reason=reason)
        return Decision(state=after, events=[PolicyPackWithdrawn(version=version)] if after != pack else [])

    return records.change(id_of(version), decide, cause=cause)
