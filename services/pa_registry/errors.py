"""What can be wrong with an entry in the register."""

from __future__ import annotations

from shared.errors import Conflict, Forbidden


class StepNotPossible(Conflict):
    """The entry's status doesn't allow this step; the detail names those that are possible."""


class NotReadyToPublish(Conflict):
    """The entry lacks what the council's policy or the register asks for; `errors` names each."""


class NotAnonymous(Conflict):
    """The published words would say who the personal assistant is, which they have not agreed to."""


class ListingSuspended(Conflict):
    """The listing is suspended, so the entry cannot be published now."""


class OwnEntry(Forbidden):
    """Nobody checks or publishes themselves."""
