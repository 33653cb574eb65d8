"""Which addresses Telegram lets a bot link to.

Telegram is stricter than a browser: `tel:` links, host names without a dot and most schemes are refused in
buttons, and silently dropped from text. A bot that hands out phone numbers has to know this.
"""

import re

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_APP_LINK = re.compile(r"(tg|ton|tonsite)://?[A-Za-z0-9_-]", re.IGNORECASE)
_HOST_END = re.compile(r"[/?#]")
_MAX_PORT = 65535


class LinkError(ValueError):
    """Why Telegram does not take an address; the message is Telegram's own."""


def normalized(url: str) -> str:
    """Return `url` as Telegram stores it; raise LinkError where Telegram refuses it."""
    url = url.strip()
    if _APP_LINK.match(url):
        return url
    match = _SCHEME.match(url)
    scheme, rest = (match["scheme"].lower(), match["rest"]) if match else ("http", url)
    if scheme not in ("http", "https"):
        raise LinkError("Unsupported URL protocol")
    authority = _HOST_END.split(rest, maxsplit=1)[0]
    tail = rest[len(authority) :]
    host, _, port = authority.rpartition("@")[2].partition(":")
    if port and not (port.isdecimal() and 0 < int(port) <= _MAX_PORT):
        raise LinkError("Wrong port number specified in the URL")
    if not host:
        raise LinkError("URL host is empty")
    if "." not in host or re.search(r"\s", host):
        raise LinkError("Wrong HTTP URL")
    separator = "" if tail.startswith("/") else "/"
    return f"{scheme}://{authority}{separator}{tail}"


def link_or_empty(url: str) -> str:
    """Return the address of a link in a text; nothing where Telegram drops the link and keeps the words."""
    try:
        return normalized(url)
    except LinkError:
        return ""
