"""A small server on the loopback that speaks what the Hub's client asks."""

import contextlib
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path

COMMIT = "c0" * 20


@contextlib.contextmanager
def hub_of(folders, truncated=()):
    """Serves folders as repositories of the Hub.

    Args:
        folders: dict of "owner/name" to the folder of its files; another
            string is an error: "gated".
        truncated: names of files of which half arrives.

    Yields:
        The server: `url`, and `requests`, the paths that were asked.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.server.requests.append(self.path)
            path = self.path.split("?")[0]
            info = re.fullmatch(r"/api/models/([^/]+/[^/]+)(/.*)?", path)
            if info:
                self._answer_about(info[1], info[2] or "")
                return
            file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
            if file and self._find(file[1]):
                self._send_file(Path(folders[file[1]]) / file[3])

        do_HEAD = do_GET

        def log_message(self, *arguments):
            pass

        def _find(self, name):
            if name not in folders:
                self._refuse(404, "RepoNotFound")
            elif folders[name] == "gated":
                self._refuse(403, "GatedRepo")
            else:
                return True
            return False

        def _answer_about(self, name, rest):
            if not self._find(name):
                return
            revision = rest.split("/")[2] if rest.count("/") > 1 else "main"
            if revision not in ("main", "v1", COMMIT):
                self._refuse(404, "RevisionNotFound")
                return
            files = sorted(p for p in Path(folders[name]).iterdir())
            if rest.startswith("/tree/"):
                content = [
                    {
                        "type": "file",
                        "path": file.name,
                        "size": file.stat().st_size,
                        "oid": "0" * 40,
                    }
                    for file in files
                ]
            else:
                content = {
                    "_id": "1",
                    "id": name,
                    "modelId": name,
                    "sha": COMMIT,
                    "siblings": [{"rfilename": file.name} for file in files],
                }
            self._send(200, json.dumps(content).encode())

        def _send_file(self, path):
            if not path.is_file():
                self._refuse(404, "EntryNotFound")
                return
            data = path.read_bytes()
            etag = hashlib.sha256(data).hexdigest()
            headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"'}
            if path.name in truncated and self.command == "GET":
                self.close_connection = True
                headers["Connection"] = "close"
                self._send(200, data, headers, len(data) // 2)
                return
            self._send(200, data, headers)

        def _refuse(self, status, code):
            self._send(status, b"{}", {"X-Error-Code": code})

        def _send(self, status, data, headers=None, sent=None):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(data[:sent])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests = []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
