"""What the ledger refuses, each named for what is wrong."""

from __future__ import annotations

from shared.errors import Conflict, Forbidden, Invalid, NotFound, Stale, Unavailable


class FundClosed(Conflict):
    """The fund is closed: nothing more is posted to it, only corrected by its successor."""


class FundNotEmpty(Conflict):
    """The fund still has money: it goes back to the council or to payees before the fund is closed (CP 4.7)."""


class SpendNotAllowed(Conflict):
    """The spend was refused or needs agreement first; the detail and its field error name the clause (CP 6.17)."""


class NoRouteToAgreement(Conflict):
    """The council's policy gives no route by which anybody's agreement would allow this spend (CP 6.17(a) to (f))."""


class SpendNeedsAnotherAgreer(Forbidden):
    """Whoever asked for a spend may not be the one who agrees to it."""


class SpendAgreedBefore(Conflict):
    """The refused spend was agreed to and posted before; it is not posted again."""


class PlanNotAgreed(Conflict):
    """The social worker has not agreed a plan yet, so nothing may be spent (CP 3.2.4, 3.2.5)."""


class PlanNeedsAnotherAgreer(Forbidden):
    """Whoever wrote the plan may not be the one who agrees it."""


class PlanOverBudget(Invalid):
    """The plan's weekly costs add up to more than the weekly personal budget (CP 3.2.1)."""


class PlanHasProhibitedSpend(Invalid):
    """A line of the plan is in a category that the fund may not be used for (CP 6.17)."""


class UnknownCategory(Invalid):
    """Neither the agreed plan nor the council's policy knows this category of spend, so no rule applies to it."""


class WouldOverdrawFund(Conflict):
    """The fund does not hold that much."""


class WouldBreakLimit(Conflict):
    """The posting would take an account to the side of nought where it may not stand."""


class EntryNotFound(NotFound):
    """The fund's book has no such entry."""


class AlreadyReversed(Conflict):
    """The entry has its reversal; a second one would post the money again."""


class ReversalIsFinal(Conflict):
    """A reversal is not itself reversed: post the entry anew."""


class FundHasReservations(Conflict):
    """Money of the fund is set aside for bookings: they are paid or called off before the fund moves (CP 5.3)."""


class NotTheirFund(Invalid):
    """The fund to move to is another person's, another council's, or the same fund."""


class NotSealed(NotFound):
    """There is no seal yet, or the fund's book was empty when it was made."""


class BookHasOwnEntries(Conflict):
    """The ledger has posted to this book itself: earlier history would change what was known then."""


class NotInOrder(Invalid):
    """History is imported in the order it was recorded, and nothing of it was recorded in the future."""


class ReservationNotFound(NotFound):
    """The fund's book has no such reservation."""


class ReservationResolved(Conflict):
    """The reservation was paid, called off or ran out; it is resolved once only."""


class ReservationRanOut(Conflict):
    """The last day of the reservation has passed: nothing is paid from it any more."""


class MoreThanReserved(Invalid):
    """More is to be paid than was set aside."""


class ReservationNotReversed(Conflict):
    """A reservation is not reversed but called off, and its end stands; the payment made from it can be reversed."""


class PeriodAlreadyPaid(Conflict):
    """A payment for these days, or some of them, has been taken in (CP 5.4)."""


class PaymentDiffers(Invalid):
    """The amount is not the weeks' budget that policy sets, and no reason was given (CP 5.4)."""


class BookBusy(Unavailable):
    """Other writers kept getting in first; trying again will help."""


class BookBroken(Conflict):
    """The stored book does not read as a book; nothing is posted on top of it until it is looked into."""


class UnknownQuestion(Invalid):
    """There is no such question to the rules; the detail names those there are."""


class RunOpen(Conflict):
    """The council has a payment run that is not finished: it is posted or withdrawn before the next is prepared."""


class RunNotAtThatStep(Conflict):
    """The payment run is at another step of its life."""


class RunDiffers(Conflict):
    """The totals that were approved are not those of the payment run."""


class RunNeedsAnotherApprover(Forbidden):
    """Whoever prepared a payment run, or entered where a payment of it goes, may not approve it."""


class BanksClosed(Invalid):
    """Banks move no money on that day."""


class OriginatorUnknown(Conflict):
    """No setting says which account the council pays from, so there is no Bacs file."""


class NothingToSend(Conflict):
    """The payment run pays nothing in that way, so there is no file of it."""


class NotYetPossible(Conflict):
    """The fund, or what was asked about it, has not come to this step, or is past it."""


class MoreThanAllocated(Conflict):
    """Less is set aside for this purpose."""


class NotAnAgreedPurpose(Invalid):
    """The agreed plan has no outcome of this name, so that nothing is set aside for it."""


class SignOffsMissing(Conflict):
    """Not everything that the person was told is signed off, and the council's policy wants it before support starts."""


class NoSuchDraft(NotFound):
    """The plan has no draft of this number."""


class VoucherTaken(Conflict):
    """Another person of the council has this voucher code (CP 5.5)."""


class OutcomesAgreedAlready(Conflict):
    """The plan is agreed on other outcomes; these need the Commissioner's agreement first (CP 6.17(g))."""


class AccountUnknown(Invalid):
    """No fund, or more than one, has the statement's account: say whose it is."""


class AccountDiffers(Invalid):
    """The statement is of another account than the fund's own."""


class AmountsDiffer(Conflict):
    """The bank moved another amount than the entry did."""


class EntryMatched(Conflict):
    """The entry belongs to another bank line already."""


class LineChanged(Stale):
    """Somebody settled the bank line meanwhile."""


class NoStatement(NotFound):
    """No statement with a closing balance has been taken in for the fund."""


class VariationNeedsAnotherApprover(Forbidden):
    """Whoever asked for a variation, or acted in its crisis, does not decide it (CP 4.2)."""


class VariationNeedsCommissioner(Forbidden):
    """Other outcomes are agreed by the Commissioner (CP 6.17(g))."""


class DecidedByAnother(Forbidden):
    """Whoever answered, or decided what is challenged, does not decide it (CP 9.5)."""


class FeeAboveCeiling(Conflict):
    """The negotiated percentage comes to more than the locally agreed ceiling (CP Sch IV)."""


class NothingToAccrue(Conflict):
    """No whole week has ended that a fee holds for and was not taken for."""


class ContributionNotDue(Conflict):
    """The contribution is invoiced in arrears, and its days have not ended (CP 5.4)."""


class PeriodAlreadyInvoiced(Conflict):
    """The contribution for these days, or some of them, was invoiced before (CP 5.4)."""


class ContributionNotInvoiced(Conflict):
    """By the council's policy the fund is paid less the contribution, so that nothing is invoiced."""
