"""What can be wrong with policy: a value left open, a name nobody knows, a pack that breaks its schema."""

from __future__ import annotations

from shared.errors import Conflict, Invalid, NotFound, PolicyIncomplete


class UnknownCouncil(NotFound):
    """No pack is loaded for this council."""


class NoPackInForce(PolicyIncomplete):
    """The council has packs, none of them in force on the day asked about."""


class UnknownPolicyVersion(NotFound):
    """No loaded pack has this version."""


class UnknownPolicyName(KeyError):
    """No policy value, clock or calendar is called this: a mistake in the code that asks, not in the pack."""

    def __str__(self) -> str:
        return str(self.args[0])


class WrongPolicyKind(TypeError):
    """The value is of another kind than the getter gives: a mistake in the code that asks."""


class PackRefused(Invalid):
    """The pack breaks its schema or contradicts itself; `errors` names each place."""


class PackHolds(Conflict):
    """The pack holds already, or has held; decisions were taken under it."""
