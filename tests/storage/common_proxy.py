"""An HTTP proxy in front of an S3 server, which goes wrong at the operation that it is told."""

import contextlib
import http.client
import math
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PIECE = 1 << 16
# Each connection has its own; "Expect" is answered here.
NOT_PASSED_ON = {"connection", "keep-alive", "expect", "transfer-encoding"}
ERROR = "<Error><Code>{0}</Code><Message>{0}</Message></Error>"
# (method, whether a key follows the bucket, what the query asks for) -> S3's name
OPERATIONS = {
    ("PUT", True, ""): "PutObject",
    ("GET", True, ""): "GetObject",
    ("HEAD", True, ""): "HeadObject",
    ("DELETE", True, ""): "DeleteObject",
    ("POST", True, "uploads"): "CreateMultipartUpload",
    ("PUT", True, "uploadId"): "UploadPart",
    ("GET", True, "uploadId"): "ListParts",
    ("POST", True, "uploadId"): "CompleteMultipartUpload",
    ("DELETE", True, "uploadId"): "AbortMultipartUpload",
    ("GET", False, "uploads"): "ListMultipartUploads",
    ("POST", False, "delete"): "DeleteObjects",
    ("GET", False, ""): "ListObjectsV2",
}


def operation_of(method, path):
    """Return S3's name of a request, such as ``PutObject``; None of those nobody asks about."""
    url = urlsplit(path)
    query = parse_qs(url.query, keep_blank_values=True)
    asked = next((name for name in ("uploads", "uploadId", "delete") if name in query), "")
    key = url.path.lstrip("/").partition("/")[2]
    return OPERATIONS.get((method, bool(key), asked))


class FaultyProxy:
    """A context manager: ``endpoint_url`` stands for the server behind it.

    ``operations`` has the names of all that was asked, also of what then failed.
    """

    def __init__(self, endpoint_url):
        """``endpoint_url``: the server behind, over plain HTTP."""
        self.upstream = urlsplit(endpoint_url).netloc
        self.operations = []
        self._lifted = threading.Event()
        self._port = 0
        self._fault = (None, "", 0)
        self._rule = None
        self._lock = threading.Lock()

    def __enter__(self):
        self._open()
        return self

    def __exit__(self, *_exception):
        self._close()

    @property
    def endpoint_url(self):
        """The address that clients use."""
        return f"http://127.0.0.1:{self._port}"

    @contextlib.contextmanager
    def fault(self, operation, fault, times=math.inf):
        """Let the operation, in S3's words, go wrong.

        :param fault: what happens: ``down`` (from then on all connections are refused), ``slow``
            (S3 hears of it when the fault is lifted), ``reset`` (of the connection in the middle
            of the content), ``403``, ``503``, or ``lost`` (S3 does it, and its answer is lost)
        :param times: how often, then all is well again
        """
        self._fault = (operation, fault, times)
        try:
            yield
        finally:
            self._fault = (None, "", 0)
            # What waits goes on, is done before this returns, and its answer reaches nobody.
            self._lifted.set()
            self._close()
            self._open()

    @contextlib.contextmanager
    def answering(self, rule):
        """Answer in place of S3, as another server would.

        :param rule: a function of S3's name of the operation and the request's headers, which
            returns status and body of the answer, or None if S3 answers itself
        """
        self._rule = rule
        try:
            yield
        finally:
            self._rule = None

    def answer_to(self, operation, headers):
        """Return status and body in place of what S3 would answer, or None."""
        return self._rule and self._rule(operation, headers)

    def take_fault(self, operation):
        """Return what is to go wrong with a request, empty if nothing is."""
        with self._lock:
            self.operations.append(operation)
            at, fault, times = self._fault
            if at != operation or not times:
                return ""
            self._fault = (at, fault, times - 1)
            return fault

    @contextlib.contextmanager
    def turn(self):
        """Wait until the fault is lifted, and for those who came before."""
        mine = threading.Event()
        with self._lock:
            before, self._turn = self._turn, mine
        before.wait(20)
        try:
            yield
        finally:
            mine.set()

    def _open(self):
        self._lifted.clear()
        self._turn = self._lifted
        self._server = _Server(("127.0.0.1", self._port), _Handler)
        self._server.proxy = self
        self._port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def _close(self):
        self._server.go_down()
        self._server.break_connections()
        self._server.server_close()  # waits for the threads of all connections
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._connections = set()

    def process_request(self, request, client_address):
        self._connections.add(request)
        return super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._connections.discard(request)
        return super().shutdown_request(request)

    def go_down(self):
        """Refuse connections from now on."""
        self.shutdown()
        self.socket.close()

    def break_connections(self):
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are written apart; the body must not wait for the first to be confirmed.
    disable_nagle_algorithm = True

    def handle(self):
        """Serve one connection; when either side goes, it ends for the other."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            return super().handle()

    def relay(self):
        operation = operation_of(self.command, self.path)
        fault = self.server.proxy.take_fault(operation)
        if answer := self.server.proxy.answer_to(operation, self.headers):
            self._refuse(*answer)
        elif fault in ("403", "503"):
            self._refuse(int(fault))
        else:
            getattr(self, f"_{fault or 'forward'}")()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = relay

    def log_message(self, *_arguments):
        """Say nothing: ``operations`` has it."""

    # ------------------------------------------------------------------
    # What may happen to a request
    # ------------------------------------------------------------------

    def _down(self):
        self.server.go_down()
        self._break()

    def _slow(self):
        body = self._read()
        with self.server.proxy.turn():
            self._forward(body=body, share=0)

    def _reset(self):
        if self.command == "GET":
            self._forward(share=0.5)
        else:
            self.rfile.read(int(self.headers.get("Content-Length", 0)) // 2)
        self._break()

    def _lost(self):
        self._forward(share=0)

    def _refuse(self, status, content=None):
        self._read()
        if content is None:
            content = ERROR.format({403: "AccessDenied", 503: "SlowDown"}[status]).encode()
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _forward(self, body=None, share=1):
        """Pass the request on, and of the answer's body this share back, 0 for no answer."""
        headers = {k: v for k, v in self.headers.items() if k.lower() not in NOT_PASSED_ON}
        upstream = http.client.HTTPConnection(self.server.proxy.upstream)
        try:
            body = self._read() if body is None else body
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
            if share:
                self._answer(answer, share)
            else:
                self.close_connection = True
        finally:
            upstream.close()

    def _answer(self, answer, share):
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in NOT_PASSED_ON:
                self.send_header(name, value)
        self.end_headers()
        left = math.inf if share == 1 else int((answer.length or 0) * share)
        while left and (piece := answer.read(min(left, PIECE))):
            self.wfile.write(piece)
            left -= len(piece)
        # Not 0 when something is missing, None when only the connection's end ends the body.
        if answer.length != 0:
            self.close_connection = True

    def _read(self):
        wanted = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(wanted)
        if len(body) < wanted:
            raise ConnectionResetError("The client has gone.")
        return body

    def _break(self):
        # Closed without lingering, the connection is reset; what was sent must arrive before.
        if self.command != "GET":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
