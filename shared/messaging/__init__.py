"""Messaging that keeps its promises: outbox, relay, durable handlers, held messages and RPC. Only this package knows kombu."""
