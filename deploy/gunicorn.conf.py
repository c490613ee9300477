"""How gunicorn serves the pages and the webhook; `gunicorn --config deploy/gunicorn.conf.py`."""

import os

wsgi_app = "mercury.wsgi"
bind = os.environ.get("WEB_BIND", "0.0.0.0:8000")  # a container is reached from outside

# Each thread holds up to two database connections (default and journal): keep
# workers x threads x 2 under the server's max_connections.
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))

# Loaded once before forking: memory is shared, and a refused start ends the master at once.
preload_app = True
timeout = 60
graceful_timeout = 30
keepalive = 75  # longer than the proxy's, so that no request meets a connection just closed
max_requests = 20_000
max_requests_jitter = 2_000
# The heartbeat file: on a disk it can stall a worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108

# Nothing is steered through a socket, and the container's home cannot be written.
control_socket_disable = True

# No access log: addresses of searches and chats are personal data.
accesslog = None
errorlog = "-"
