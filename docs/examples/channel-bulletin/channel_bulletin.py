"""A channel of somebody else's: letters as files in a folder that a print bureau collects."""

from __future__ import annotations

import hashlib
from pathlib import Path

from shared.plugins.points import ChannelAway, ChannelRefused, OutgoingMessage


class Bulletin:
    """One file for each message, so that a repeat replaces its own."""

    kind = "letter"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: OutgoingMessage) -> str:
        """The file's name. Raises `ChannelRefused` without an address, `ChannelAway` when the folder can't be written."""
        if not message.address.strip():
            raise ChannelRefused("a letter needs an address")
        name = f"{hashlib.sha256(message.message_id.encode()).hexdigest()}.txt"
        to_name = " ".join(message.to_name.split())
        text = "\n\n".join([to_name, message.address, message.subject, message.body])
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = self._folder / f".{name}"
            draft.write_text(text, encoding="utf-8")
            draft.replace(self._folder / name)
        except OSError as error:
            raise ChannelAway(f"the letter could not be filed: {type(error).__name__}") from error
        return name


def build(*, environment: dict[str, str], data_dir: str) -> Bulletin:
    """The channel; `BULLETIN_FOLDER` says where the bureau collects."""
    return Bulletin(Path(environment.get("BULLETIN_FOLDER") or Path(data_dir) / "bulletin"))
