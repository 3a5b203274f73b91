"""One journey on one platform: who signs in, what is checked, and how long an event may take to show."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.clock import Clock
from shared.samples.client import Client, Refused

CE = "cheshire-east"
CP = "cambridgeshire-peterborough"
PATIENCE_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 0.1
SignIn = Callable[..., str]
Say = Callable[[str], None]


class CheckFailed(Exception):
    """Something that the journey relies on did not hold."""


@dataclass(kw_only=True)
class Journey:
    """One journey on one platform. `sign_in(role, councils, ...)` gives a token."""

    address: str
    sign_in: SignIn
    clock: Clock
    say: Say
    run: str
    checks: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    def as_role(
        self, role: str, council_id: str, *, actor_id: str | None = None, organisation_id: str | None = None
    ) -> Client:
        """A client signed in with one role."""
        token = self.sign_in(
            role=role,
            councils=(council_id,),
            actor_id=actor_id or f"{role}-{self.run}",
            organisation_id=organisation_id,
        )
        return Client(self.address, token)

    def step(self, sentence: str) -> None:
        self.say(f"\n{sentence}")

    def check(self, holds: bool, fact: str, seen: Any = None) -> None:
        """Counts a fact that must hold. Raises `CheckFailed` with what was seen instead."""
        if not holds:
            raise CheckFailed(f"{fact}: not so; seen: {seen!r}")
        self.checks += 1
        self.say(f"  ok  {fact}")

    def refused(self, action: Callable[[], Any], *, status: int, says: str, fact: str) -> Refused:
        """The action must be refused with this status and these words."""
        try:
            answer = action()
        except Refused as refusal:
            self.check(refusal.status == status and says in str(refusal), fact, str(refusal))
            return refusal
        raise CheckFailed(f"{fact}: it was allowed: {answer!r}")

    def eventually(self, look: Callable[[], Any], fact: str) -> Any:
        """Waits until `look` gives something true; events take a moment."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        seen = None
        while time.monotonic() < deadline:
            seen = look()
            if seen:
                self.check(True, fact)
                return seen
            time.sleep(LOOK_AGAIN_SECONDS)
        raise CheckFailed(f"{fact}: not within {PATIENCE_SECONDS:.0f} s; seen: {seen!r}")
