"""Messaging that keeps its promises. Only this package knows kombu. Read it in this order:

- `aggregates`: the write protocol; `cause`: why something is written
- `publishing`: from the outbox of a record through the event log to the broker's confirm
- `consuming`: from a queue to an effect that happens once, in order, or to the held messages; which replica reads what
- `calls`: remote calls, both ends
- `processes`, `scheduling`: what takes several records, and what falls due by itself; `story`: what came of it all
- `broker`: exchanges, queues and rights as data, and how a broker differs from them
- `wire`: connections that no message breaks
- `embedded`: the broker within one process
"""
