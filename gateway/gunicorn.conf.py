# ruff: noqa: N999  gunicorn's own name for this file
"""How gunicorn serves the gateway. Start with: gunicorn --config gateway/gunicorn.conf.py 'gateway.wsgi:application()'

Threads: every open live stream holds one thread for as long as it is open, so a worker has `STEWARD_HTTP_THREADS` for
requests and `STEWARD_SSE_CLIENTS` more for streams; the gateway refuses a stream beyond that with 503, so that
streams never starve requests. A thread that waits for a service costs little; 16 for requests serve a few hundred
requests a second per worker.

Timeouts: a request ends when the service answers or its deadline passes (STEWARD_RPC_TIMEOUT), so gunicorn's own
`timeout` only catches a worker that hangs as a whole. At a stop, streams are ended at once and requests in hand have
`graceful_timeout`.
"""

import os
import signal
import tempfile

from gateway.settings import GatewaySettings
from shared.settings import read_settings

_settings = read_settings(GatewaySettings)

bind = f"{_settings.http_host}:{_settings.http_port}"
worker_class = "gthread"
workers = _settings.http_workers
threads = _settings.http_threads + _settings.sse_clients
worker_connections = 1000 + threads
timeout = 60
graceful_timeout = 20
keepalive = 15
backlog = 1024
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
forwarded_allow_ips = ",".join(_settings.forwarded_allow)
accesslog = None  # the gateway logs each answer itself, with ids only
control_socket_disable = True

if workers > 1:  # each worker counts for itself; /metrics adds them up through a folder that they share
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="steward-metrics-"))


def post_worker_init(worker):
    """Lets a stopping worker end its live streams first, or it would wait for them until the graceful timeout."""
    gateway = worker.wsgi.extensions["steward"]
    usual = signal.getsignal(signal.SIGTERM)

    def stop(number, frame):
        gateway.close()
        usual(number, frame)

    signal.signal(signal.SIGTERM, stop)


def child_exit(server, worker):
    """Takes a dead worker out of the shared metrics."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)
