"""A worker: tells the backend that it is there, and runs what it is sent. Needs torch, but only once there is work.

BACKEND_URL, WORKER_TYPE (backtest or training) and WORKER_PORT say where, what and on which port.
"""
import os
import socket
import sys
import threading
import time
import traceback

from ktrdr.web import Refused, call, serve

backend = os.environ["BACKEND_URL"]
port = int(os.environ["WORKER_PORT"])
me = {
    "type": os.environ["WORKER_TYPE"],
    "url": f"http://{socket.gethostname()}:{port}",
    "status": "available",
}
cancelled = set()


def say(text):
    print(text, file=sys.stderr, flush=True)


def register():
    while True:
        try:
            call("POST", f"{backend}/api/v1/workers", me)
            return say(f"registered with {backend}")
        except OSError as error:
            say(f"not registered yet: {error}")
            time.sleep(0.5)


def work(order):
    operation_id = order["operation_id"]
    try:
        from ktrdr.backtest import run

        outcome = {"status": "completed", "result": run(order, lambda: operation_id in cancelled)}
    except Exception as error:
        traceback.print_exc()
        outcome = {"status": "failed", "error": f"{type(error).__name__}: {error}"}
    call("PUT", f"{backend}/api/v1/operations/{operation_id}", outcome)


def answer(method, path, body):
    if path == "/health":
        return {"status": "healthy", "type": me["type"]}
    if (method, path) == ("POST", "/backtests"):
        threading.Thread(target=work, args=(body,), daemon=True).start()
        return {"accepted": body["operation_id"]}
    if method == "DELETE" and path.startswith("/backtests/"):
        cancelled.add(path.removeprefix("/backtests/"))
        return {"cancelled": True}
    raise Refused(404, {"detail": "not found"})


if __name__ == "__main__":
    threading.Thread(target=register, daemon=True).start()
    serve(port, answer)
