"""HTML as plain text. Platforms' texts are hostile: tags go, scripts go with what is in them."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

HIDDEN = {"script", "style", "template", "iframe", "object", "svg"}
BREAKS = {"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "hr"}
MOST = 20_000
"""Characters that are looked at; nobody's mention of a brand is longer."""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.hidden = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in HIDDEN and not self.hidden:
            self.hidden = tag
        self.said.append("\n" if tag in BREAKS else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == self.hidden:
            self.hidden = ""
        self.said.append("\n" if tag in BREAKS else "")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.said.append(data)


def plain(html: str) -> str:
    """The text of ``html``, white space folded. Text without any markup stays as it is."""
    html = html[:MOST]
    if "<" in html:
        parser = _Text()
        parser.feed(html)
        parser.close()
        html = "".join(parser.said)
    else:
        html = unescape(html)
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", html)).strip()
