"""What may be chosen: the councils of whoever asks, and the codes of the councils' policy packs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.asking import caller, gateway
from gateway.pages.fields import Choices, Known
from gateway.pages.words import council, words
from shared.context import EVERY_COUNCIL
from shared.dates import london_day, london_time
from shared.errors import NotFound, PolicyIncomplete
from shared.policy.pack import PolicyPack


def own_councils() -> list[str]:
    """The councils of whoever asks; of somebody without any, such as a visitor, all that there are."""
    own = caller().councils
    return list(gateway().policies.councils()) if EVERY_COUNCIL in own or not own else list(own)


def councils(_: Known) -> Mapping[str, str]:
    """The councils to choose from."""
    return {name: council(name) for name in own_councils()}


def only_council(known: Known) -> str:
    """The council that it can only be; none where there are several."""
    own = own_councils()
    return known.council_id or (own[0] if len(own) == 1 else "")


def whoever_asks(_: Known) -> str:
    """The reader's own id."""
    return caller().actor_id


def today(_: Known) -> str:
    """The day in London."""
    return london_day(gateway().clock.now()).isoformat()


def now(_: Known) -> str:
    """The moment in London, to the minute."""
    return f"{london_time(gateway().clock.now()):%Y-%m-%d %H:%M}"


def fixed(codes: Iterable[str], **texts: str) -> Choices:
    """These codes, in words of their own or in those that `texts` has for them (with `_` for `-`)."""
    found = {code: texts.get(code.replace("-", "_"), words(code)) for code in codes}
    return lambda _: found


def codes(table: str, *, key: str = "code") -> Choices:
    """The codes of a table of the council's policy; before a council is known, those of all that it could be."""

    def choices(known: Known) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for pack in _packs(known):
            found |= {str(row[key]): str(row.get("label") or words(str(row[key]))) for row in _rows(pack, table)}
        return found

    return choices


def texts(name: str) -> Choices:
    """A plain list of codes of the council's policy."""

    def choices(known: Known) -> Mapping[str, str]:
        return {code: words(code) for pack in _packs(known) for code in _texts(pack, name)}

    return choices


def rows_of(known: Known, table: str) -> Iterable[Mapping[str, object]]:
    """The rows of a table of the council's policy today; none where it leaves the table open."""
    return next((_rows(pack, table) for pack in _packs(known)), ())


def _packs(known: Known) -> list[PolicyPack]:
    """The packs in force today. A council without one has nothing to choose from."""
    on = london_day(gateway().clock.now())
    found = []
    for name in [known.council_id] if known.council_id else own_councils():
        try:
            found.append(gateway().policies.pack(name, on=on))
        except (NotFound, PolicyIncomplete):
            continue
    return found


def _rows(pack: PolicyPack, table: str) -> Iterable[Mapping[str, object]]:
    """The rows; none where the council leaves the table open."""
    try:
        return pack.table(table)
    except PolicyIncomplete:
        return ()


def _texts(pack: PolicyPack, name: str) -> Iterable[str]:
    try:
        return pack.texts(name)
    except PolicyIncomplete:
        return ()
