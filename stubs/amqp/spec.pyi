from typing import NamedTuple

class method_t(NamedTuple):
    method_sig: tuple[int, int]
    args: str | None
    content: bool

class Basic:
    CLASS_ID: int
    Qos: tuple[int, int]
    Consume: tuple[int, int]
    Cancel: tuple[int, int]
    Publish: tuple[int, int]
    Return: tuple[int, int]
    Deliver: tuple[int, int]
    Get: tuple[int, int]
    GetOk: tuple[int, int]
    Ack: tuple[int, int]
    Nack: tuple[int, int]
    Reject: tuple[int, int]

class Channel:
    CLASS_ID: int
    Close: tuple[int, int]

class Exchange:
    CLASS_ID: int
    Declare: tuple[int, int]
    Delete: tuple[int, int]

class Queue:
    CLASS_ID: int
    Declare: tuple[int, int]
    Bind: tuple[int, int]
    Delete: tuple[int, int]

class Connection:
    CLASS_ID: int
    Close: tuple[int, int]
