"""The one HTTP session for talking to shops, Brevo and whatever address a merchant gave us.

It connects to public addresses over https only, unless `allow_insecure_upstreams` says otherwise. The name
is looked up once for each connection, every address found is judged, and the connection goes to a judged
one: a second lookup with another answer (DNS rebinding) cannot happen. TLS still checks the certificate
against the name. Redirects come back through the same adapter, so each hop is judged again.

urllib3 opens its sockets in `HTTPConnection._new_conn`; that one method is replaced (urllib3 2.x).
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from collector.domain.errors import SourceUnavailable
from collector.outgoing.addresses import why_refused

Resolve = Callable[[str, int], Sequence[str]]  # host, port -> IP addresses as text; raises socket.gaierror
Dial = Callable[[str, int, float | None], socket.socket]  # IP, port, timeout in s -> connected; raises OSError

TIMEOUT_S = (5.0, 30.0)  # to connect; between two pieces of the answer
ANSWER_LIMIT = 32 * 1024 * 1024  # bytes, unpacked; a page of 100 large orders has about two million
CURE = "Give a public https address; for tests only, set allow_insecure_upstreams: true."


class AddressRefused(SourceUnavailable, requests.RequestException):
    """We do not connect there. Both families: clients that map requests' errors must let it pass first."""


class AnswerTooLarge(SourceUnavailable, requests.RequestException):
    """The answer is larger than anything we ask for."""


class _Turned(Exception):
    """Carries the reason out of urllib3, which would retry and wrap anything that is an OSError."""


def system_resolve(host: str, port: int) -> list[str]:
    """The operating system's answer, which also reads `127.1`, `0x7f000001` and `2130706433`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # an empty label, or one longer than 63 characters
        raise socket.gaierror(socket.EAI_NONAME, f"not a host name: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def system_dial(ip: str, port: int, timeout: float | None) -> socket.socket:
    return create_connection((ip, port), timeout, socket_options=HTTPConnection.default_socket_options)


def checked_addresses(host: str, port: int, resolve: Resolve, allow_insecure: bool) -> Sequence[str]:
    """All addresses of `host`. One bad among them refuses the host: who answers so is not to be trusted."""
    found = resolve(host, port)
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, "no address")
    for ip in () if allow_insecure else found:
        why = why_refused(ip)
        if why is not None:
            raise _Turned(f"{host} has the address {ip}: {why}.")
    return found


def _pool_classes(open_socket: Callable[[HTTPConnection], socket.socket]) -> dict[str, Any]:
    """Connection pools whose sockets are opened by `open_socket`; everything else is urllib3's own."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return open_socket(self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return open_socket(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class GuardedAdapter(HTTPAdapter):
    """requests' adapter with the judgement built in. Raises AddressRefused, AnswerTooLarge, requests' own."""

    def __init__(
        self,
        allow_insecure: bool,
        timeout: tuple[float, float],
        resolve: Resolve,
        dial: Dial,
        answer_limit: int,
    ) -> None:
        self._allow_insecure = allow_insecure
        self._timeout = timeout
        self._resolve = resolve
        self._dial = dial
        self._answer_limit = answer_limit
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pool_classes(self._open)

    def _open(self, connection: HTTPConnection) -> socket.socket:
        """A socket to a judged address; the errors are those of the method it replaces."""
        host = connection._dns_host.strip("[]")
        try:
            addresses = checked_addresses(host, connection.port, self._resolve, self._allow_insecure)
        except socket.gaierror as error:
            raise NameResolutionError(connection.host, connection, error) from error
        failure: OSError = OSError("no address could be tried")
        for ip in addresses:
            try:
                return self._dial(ip, connection.port, connection.timeout)
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(connection, f"{host} did not answer in time") from failure
        raise NewConnectionError(connection, f"no connection: {failure}") from failure

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """`proxies` is ignored: a proxy would do the lookup, and unjudged."""
        scheme = urlsplit(request.url or "").scheme.lower()
        if scheme not in ("http", "https"):
            raise AddressRefused(f"{scheme or 'no scheme'}: is not how we talk to anybody.", CURE)
        if scheme == "http" and not self._allow_insecure:
            host = urlsplit(request.url or "").hostname
            raise AddressRefused(f"http://{host} is not encrypted.", CURE)
        try:
            response = super().send(request, stream=stream, timeout=timeout or self._timeout, verify=verify, cert=cert)
        except _Turned as turned:
            raise AddressRefused(str(turned), CURE) from None
        if not stream:
            read_limited(response, self._answer_limit)
        return response


def read_limited(response: requests.Response, limit: int) -> bytes:
    """Read the whole body into `response.content`. Raises AnswerTooLarge beyond `limit` bytes, unpacked."""
    body = bytearray()
    for chunk in response.iter_content(65536):
        body += chunk
        if len(body) > limit:
            response.close()
            raise AnswerTooLarge(f"The answer has more than {limit} bytes.", "Look at what the address serves.")
    response._content = bytes(body)  # what `.content`, `.text` and `.json()` read
    return response._content


def guarded_session(
    allow_insecure: bool,
    timeout: tuple[float, float] = TIMEOUT_S,
    *,
    resolve: Resolve = system_resolve,
    dial: Dial = system_dial,
    answer_limit: int = ANSWER_LIMIT,
) -> requests.Session:
    """A session that is safe to point at an address a stranger gave. `timeout`: connect, read, in seconds.

    Proxies, certificates and .netrc from the environment are not used. A call may give its own `timeout`.
    """
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 5
    session.headers["User-Agent"] = "Tajo-Collector"
    adapter = GuardedAdapter(allow_insecure, timeout, resolve, dial, answer_limit)
    for prefix in ("", "http://", "https://"):  # "": whatever else comes is refused in our words
        session.mount(prefix, adapter)
    return session
