"""Servers that stand between octo and a real one and do what networks and services do on bad days.

`TcpProxy` works on bytes (the way to a vendor), `HttpProxy` on requests (the way to an S3 service), `SocksServer` is an
ordinary SOCKS5 proxy. All listen on 127.0.0.1 only, and run on threads until `close`.
"""

from __future__ import annotations

import http.client
import http.server
import re
import socket
import struct
import threading
from collections.abc import Callable

CHUNK = 64 * 1024


def reset(connection: socket.socket) -> None:
    """Closes with RST instead of FIN, as a crashed host or a firewall does."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()


class _Listener:
    """Accepts connections on a thread and serves each on another."""

    def __init__(self, port: int = 0) -> None:
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self.listener.getsockname()[1]
        self.connections = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._stop = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self._lock:
                number = self.connections
                self.connections += 1
                self._open.add(client)
            threading.Thread(target=self._guarded, args=(client, number), daemon=True).start()

    def _guarded(self, client: socket.socket, number: int) -> None:
        try:
            self.serve(client, number)
        except OSError:
            client.close()

    def serve(self, client: socket.socket, number: int) -> None:
        raise NotImplementedError

    def _connect(self, host: str, port: int) -> socket.socket:
        server = socket.create_connection((host, port))
        with self._lock:
            self._open.add(server)
        return server

    def close(self) -> None:
        """Nobody can connect any more, and whoever is connected is cut off."""
        self._stop.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        with self._lock:
            for connection in self._open:
                reset(connection)


class TcpProxy(_Listener):
    """Passes bytes between its port and a server's.

    cuts: how many bytes of the server the first connection, the second, ... may get before it is reset; connections
    beyond the list are not cut. `stall` lets nothing pass until `resume`. `passed` counts the server's bytes.
    """

    def __init__(self, port: int, cuts: list[int] | None = None, refuse_after_cuts: bool = False) -> None:
        self.target = port
        self.cuts = list(cuts or [])
        self.refuse_after_cuts = refuse_after_cuts
        self.stall_after: int | None = None
        self.passed = 0
        self._flows = threading.Event()
        self._flows.set()
        super().__init__()

    def stall(self) -> None:
        self._flows.clear()

    def resume(self) -> None:
        self._flows.set()

    def close(self) -> None:
        self._flows.set()
        super().close()

    def serve(self, client: socket.socket, number: int) -> None:
        if self.refuse_after_cuts and number >= len(self.cuts):
            reset(client)
            return
        server = self._connect("127.0.0.1", self.target)
        allowed = self.cuts[number] if number < len(self.cuts) else None
        threading.Thread(target=self._pass, args=(client, server, None, False), daemon=True).start()
        self._pass(server, client, allowed, True)

    def _pass(self, source: socket.socket, sink: socket.socket, allowed: int | None, counted: bool) -> None:
        try:
            while data := source.recv(CHUNK):
                self._flows.wait()
                if allowed is not None and len(data) >= allowed:
                    break
                if allowed is not None:
                    allowed -= len(data)
                sink.sendall(data)
                if counted:
                    with self._lock:
                        self.passed += len(data)
                        if self.stall_after is not None and self.passed >= self.stall_after:
                            self.stall_after = None
                            self._flows.clear()
        except OSError:
            pass
        reset(source)
        reset(sink)


class Fault:
    """What happens to the `times` requests from the `nth` on whose "METHOD /path?query" matches `pattern`.

    action: a status, or a status and S3's code for it, is answered without asking the server; "reset" cuts the connection in the
    middle of the request; "lose" lets the server do it, and cuts the connection instead of answering. `before` is
    called first, and without action the request then takes its ordinary way.
    """

    def __init__(self, pattern: str, action: int | str | tuple[int, str] | None = None, nth: int = 1, times: int = 1,
                 before: Callable[[], None] | None = None) -> None:
        self.pattern = re.compile(pattern)
        self.action = action
        self.nth = nth
        self.times = times
        self.before = before
        self.seen = 0
        self.hits = 0


PUT_OBJECT = r"^PUT /[^/]+/data/[^?]*$"  # no manifests
CREATE_UPLOAD = r"^POST .*[?&]uploads"
UPLOAD_PART = r"^PUT .*partNumber="
COMPLETE_UPLOAD = r"^POST .*uploadId="

CODES = {500: "InternalError", 503: "SlowDown"}


class HttpProxy:
    """Hands requests on to the service at `endpoint`, but for its `faults`. `requests` lists what came."""

    def __init__(self, endpoint: str, *faults: Fault) -> None:
        self.target = endpoint.removeprefix("http://")
        self.faults = list(faults)
        self.requests: list[str] = []
        self._lock = threading.Lock()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def do_any(self) -> None:
                proxy.handle(self)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_any

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: object) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def count(self, pattern: str) -> int:
        with self._lock:
            return sum(1 for request in self.requests if re.search(pattern, request))

    def _fault_for(self, request: str) -> Fault | None:
        with self._lock:
            self.requests.append(request)
            for fault in self.faults:
                if not fault.pattern.search(request):
                    continue
                fault.seen += 1
                if fault.nth <= fault.seen < fault.nth + fault.times:
                    fault.hits += 1
                    return fault
        return None

    def handle(self, request: http.server.BaseHTTPRequestHandler) -> None:
        fault = self._fault_for(f"{request.command} {request.path}")
        length = int(request.headers.get("Content-Length") or 0)
        action = fault.action if fault else None
        if action == "reset":
            request.rfile.read(length // 2)
            return self._cut(request)
        body = request.rfile.read(length)
        if fault and fault.before:
            fault.before()
        if isinstance(action, int):
            action = (action, CODES[action])
        if isinstance(action, tuple):
            text = f"<Error><Code>{action[1]}</Code><Message>said by the test</Message></Error>"
            return self._answer(request, action[0], {"Content-Type": "application/xml"}, text.encode())
        upstream = http.client.HTTPConnection(self.target, timeout=60)
        upstream.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            if name.lower() not in ("connection", "expect"):
                upstream.putheader(name, value)
        upstream.endheaders(body or None)
        response = upstream.getresponse()
        content = response.read()
        headers = dict(response.getheaders())
        upstream.close()
        if action == "lose":
            return self._cut(request)
        return self._answer(request, response.status, headers, content)

    @staticmethod
    def _cut(request: http.server.BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        reset(request.connection)

    @staticmethod
    def _answer(request: http.server.BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
        request.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                request.send_header(name, value)
        length = headers.get("Content-Length", "0") if request.command == "HEAD" else str(len(body))
        if status != 204:
            request.send_header("Content-Length", length)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)


class SocksServer(_Listener):
    """A SOCKS5 proxy without login (RFC 1928); `asked` lists the targets as "host:port"."""

    def __init__(self, port: int) -> None:
        self.asked: list[str] = []
        super().__init__(port)

    def serve(self, client: socket.socket, number: int) -> None:
        def read(count: int) -> bytes:
            return client.recv(count, socket.MSG_WAITALL)

        _, methods = read(2)
        read(methods)
        client.sendall(b"\x05\x00")
        _, _, _, kind = read(4)
        if kind == 1:
            host = socket.inet_ntoa(read(4))
        else:
            host = read(read(1)[0]).decode()
        port = int.from_bytes(read(2), "big")
        self.asked.append(f"{host}:{port}")
        server = self._connect(host, port)
        client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        back = threading.Thread(target=self._pass, args=(server, client), daemon=True)
        back.start()
        self._pass(client, server)
        back.join()

    @staticmethod
    def _pass(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(CHUNK):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
