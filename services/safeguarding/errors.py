"""What can be wrong with a concern."""

from __future__ import annotations

from shared.errors import Conflict, Forbidden


class StepNotPossible(Conflict):
    """The concern's state doesn't allow this step; the detail names those that are possible."""


class AlertInHand(Conflict):
    """Someone else has acknowledged the alert; the detail says who."""


class CouncilOutOfScope(Forbidden):
    """A concern can only be raised with a council of the caller's own scope."""
