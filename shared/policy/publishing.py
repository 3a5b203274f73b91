"""Whether a pack may be published, and what is kept of one that was. Pure rules and values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from shared.dates import london_day, start_of_london_day
from shared.errors import FieldError, invalid
from shared.events.schemas import TEXT_LIMIT
from shared.ids import derived_id
from shared.policy.errors import PackHolds, PackRefused
from shared.policy.loading import PackSchema, load_pack, published_pack
from shared.policy.pack import PolicyPack
from shared.policy.policies import Packs
from shared.policy.source import PackText
from shared.policy.yaml_text import check_plain

SUBMITTED = "The submitted pack"


@dataclass(frozen=True, kw_only=True)
class PublishedPack:
    """A pack as it was published, line by line. `takes_effect_at` is cleared when what follows from its taking effect is done."""

    version: str
    council_id: str
    effective_on: date
    sha256: str
    lines: tuple[str, ...]
    published_at: datetime
    published_by: str
    takes_effect_at: datetime | None
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_reason: str | None = None

    @property
    def text(self) -> str:
        return text_of(self.lines)

    def read(self) -> PolicyPack:
        """The pack. Raises `PackRefused` if the schema of this release does not allow it."""
        pack = published_pack(PackText(name=self.version, text=self.text, version=self.version))
        return replace(pack, withdrawn=True) if self.withdrawn_at is not None else pack


def lines_of(content: str) -> tuple[str, ...]:
    """A pack's lines, whichever ends its author's program gave them."""
    text = content.replace("\r\n", "\n").replace("\r", "\n")
    return tuple(text.removesuffix("\n").split("\n"))


def text_of(lines: Iterable[str]) -> str:
    """The pack's YAML, as it is hashed."""
    return "".join(f"{line}\n" for line in lines)


def sha256_of(lines: Iterable[str]) -> str:
    """The hash of a pack's lines."""
    return hashlib.sha256(text_of(lines).encode("utf-8")).hexdigest()


def id_of(version: str) -> str:
    """The id under which every service keeps this version."""
    return derived_id("pol", version)


def read_submitted(content: str, *, most_bytes: int) -> PolicyPack:
    """A pack that somebody sends. Raises `PackRefused` with field and rule, `Invalid` if it is too large."""
    size = len(content.encode("utf-8", "surrogatepass"))
    if size > most_bytes:
        raise invalid("content", "size", f"the pack has {size} bytes; {most_bytes} are the most")
    if any(len(line) > TEXT_LIMIT for line in lines_of(content)):
        raise invalid("content", "line", f"a line has at most {TEXT_LIMIT} characters")
    check_plain(content, name=SUBMITTED)
    return load_pack(PackText(name=SUBMITTED, text=content), schema=PackSchema.published())


def published(pack: PolicyPack, content: str, *, at: datetime, by: str) -> PublishedPack:
    """What is kept of the pack."""
    lines = lines_of(content)
    return PublishedPack(
        version=pack.version,
        council_id=pack.council_id,
        effective_on=pack.effective_on,
        sha256=sha256_of(lines),
        lines=lines,
        published_at=at,
        published_by=by,
        takes_effect_at=start_of_london_day(pack.effective_on),
    )


def withdraw(pack: PublishedPack, *, at: datetime, by: str, reason: str | None) -> PublishedPack:
    """The pack as it never holds. Raises `PackHolds` from its first day on; withdrawn twice it stays as it was."""
    if pack.withdrawn_at is not None:
        return pack
    if pack.effective_on <= london_day(at):
        raise PackHolds(
            f"{pack.version} holds since {pack.effective_on.isoformat()}: a later version follows it instead"
        )
    return withdrawn(pack, at=at, by=by, reason=reason)


def withdrawn(pack: PublishedPack, *, at: datetime, by: str, reason: str | None) -> PublishedPack:
    """The pack, withdrawn: nothing follows from its first day any more."""
    return replace(pack, withdrawn_at=at, withdrawn_by=by, withdrawn_reason=reason, takes_effect_at=None)


def check_publishable(pack: PolicyPack, *, packs: Packs, today: date) -> None:
    """Raises `PackRefused` if the pack would rewrite what held, or holds, or comes in out of order."""
    errors = tuple(_faults(pack, packs, today))
    if errors:
        raise PackRefused(f"{pack.version} cannot be published: {errors[0].message}", errors=errors)


def _faults(pack: PolicyPack, packs: Packs, today: date) -> Iterator[FieldError]:
    known = packs.by_council.get(pack.council_id)
    if known is None:
        yield FieldError(
            field="council_id", rule="known", message="A new council comes with a plugin, not by publishing."
        )
        return
    if pack.version in {old.version for old in known}:
        yield FieldError(
            field="effective_on", rule="unchanged", message="This version is there already; it never changes."
        )
    elif pack.effective_on <= (newest := max(old.effective_on for old in known if not old.withdrawn)):
        message = f"It must be later than {newest.isoformat()}, the first day of the newest version."
        yield FieldError(field="effective_on", rule="later", message=message)
    if pack.effective_on < today:
        message = f"It must not lie before {today.isoformat()}: what held on past days stays as it was."
        yield FieldError(field="effective_on", rule="not-past", message=message)
