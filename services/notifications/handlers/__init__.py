"""Use cases of notifications: knowing how to reach parties, telling them, sending."""
