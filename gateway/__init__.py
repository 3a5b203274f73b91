"""The HTTP gateway: a plain WSGI application for frontends and browsers that reaches the services by RPC only.

It checks who is asking, what they may do and the shape of what they send, and turns answers and refusals into HTTP. It
decides nothing that a service can decide, keeps no records, and imports no eventlet.
"""
