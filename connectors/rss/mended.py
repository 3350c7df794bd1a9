"""A feed's text in which what an entry left open is closed.

An element that an entry never closes takes all entries behind it: programs that write feeds by hand
forget a ``</description>``, or the end of a CDATA section, and a reader of XML sees one entry.
"""

from __future__ import annotations

import re
from html import escape
from html.entities import html5

ELEMENTS = ("title", "description", "content:encoded", "summary", "pubdate", "guid", "author")
"""Of an entry, that hold words and none of the others."""

_NAMES = "|".join(map(re.escape, (*ELEMENTS, "link", "category", "dc:creator", "item", "entry")))
_TOKEN = re.compile(
    rf"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<name>{_NAMES})\b[^<>]*(?<!/)>",
    re.DOTALL | re.IGNORECASE,
)
_OUTSIDE = re.compile(rf"</(?:{'|'.join(map(re.escape, ELEMENTS))})\s*>", re.IGNORECASE)
_ENTRY_ENDS = re.compile(r"</(?:item|entry)\s*>", re.IGNORECASE)


_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that XML has none of."""

_REFERENCE = re.compile(
    r"(?P<whole><!\[CDATA\[.*?(?:\]\]>|\Z))"
    r"|&(?:(?P<told>\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]\w{1,31});)?",
    re.DOTALL,
)
"""A reference to a character, an ampersand that begins none (``H&M``), and what is written as it
is."""

_PLACES = re.compile(r"</?gml:[^<>]{0,500}>")
"""Where on Earth something is: feedparser's reading ends at a place outside of what it expects."""

_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_SURROGATE = re.compile("[\ud800-\udfff]")


def mended(text: str) -> str:
    """The text, as it is where every element is closed and every ampersand written as XML has
    it. References that are HTML's (``&nbsp;``) or no character's (half of an emoji, as
    ``&#55357;&#56832;``) end feedparser's strict reading, and some of them its other one, too."""
    text = _PLACES.sub("", _CONTROLS.sub(" ", text))
    declares = "<!ENTITY" in text
    text = _REFERENCE.sub(lambda found: _referred(found, declares), text)
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if text.count("<![CDATA[") != text.count("]]>"):
        text = _with_ended_sections(text)
    lower = text.lower()
    if all(lower.count(f"<{name}") == lower.count(f"</{name}") for name in ELEMENTS):
        return text
    return _with_closed_elements(text)


def _referred(found: re.Match[str], declares: bool) -> str:
    """What a reference means, where XML has none such. ``declares``: the text has its own."""
    told = found["told"]
    if found["whole"] or told in _OF_XML:
        return found[0]
    if not told:
        return "&amp;"
    if told[0] == "#":
        number = int(told[2:], 16) if told[1] in "xX" else int(told[1:])
        if 0xD800 <= number <= 0xDFFF:
            return chr(number)  # a half, of which two are one
        if number > 0x10FFFF or number in (0xFFFE, 0xFFFF):
            return "\ufffd"
        return " " if number < 0x20 and number not in (9, 10, 13) else found[0]
    meant = html5.get(f"{told};", "")
    return escape(meant, quote=False) or (found[0] if declares else f"&amp;{told};")


def _with_ended_sections(text: str) -> str:
    """Ends a CDATA section that holds the end of its entry where its element ends."""
    found, at, ending = [], 0, -1
    while (begin := text.find("<![CDATA[", at)) >= 0:
        if ending < begin and (ending := text.find("]]>", begin)) < 0:
            ending = len(text)
        stop = ending
        if _ENTRY_ENDS.search(text, begin, ending) and (
            end := _OUTSIDE.search(text, begin, ending)
        ):
            stop = end.start()
        found.append(text[at:stop] + ("]]>" if stop < ending else ""))
        at = stop
    return "".join([*found, text[at:]])


def _with_closed_elements(text: str) -> str:
    """Closes an element of an entry where the next one begins, or the entry ends."""
    found, at, left_open = [], 0, ""
    inside = False
    for token in _TOKEN.finditer(text):
        if not (name := (token["name"] or "").lower()):
            continue
        ends = bool(token["end"])
        if left_open and (not ends or name in ("item", "entry")):
            found.append(f"{text[at : token.start()]}</{left_open}>")
            at, left_open = token.start(), ""
        if name in ("item", "entry"):
            inside = not ends
        elif ends and name == left_open.lower():
            left_open = ""
        elif not ends and inside and name in ELEMENTS:
            left_open = token["name"]
    return "".join([*found, text[at:]])
