"""Who is asking, and in which story: travels with every RPC call and is written with every change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EVERY_COUNCIL = "*"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The signed-in party behind a request.

    `councils` is the scope of the token; `*` means every council (platform operations only).
    """

    actor_id: str
    roles: tuple[str, ...] = ()
    councils: tuple[str, ...] = ()
    organisation_id: str | None = None
    correlation_id: str = ""
    idempotency_key: str | None = None
    traceparent: str | None = None

    def may_see(self, council_id: str) -> bool:
        """Whether records of this council are in the caller's scope."""
        return EVERY_COUNCIL in self.councils or council_id in self.councils

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Caller:
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        known["roles"] = tuple(known.get("roles") or ())
        known["councils"] = tuple(known.get("councils") or ())
        return cls(**known)
