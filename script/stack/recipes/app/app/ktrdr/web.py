"""JSON over HTTP, with nothing but Python's own library."""
import json
import signal
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Refused(Exception):
    """An answer that is no success: its status, and why."""


def serve(port, answer):
    """Serves answer(method, path, body), which is text or what becomes JSON, until SIGTERM."""

    class Handler(BaseHTTPRequestHandler):
        def reply(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                status, answered = 200, answer(self.command, self.path, json.loads(body or "{}"))
            except Refused as refused:
                status, answered = refused.args
            text = answered if isinstance(answered, str) else json.dumps(answered)
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if text is answered else "application/json")
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = do_DELETE = reply

    # Process 1 has no handlers but its own: without this, a container would not stop when told.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("", port), Handler).serve_forever()


def call(method, url, body=None):
    """Asks another service, and returns its JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.load(response)
