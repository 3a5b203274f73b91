"""Where alerts are put before they are acknowledged: a file with one JSON line for each, on disk before `keep` returns."""

import json
import os
from pathlib import Path


class AlertsFile:
    """Keeps each event once, known by its id: whatever is told twice is written once, also after a restart."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._path.touch()
        self._end_last_line()
        self._known = {json.loads(line)["id"] for line in self._path.read_text("utf-8").splitlines()}

    def keep(self, event_id: str, data: dict) -> bool:
        """Whether the event is new; if so it is safe when this returns."""
        if event_id in self._known:
            return False
        line = json.dumps({"id": event_id, "data": data})
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._known.add(event_id)
        print(line, flush=True)
        return True

    def _end_last_line(self) -> None:
        """Takes away half a line that a crash has left; its event was not acknowledged and comes again."""
        whole, newline, _ = self._path.read_text("utf-8").rpartition("\n")
        self._path.write_text(whole + newline, encoding="utf-8")
