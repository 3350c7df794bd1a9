"""HTML as plain text. Platforms' texts are hostile: tags go, scripts go with what is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

HIDDEN = frozenset({"script", "style", "template", "iframe", "object", "svg", "noscript", "head"})
_BLOCKS = (
    "address article aside blockquote br caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol "
    "option p pre section select summary table tbody tfoot thead tr ul "
)
BLOCKS = frozenset(_BLOCKS.split())
"""Tags that begin a line of their own."""

CELLS = frozenset({"td", "th"})

MAX_TEXT = 20_000
"""Characters of text that are kept; nobody's mention of a brand is longer."""

MAX_HTML = 1_000_000
"""Characters of HTML that are looked at: tags take far more room than the words between them."""


_MARKUP = re.compile(
    r"<(?:"
    r"(?P<end>/?)(?P<tag>[a-zA-Z][^\s<>/\"']*+)"
    r"(?>[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+'|\"[^\"]{0,200}+\"|'[^']{0,200}+'|[\"'])*+>"
    r"|(?P<comment>!--)|(?P<cdata>!\[CDATA\[)|[!?/])"
)
"""A tag, or what begins a comment, a section, a declaration. Nothing in it is tried twice: the
standard library's parser takes minutes for comments that are not closed."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: its name in small letters, whether it ends an element, whether it is one in itself."""

    name: str
    ends: bool = False
    empty: bool = False


def tokens(html: str) -> Iterator[Tag | str]:
    """The tags of ``html`` and the text between them, in order. What hides text does so."""
    at, hidden = 0, ""
    unended: set[str] = set()
    while found := _MARKUP.search(html, at):
        if not hidden:
            yield unescape(html[at : found.start()])
        at = found.end()
        if found["tag"]:
            tag = Tag(found["tag"].lower(), bool(found["end"]), html[at - 2] == "/")
            if tag.ends and tag.name == hidden:
                hidden = ""
            elif tag.name in HIDDEN and not (hidden or tag.ends or tag.empty):
                hidden = tag.name  # <script/> hides nothing of what follows
            yield tag
        elif not found["cdata"]:
            at = _behind(html, at, ("-->", ">") if found["comment"] else (">",), unended)
            if at == found.end() and not (hidden or found["comment"]):
                yield found[0]
    if not hidden:
        yield unescape(html[at:])


def _behind(html: str, at: int, signs: Sequence[str], unended: set[str]) -> int:
    """The place behind the first of these signs that stands anywhere behind ``at``, which else is
    the answer. ``unended``: signs that no longer come, so that nobody looks for them again."""
    for sign in signs:
        if sign not in unended:
            end = html.find(sign, at)
            if end >= 0:
                return end + len(sign)
            unended.add(sign)
    return at


def _gap(tag: str) -> str:
    return "\n" if tag in BLOCKS else " " if tag in CELLS else ""


def text_from_html(html: str) -> str:
    """The text of ``html``, white space folded, ``MAX_TEXT`` characters at most. Text without any
    markup stays as it is."""
    html = html[:MAX_HTML]
    if "<" in html:
        parts = [part if isinstance(part, str) else _gap(part.name) for part in tokens(html)]
        html = "".join(parts).replace("]]>", "")
    else:
        html = unescape(html)
    text = re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", html)).strip()
    return text[:MAX_TEXT]
