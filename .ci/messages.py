"""The catalogs of translations: `make messages` brings them to what the program says now.

Entries nobody says any more go, new ones come in untranslated, everything else stays as it is
written. `make messages LANGUAGE=ms` starts a language. The gate `languages` finds what is missing.
"""

from __future__ import annotations

import ast
import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import escape, read_po
from helps import helps
from problems import templates as mended
from reasons import nodes, tree_of
from reasons import templates as reasons

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "alerting" / "locale"
SPOKEN_IN = ("alerting", "monitor/jobs", "monitor/web", "monitor/cli")
KEYWORDS = {"_": None, "n_": (1, 2), "parts": None}
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
FIRST = "id"
"""The language whose order and comments a new one starts with."""

MAX_SAME = 0.25
"""Share of texts that may read as in English (names, units): beyond it nobody translated them."""

HEADER = """# {name}. The English text is the msgid; `make messages` keeps the entries.
msgid ""
msgstr ""
"Project-Id-Version: {domain}\\n"
"Language: {code}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals};\\n"
"""

Text = str | tuple[str, ...]


@cache
def said() -> dict[Text, None]:
    """Every text that goes through a translation, in the order of the files."""
    called = {
        message: None
        for folder in SPOKEN_IN
        for _, _, message, _, _ in extract_from_dir(
            str(ROOT / folder), method_map=METHODS, keywords=KEYWORDS
        )
    }
    return called | dict.fromkeys(helps())


def unseen() -> Iterator[str]:
    """Where a text is spoken in which the extractor does not see it: within an f-string, or among
    the values of another text. It would be English for everybody."""
    seen = {one for text in said() for one in ([text] if isinstance(text, str) else text)}
    for path in (file for folder in SPOKEN_IN for file in sorted((ROOT / folder).rglob("*.py"))):
        for node in nodes(tree_of(path)):
            match node:
                case ast.Call(
                    func=ast.Name(id="_" | "n_") | ast.Attribute(attr="_" | "n_"),
                    args=[ast.Constant(value=str(text)), *_],
                ) if text not in seen:
                    place = path.relative_to(ROOT)
                    yield f"{place}:{node.lineno}: {text!r} is not harvested; say it on its own"


CATALOGS: Mapping[str, Callable[[], Mapping[Any, None]]] = {
    "siaga": said,
    "reasons": reasons,
    "problems": mended,
}
"""What is said to readers, why a source cannot be read, what is to be mended: a catalog each."""


def path_of(language: str, domain: str = "siaga") -> Path:
    """Where a language's catalog is."""
    return FOLDER / language / "LC_MESSAGES" / f"{domain}.po"


def read(language: str, domain: str = "siaga") -> Catalog:
    """A language's catalog. Raises OSError or ValueError."""
    with path_of(language, domain).open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def problems() -> list[str]:
    """What keeps a reader of some language from being spoken to in it."""
    return [
        *unseen(),
        *(
            found
            for place in sorted(FOLDER.iterdir())
            for domain in CATALOGS
            for found in _problems(place.name, domain)
        ),
    ]


def _problems(language: str, domain: str) -> Iterator[str]:
    path = path_of(language, domain)
    name = path.relative_to(ROOT)
    if not path.is_file():
        yield f"{name} is not there: a language is a folder with this file"
        return
    try:
        catalog = read(language, domain)
    except (UnknownLocaleError, ValueError) as error:
        yield f"{name}: {error}"
        return
    entries = {_key(m): m for m in catalog if m.id}
    translated = {key for key, m in entries.items() if all(_strings(m)) and not m.fuzzy}
    texts = CATALOGS[domain]()
    missing = [text for text in texts if text not in translated]
    stale = [text for text in entries if text not in texts]
    same = [key for key in translated if set(_strings(entries[key])) <= {key, *key}]
    if missing:
        yield f"{name}: {len(missing)} of {len(texts)} texts are not translated: {missing[0]!r} …"
    if stale:
        yield f"{name}: {len(stale)} texts are no longer said: {stale[0]!r} …"
    if len(same) > MAX_SAME * len(texts):
        yield f"{name}: {len(same)} of {len(texts)} translations are the English text itself"


def update(language: str, domain: str = "siaga") -> tuple[int, int]:
    """Bring a catalog to what is said now; how many entries came and went. Starts a new one."""
    path = path_of(language, domain)
    new = not path.is_file()
    catalog = read(FIRST if new else language, domain)
    header = (
        _header(language, domain) if new else path.read_text("utf-8").split("\n\n", 1)[0] + "\n"
    )
    plurals = int(get_plural(language)[0]) if new else catalog.num_plurals
    texts, blocks, comments, gone = dict(CATALOGS[domain]()), [], [], 0
    for message in catalog:
        if not message.id:
            continue
        comments += message.user_comments
        if _key(message) not in texts:
            gone += 1
            continue
        del texts[_key(message)]
        blocks.append(_block(message, comments, plurals if new else 0))
        comments = []
    blocks += [_block(Message(key), [], plurals) for key in texts]
    if new or texts or gone:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([header, *blocks]), "utf-8")
    return (len(blocks) if new else len(texts)), gone


def _header(language: str, domain: str) -> str:
    english = Locale.parse(language).get_display_name("en") or language
    return HEADER.format(
        domain=domain, name=english, code=language, plurals=str(get_plural(language)).rstrip(";")
    )


def _block(message: Message, comments: list[str], empty: int) -> str:
    """An entry of a catalog; ``empty``: untranslated, with so many plural forms."""
    key, strings = _key(message), [""] * empty if empty else _strings(message)
    lines = [f"# {comment}" for comment in comments]
    lines += ["#, fuzzy"] if message.fuzzy and not empty else []
    if isinstance(key, str):
        return "\n".join([*lines, f"msgid {escape(key)}", f"msgstr {escape(strings[0])}", ""])
    lines += [f"msgid {escape(key[0])}", f"msgid_plural {escape(key[1])}"]
    lines += [f"msgstr[{n}] {escape(string)}" for n, string in enumerate(strings)]
    return "\n".join([*lines, ""])


def _key(message: Message) -> Text:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def main(languages: list[str]) -> int:
    gc.disable()  # nothing of what is parsed is garbage; looking for some doubles the time
    for language in languages or sorted(place.name for place in FOLDER.iterdir()):
        for domain in CATALOGS:
            try:
                came, went = update(language, domain)
            except (UnknownLocaleError, ValueError) as error:
                print(f"{language}: {error}; write it as id, ms or pt_BR")
                return 1
            place = path_of(language, domain).relative_to(ROOT)
            print(f"{place}: {came} new, {went} gone")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
