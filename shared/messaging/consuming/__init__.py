"""Reads queues and applies each message once and in its stream's order, or holds it in the consumer's own store."""
