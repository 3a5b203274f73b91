"""Rules and use cases, without engines or sockets."""
