from typing import Any

import amqp
from kombu.message import Message as BaseMessage

class Message(BaseMessage):
    def __init__(self, msg: amqp.Message, channel: Any = ..., **options: Any) -> None: ...

class Connection(amqp.Connection): ...

class Transport:
    Connection: type[amqp.Connection]

class SSLTransport(Transport): ...
