"""The words of a message: a template filled with ids and facts, in the form that its channel needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Template

from services.notifications.errors import BadTemplate
from shared.events.contacts import Channel

SAFE_IN_SMS = frozenset({"council_name"})
"""Anyone may see a phone's screen, so an SMS says no more than who writes."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A template's texts. One that is `written` has none for SMS and phone: it goes out in writing only (CE 4.3)."""

    name: str
    subject: str
    body: str
    sms: str = ""
    phone: str = ""
    written: bool = False


@dataclass(frozen=True, kw_only=True)
class Words:
    """A message's subject and body, ready to go out."""

    subject: str
    body: str


def check_wording(wording: Wording) -> Wording:
    """The wording, if it can be used on every channel it is for. Raises `BadTemplate`."""
    texts = {"subject": wording.subject, "body": wording.body}
    if not wording.written:
        texts |= {"sms": wording.sms, "phone": wording.phone}
    for part, text in texts.items():
        if not text.strip() or not Template(text).is_valid():
            raise BadTemplate(f"{wording.name}: {part} is empty or has a placeholder that can't be read")
    if "\n" in wording.subject.strip():
        raise BadTemplate(f"{wording.name}: the subject has more than one line")
    told = set(Template(wording.sms).get_identifiers()) - SAFE_IN_SMS
    if told:
        raise BadTemplate(f"{wording.name}: an SMS may not say {', '.join(sorted(told))}")
    return wording


def put_into_words(
    wording: Wording, kind: Channel, *, values: Mapping[str, str], name: str, formats: Sequence[str]
) -> Words:
    """The message for this kind of channel. Raises `KeyError` for a placeholder without a value."""
    if kind == "sms":
        return Words(subject="", body=_filled(wording.sms, values))
    subject = _filled(wording.subject, values)
    if kind == "phone":
        return Words(subject=subject, body=_filled(wording.phone, values))
    parts = [f"Dear {name}" if name else "Hello", _filled(wording.body, values), *_formats_note(formats)]
    return Words(subject=subject, body="\n\n".join(parts) + "\n")


def _filled(text: str, values: Mapping[str, str]) -> str:
    return Template(text.strip()).substitute(values)


def _formats_note(formats: Sequence[str]) -> list[str]:
    """What they asked for is said back, so that a message in the wrong form is noticed (CE 7.1(e))."""
    if not formats:
        return []
    return [f"You asked us for: {', '.join(formats)}. If this message is not right for you, please tell us."]
