"""What can be wrong with a referral."""

from __future__ import annotations

from shared.errors import Conflict, Forbidden, Invalid, Stale


class StepNotPossible(Conflict):
    """The referral's status doesn't allow this step; the detail names those that are possible."""


class ReferralIncomplete(Conflict):
    """The referral lacks what the council's policy asks for; the detail names it."""


class ReferralExists(Conflict):
    """The reference belongs to a referral that is complete, or about another person."""


class StaleReferral(Stale):
    """The sender's own record of the referral is older than what it has sent before."""


class AgreementNotInForce(Conflict):
    """The data-sharing agreement does not cover today (CE 3.5)."""


class NoSuchOffer(Conflict):
    """The provider was not offered this referral, or has answered already."""


class UnknownReason(Invalid):
    """The reason is not in the council's policy."""


class NoProviders(Conflict):
    """No provider of the lot is taking referrals."""


class RefusalNotTold(Conflict):
    """A refusal's verbal or written act is not recorded yet; the detail names which (CE 4.3)."""


class NotRefused(Conflict):
    """There is no refusal to tell of."""


class NoSuchDuplicate(Conflict):
    """The flag of a possible duplicate is not there, or somebody has cleared it already."""


class ProviderExcluded(Conflict):
    """The provider is left out of offers already."""


class NotExcluded(Conflict):
    """Nobody has left the provider out of offers."""


class CapacityTestOpen(Conflict):
    """The capacity test still lacks evidence, or there is none; the detail names what is missing."""


class CapacityTestConcluded(Conflict):
    """The capacity test has its outcome already."""


class CapacityTestNotMet(Conflict):
    """The capacity test came out not met; the detail names each condition and its clause."""


class UnknownCondition(Invalid):
    """The capacity test does not ask for this condition; the detail names those that it asks for."""


class PaymentStepNotPossible(Conflict):
    """The direct payment's status does not allow this step; the detail says why."""


class DutyOpen(Conflict):
    """The record can't be closed while a duty of it is open; the detail names it."""


class ComplaintTooLate(Invalid):
    """The complaint came past the law's limit, and nothing says why it is taken anyway."""


class ReviewNotPossible(Conflict):
    """Reviews are for support that runs; the detail says why not."""


class SameHands(Forbidden):
    """What one person asks for, another has to agree."""


class AgencyBarred(Conflict):
    """Nobody is signposted to this agency as it is rated now; the detail says which rating, of which day."""


class PathwayMissing(Conflict):
    """A visit off premises has no recorded pathway for safeguarding and lone working."""


class AdvocateNeeded(Conflict):
    """Somebody without capacity and without family has an advocate beside them (CP 5.2); the detail says where."""


class BestInterestsUndecided(Conflict):
    """Whether this is in the person's best interests is not decided, or was decided against (CP 5.2)."""
