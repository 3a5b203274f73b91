"""Files that a channel leaves for somebody to take further: whole or not there, one per message."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from shared.plugins.points import ChannelAway, ChannelRefused

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, kw_only=True)
class OutboxFolder:
    """A folder of files named by message id, so that a repeat replaces its own file."""

    path: Path
    suffix: str

    def put(self, message_id: str, content: bytes) -> str:
        """Writes the file as a whole and gives its name. Raises `ChannelRefused` for an id that is no file name and
        `ChannelAway` when the disk won't take it."""
        if not _SAFE_NAME.fullmatch(message_id):
            raise ChannelRefused("the message id cannot name a file")
        name = f"{message_id}{self.suffix}"
        try:
            self._replace(self.path / name, content)
        except OSError as error:
            raise ChannelAway(f"the file could not be written: {type(error).__name__}") from error
        return name

    def _replace(self, target: Path, content: bytes) -> None:
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, draft = tempfile.mkstemp(dir=self.path, prefix=".draft-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, target)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
