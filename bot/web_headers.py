"""The headers of every answer of our web servers, after the list of OWASP's Secure Headers project.

They stand around the whole application, so that its errors have them as well.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy for what is no page: nothing may be loaded or run."""
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Referrer-Policy": "same-origin",  # with "no-referrer" a browser would not say where a form stood
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
_OVER_TLS: Final = {"Strict-Transport-Security": "max-age=31536000"}
"""Only where the proxy says that the browser came over TLS: over plain HTTP it means nothing."""


class SecureHeaders:
    """Adds `HEADERS` and a Content-Security-Policy to every answer, except those that the answer has of its own.

    Where a browser came over TLS, cookies are marked to be sent over TLS only.
    """

    def __init__(self, app: ASGIApp, policy: str = NOTHING) -> None:
        self._app = app
        self._headers = {**HEADERS, "Content-Security-Policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        over_tls = scope["type"] == "http" and scope["scheme"] == "https"

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(scope=message)
                for name, value in (self._headers | (_OVER_TLS if over_tls else {})).items():
                    own.setdefault(name, value)
                if over_tls:
                    message["headers"] = [_over_tls_only(*header) for header in message["headers"]]
            await send(message)

        await self._app(scope, receive, with_headers)


def _over_tls_only(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    is_open = name == b"set-cookie" and b"; secure" not in value.lower()
    return name, value + b"; Secure" if is_open else value
