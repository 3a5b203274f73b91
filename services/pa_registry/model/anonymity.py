"""A profile stands for a person without naming them, until they agree to be named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from shared.errors import FieldError, invalid
from shared.events.contacts import ContactDetails

_TELLING_DIGITS = 9
_GAPS = re.compile(r"[^\w]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s().-]+(?=\d)")


def words_that_identify(texts: Mapping[str, str], contact: ContactDetails, *, name_is_shown: bool) -> list[FieldError]:
    """The texts that hold the personal assistant's whole name, email address or a number of theirs.

    Only the whole name counts: a single part of one ("Grace") is too often an ordinary word.
    """
    return [fault for field, text in texts.items() for fault in _faults(field, text, contact, name_is_shown)]


def _faults(field: str, text: str, contact: ContactDetails, name_is_shown: bool) -> Iterator[FieldError]:
    if not name_is_shown and _holds_words(text, contact.name):
        yield FieldError(
            field=field, rule="name", message=f"{field} holds their name, which they did not agree to show."
        )
    if contact.email and contact.email.casefold() in text.casefold():
        yield FieldError(field=field, rule="email", message=f"{field} holds their email address.")
    if any(_holds_number(text, number) for number in (contact.sms, contact.phone) if number):
        yield FieldError(field=field, rule="number", message=f"{field} holds a number of theirs.")


def check_contact(contact: ContactDetails) -> None:
    """Raises `Invalid` if the channel chosen lacks its address, or is one that must not be used."""
    chosen = contact.preferred_channel
    if chosen is None:
        return
    if not getattr(contact, chosen):
        raise invalid(f"contact.{chosen}", "required", f"They chose to be reached by {chosen}, so it is needed.")
    if chosen in contact.unsafe_channels:
        raise invalid("contact.preferred_channel", "unsafe", f"{chosen} is marked as never to be used.")


def _holds_words(text: str, name: str) -> bool:
    sought = _plain(name)
    return bool(sought.strip()) and sought in _plain(text)


def _plain(text: str) -> str:
    return f" {_GAPS.sub(' ', text.casefold()).strip()} "


def _holds_number(text: str, number: str) -> bool:
    """With or without its country code: the last digits tell."""
    digits = re.sub(r"\D", "", number)[-_TELLING_DIGITS:]
    return len(digits) == _TELLING_DIGITS and digits in _BETWEEN_DIGITS.sub("", text)
