"""Addresses of web pages: made whole, compared without what says nothing, and whose they are."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

_SHARED = (
    "blogspot.com wordpress.com medium.com substack.com github.io gitlab.io netlify.app "
    "vercel.app pages.dev web.app firebaseapp.com herokuapp.com tumblr.com weebly.com "
    "wixsite.com ghost.io feedburner.com rss.app feedly.com google.com rssing.com "
    "kompasiana.com blogger.com livejournal.com notion.site cloudfront.net "
    "amazonaws.com "
)
SHARED = frozenset(_SHARED.split())
"""Sites whose parts belong to many: one of them says nothing about the others."""

_SECOND_LEVEL = "ac co com desa edu go gov mil my net or org ponpes sch web biz "
SECOND_LEVEL = frozenset(_SECOND_LEVEL.split())
"""Labels that stand before a country's as part of the suffix: co.id, com.sg, ac.uk."""

_TRACKING = re.compile(
    r"(utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|mc_[ce]id|_ga|ref|ref_src|"
    r"cmpid|xtor|at_\w+|oc|ved|usg|spm|sr_share)$",
    re.IGNORECASE,
)

_FORMS = frozenset({"amp", "amp=1", "m=1", "outputtype=amp", "page=all", "single=1"})
"""Parameters that ask for another form of the same page: AMP, for phones, on one page."""

_FORM_HOSTS = ("m.", "amp.", "mobile.")
_FORM_PATH = re.compile(r"^/amp(?=/)|[/.]amp$|/+$")

_CACHED = re.compile(
    r"https?://(?:[\w-]+\.cdn\.ampproject\.org/[acv]|(?:www\.)?google\.[a-z.]{2,6}/amp)/(s/)?"
    r"(?P<page>[\w.-]+/.*)",
    re.IGNORECASE,
)
"""Pages that an AMP cache keeps, under the address of the page."""

_WRAPPED = re.compile(
    r"https?://(?:(?:www\.)?google\.[a-z.]{2,6}/url|lm?\.(?:facebook|instagram)\.com/l?(?:\.php)?/?)"
    r"\?(?P<query>.+)",
    re.IGNORECASE,
)


def absolute(link: str, *bases: str) -> str:
    """``link`` as a whole http(s) address, from the first of ``bases`` that makes it one; "" where
    none does."""
    link = re.sub(r"[\x00-\x20]+", " ", link).strip().replace(" ", "%20")
    for base in ("", *bases) if link else ():
        try:
            joined = urljoin(base, link)
            parts = urlsplit(joined)
        except ValueError:
            continue
        if parts.scheme.lower() in ("http", "https") and parts.hostname:
            return urlunsplit(parts._replace(scheme=parts.scheme.lower()))
    return ""


def unwrapped(link: str) -> str:
    """Where a link leads that only counts who follows it (Google Alerts, Facebook), or that is a
    copy in an AMP cache; else itself."""
    if cached := _CACHED.match(link):
        return f"https://{cached['page']}"
    if not (found := _WRAPPED.match(link)):
        return link
    query = dict(parse_qsl(found["query"]))
    return next(
        (whole for name in ("url", "q", "u") if (whole := absolute(query.get(name, "")))), link
    )


def canonical(link: str) -> str:
    """The address without what may differ between two ways to one page: scheme, ``www.``, the form
    for phones or AMP, tracking parameters, fragment, a slash at the end. "" for what is no web
    address."""
    whole = unwrapped(absolute(link))
    if not whole:
        return ""
    parts = urlsplit(whole)
    try:
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return ""
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.match(name) and f"{name}={value}".rstrip("=").lower() not in _FORMS
    ]
    host = _without_form((parts.hostname or "").rstrip("."))
    path = parts.path
    while (shorter := _FORM_PATH.sub("", path)) != path:
        path = shorter
    return f"https://{host}{port}{path}" + (f"?{urlencode(query)}" if query else "")


def _without_form(host: str) -> str:
    """A host without the label that stands for a form of its pages, where both have one owner."""
    host = host.removeprefix("www.")
    for label in _FORM_HOSTS:
        rest = host.removeprefix(label)
        if rest != host and site_of(f"//{rest}") == site_of(f"//{host}"):
            return rest
    return host


def site_of(link: str) -> str:
    """Whose page it is: the part of the host that one owner has (``kompas.com`` of
    ``www.tekno.kompas.com``), an address with its port where the host is a number; "" for none."""
    try:
        parts = urlsplit(link)
        host, port = (parts.hostname or "").lower().rstrip("."), parts.port
    except ValueError:
        return ""
    if _is_number(host) or "." not in host:
        return f"{host}:{port}" if host and port else host
    labels = host.split(".")
    shared = next((n for n in (2, 3) if ".".join(labels[-n:]) in SHARED), 0)
    if shared:
        return host
    country = len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL
    return ".".join(labels[-3:] if country else labels[-2:])


def is_deep(link: str) -> bool:
    """Whether an address looks like one article's rather than a front page or a section's."""
    parts = urlsplit(link)
    last = parts.path.rstrip("/").rpartition("/")[2]
    return bool(parts.query) or len(last) >= 12 or any(c.isdigit() for c in last)


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
