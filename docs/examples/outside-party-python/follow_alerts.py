"""Reads a council's safeguarding alerts from its own queue; each is acknowledged once it is written down."""

import json
import os
import signal
import sys
import time

import pika
from alerts_file import AlertsFile
from pika.exceptions import AMQPError

PAUSE_SECONDS = 2


def main() -> None:
    alerts = AlertsFile(os.environ["ALERTS_FILE"])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        try:
            read(alerts)
        except (AMQPError, OSError) as error:
            print(f"connecting again: {type(error).__name__}", file=sys.stderr)
            time.sleep(PAUSE_SECONDS)


def read(alerts: AlertsFile) -> None:
    with pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=20)
        for method, properties, body in channel.consume(f"ext.{os.environ['COUNCIL_ID']}.safeguarding"):
            if properties.headers["ce-type"] == "alert.raised":  # other types may come one day
                alerts.keep(properties.headers["ce-id"], json.loads(body))
            channel.basic_ack(method.delivery_tag)


if __name__ == "__main__":
    main()
