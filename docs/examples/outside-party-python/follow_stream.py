"""Follows the live stream of alerts (server-sent events) and goes on where it was, after any break and any restart."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import requests
from alerts_file import AlertsFile

PLACE = Path(os.environ["PLACE_FILE"])
CONNECT_SECONDS, SILENCE_SECONDS, PAUSE_SECONDS = 10, 45, 2


def main() -> None:
    alerts = AlertsFile(os.environ["ALERTS_FILE"])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        try:
            follow(alerts)
        except requests.RequestException as error:
            print(f"connecting again: {type(error).__name__}", file=sys.stderr)
        time.sleep(PAUSE_SECONDS)


def follow(alerts: AlertsFile) -> None:
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    if PLACE.exists():
        headers["Last-Event-ID"] = PLACE.read_text("utf-8")
    url = f"{os.environ['PLATFORM_URL']}/api/v1/streams/alerts"
    with requests.get(url, headers=headers, stream=True, timeout=(CONNECT_SECONDS, SILENCE_SECONDS)) as answer:
        answer.raise_for_status()
        for message in messages_of(answer):
            if "data" in message:
                event = json.loads(message["data"])
                if event["type"] == "alert.raised":
                    alerts.keep(event["id"], event["data"])
            if "id" in message:  # only now: the alert is safe
                keep_place(message["id"])


def messages_of(answer: requests.Response) -> Iterator[dict[str, str]]:
    """The fields of each message; comments are left out."""
    message: dict[str, str] = {}
    for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
        name, _, value = line.partition(":")
        if name:
            message[name] = value.removeprefix(" ")
        elif not line:
            yield message
            message = {}


def keep_place(place: str) -> None:
    draft = PLACE.with_suffix(".draft")
    draft.write_text(place, encoding="utf-8")
    draft.replace(PLACE)


if __name__ == "__main__":
    main()
