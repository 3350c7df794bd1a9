"""HTML as plain text. Platforms' texts are hostile: tags go, scripts go with what is in them."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

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


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in HIDDEN and not self.hidden:
            self.hidden = tag
        self.parts.append(_gap(tag))

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.parts.append(_gap(tag))  # <script/> hides nothing of what follows

    def handle_endtag(self, tag: str) -> None:
        if tag == self.hidden:
            self.hidden = ""
        self.parts.append(_gap(tag))

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def _gap(tag: str) -> str:
    return "\n" if tag in BLOCKS else " " if tag in CELLS else ""


def text_from_html(html: str) -> str:
    """The text of ``html``, white space folded, ``MAX_TEXT`` characters at most. Text without any
    markup stays as it is."""
    html = html[:MAX_HTML]
    if "<" in html:
        parser = _Text()
        parser.feed(html)
        parser.close()
        html = "".join(parser.parts)
    else:
        html = unescape(html)
    text = re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", html)).strip()
    return text[:MAX_TEXT]
