"""A Slack message drawn as SVG, as near to Slack as can be had without it: approximate."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any

DESKTOP, PHONE = 760, 390
"""Widths in points. A phone's first screen shows some 640 points of a channel."""

INK, FAINT, LINK, EDGE = "#1d1c1d", "#616061", "#1264a3", "#dddddd"

_NARROW, _WIDE = set("iljtf.,:;'|!()[] ·I"), set("mwMW@%—")


def width_of(text: str, size: float, bold: bool = False) -> float:
    """About how wide a text is in DejaVu Sans."""
    units = sum(0.36 if c in _NARROW else 0.95 if c in _WIDE else 0.62 for c in text)
    return units * size * (1.08 if bold else 1.0)


@dataclass(frozen=True)
class Run:
    """Words of one style."""

    text: str
    bold: bool = False
    italic: bool = False
    colour: str = INK
    code: bool = False


@dataclass
class Drawing:
    """A message being drawn. ``marks`` says where what is drawn ends, from the top."""

    width: int
    picture: bytes = b""
    y: float = 16.0
    left: float = 56.0
    parts: list[str] = field(default_factory=list)
    marks: dict[str, float] = field(default_factory=dict)

    @property
    def right(self) -> float:
        return self.width - 16.0

    def words(self, runs: Sequence[Run], size: float = 15, line: float = 22) -> None:
        """Runs of words, broken into lines."""
        x, self.y = self.left, self.y + line
        for run in runs:
            for number, paragraph in enumerate(run.text.split("\n")):
                if number:
                    x, self.y = self.left, self.y + line
                for word in _words(paragraph):
                    wide = width_of(word, size, run.bold)
                    if x + wide > self.right and x > self.left and word.strip():
                        x, self.y = self.left, self.y + line
                    self._text(x, word, size, run)
                    x += wide
        self.y += 4

    def _text(self, x: float, word: str, size: float, run: Run) -> None:
        style = ' font-weight="bold"' if run.bold else ""
        style += ' font-style="italic"' if run.italic else ""
        style += ' font-family="DejaVu Sans Mono"' if run.code else ""
        wide = width_of(word, size, run.bold)
        shown = escape(word)
        self.parts.append(
            f'<text x="{x:.1f}" y="{self.y:.1f}" font-size="{size}" fill="{run.colour}" '
            f'textLength="{wide:.1f}" lengthAdjust="spacingAndGlyphs" xml:space="preserve"{style}>'
            f"{shown}</text>"
        )

    def box(self, x: float, y: float, wide: float, high: float, fill: str, edge: str = "") -> None:
        stroke = f' stroke="{edge}"' if edge else ""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="6" '
            f'fill="{fill}"{stroke}/>'
        )

    def buttons(self, elements: Sequence[dict[str, Any]]) -> None:
        """Buttons and menus in rows."""
        x, self.y = self.left, self.y + 8
        for element in elements:
            menu = element["type"] == "static_select"
            label = (element.get("text") or element["placeholder"])["text"] + (" ▾" if menu else "")
            wide = width_of(label, 14, True) + 26
            if x + wide > self.right and x > self.left:
                x, self.y = self.left, self.y + 42
            primary = element.get("style") == "primary"
            self.box(x, self.y, wide, 34, "#007a5a" if primary else "#ffffff", "#bbbabb")
            top, self.y = self.y, self.y + 22
            self._text(x + 13, label, 14, Run(label, True, colour="#ffffff" if primary else INK))
            self.y = top
            self.marks[element["action_id"]] = self.y + 34
            x += wide + 8
        self.y += 40

    def image(self, alt: str) -> None:
        wide = min(self.right - self.left, 520.0)
        high = wide * 250 / 760
        self.y += 8
        data = base64.b64encode(self.picture).decode()
        self.parts.append(
            f'<image x="{self.left}" y="{self.y:.1f}" width="{wide:.1f}" height="{high:.1f}" '
            f'href="data:image/png;base64,{data}"/>'
        )
        self.y += high + 4

    def svg(self, caption: str) -> str:
        """The whole, with a caption that says what it is."""
        self.y += 18
        self.words([Run(caption, italic=True, colour=FAINT)], 11, 15)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" '
            f'height="{self.y + 10:.0f}" font-family="DejaVu Sans">'
            f'<rect width="100%" height="100%" fill="#ffffff"/>'
        )
        return head + "".join(self.parts) + "</svg>"


def drawn(message: dict[str, Any], at: str, width: int, picture: bytes = b"") -> Drawing:
    """The message as Slack shows one of an app."""
    made = Drawing(width, picture)
    made.box(14, 18, 32, 32, "#7a1f1a")
    made.y = 8
    made.words([Run("Siaga ", True), Run("APP  ", colour=FAINT), Run(at, colour=FAINT)])
    for block in message.get("blocks", ()):
        draw(made, block)
    for attachment in message.get("attachments", ()):
        top, made.left = made.y + 8, made.left + 16
        made.y += 6
        for block in attachment["blocks"]:
            draw(made, block)
        made.left -= 16
        made.box(made.left, top, 4, made.y - top, attachment["color"])
    return made


def draw(made: Drawing, block: dict[str, Any]) -> None:
    """One block."""
    match block["type"]:
        case "header":
            made.words([Run(block["text"]["text"], True)], 18, 25)
            made.marks["headline"] = made.y
        case "section" if "fields" in block:
            for one in block["fields"]:
                made.words([Run(_plain(one))])
        case "section":
            live = block["text"]["type"] == "mrkdwn"
            made.words([Run(_plain(block["text"]), live, colour=LINK if live else INK)])
        case "context":
            for element in block["elements"]:
                made.words([Run(_plain(element), colour=FAINT)], 13, 18)
        case "rich_text":
            for element in block["elements"]:
                made.words(list(_runs(element)))
            made.marks["facts"] = made.y
        case "actions":
            made.buttons(block["elements"])
        case "image":
            made.image(block["alt_text"])
        case "container":
            made.y += 8
            made.box(made.left, made.y, made.right - made.left, 34, "#ffffff", EDGE)
            made.y += 1
            made.left += 12
            made.words([Run("▸ " + block["title"]["text"], True)], 14, 21)
            made.left -= 12
            made.y += 10
        case "divider":
            made.y += 10


def _runs(element: dict[str, Any]) -> Iterator[Run]:
    for part in element["elements"]:
        style = part.get("style", {})
        words = part.get("text") or part.get("fallback") or part.get("url", "")
        colour = LINK if part["type"] == "link" else INK
        yield Run(
            words,
            bool(style.get("bold")),
            bool(style.get("italic")),
            colour,
            bool(style.get("code")),
        )


def _plain(text: dict[str, Any]) -> str:
    if text["type"] == "plain_text":
        return str(text["text"])
    words = str(text["text"]).replace("*", "")
    for sign in ("<!", "<@"):
        words = words.replace(sign, "@").replace("subteam^", "")
    return unescape(words).replace(">", "")


def _words(text: str) -> list[str]:
    found, word = [], ""
    for character in text:
        word += character
        if character == " ":
            found.append(word)
            word = ""
    return [*found, word] if word else found
