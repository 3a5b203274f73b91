"""The connections to a broker: frames, sockets and TLS, for publishers and readers of events and of calls."""
