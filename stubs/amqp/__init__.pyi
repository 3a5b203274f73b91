from amqp import exceptions as exceptions
from amqp import spec as spec
from amqp.basic_message import Message as Message
from amqp.channel import Channel as Channel
from amqp.connection import Connection as Connection

__version__: str
