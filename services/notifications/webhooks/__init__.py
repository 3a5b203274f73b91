"""The way out to webhooks: keys and signatures, the addresses that may be reached, and the post itself."""
