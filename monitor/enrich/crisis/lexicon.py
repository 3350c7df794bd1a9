"""The words of a crisis: from the shipped lists (``terms/``) to something quick to ask.

The lists are read once. Indonesian roots are written out with their affixes and English words with
their endings, so that a text's words need only be looked up. The rules of Indonesian word formation
are those of Sneddon, Indonesian: A Comprehensive Grammar (2nd ed. 2010), chapter 1.
"""

from __future__ import annotations

import functools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from monitor.enrich.language import ENGLISH, INDONESIAN
from monitor.problems import Problem
from monitor.query.text import normalise

FOLDER = Path(__file__).parent / "terms"

GAP = 3
"""Words that ``...`` stands for at most."""

OWN_WEIGHT = 0.92
"""How sure one of a brand's own crisis terms makes a crisis."""

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
"""A word of a normalised text."""

_QUOTE = re.compile(r"(?<![^\W_])'|'(?![^\W_])")
"""A quote that is no part of a word."""

_SIGNS = {code: " " for code in range(128) if not chr(code).isalnum() and chr(code) != "'"}

_CLITICS = ("nya", "lah", "kah", "pun")

_ENDINGS = (
    "e", "ate", "ates", "ated", "ating", "ation", "ations", "or", "ors", "ent", "ants", "ant",
    "ence", "ity", "y", "ies",
)  # fmt: skip


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMON = (INDONESIAN | ENGLISH) | _set(
    """
    makanan minuman nasi ayam daging ikan susu kopi roti air rasa rasanya menu produk obat mobil
    besar berat tua bawah masuk kembali setelah usai jam kata minta bawa membawa kena hidup keras
    menarik tarik desain antre bakar order uang dana biaya potongan tarif pelanggan konsumen warga
    masyarakat mahasiswa karyawan pekerja buruh pengguna nasabah penumpang pembeli anak ibu orang
    user users customer customers people data news class march went found under late catch goes
    lost waiting missing hair fall storm cover lead behind court police food kitchen store plane
    bus flight car staff worker workers product products company phone factory bank app sale sold
    back game take takes taking took way their work works run runs life waiting wait comes tell
    tells left stop stops hour hours row month months country room pay paid post posts job jobs bit
    wrong called leave leaves late cancelled cancel delayed delay lead dead raw fly flies death
    cream worst home house school road train driver drivers man woman men women child children
    baby girl boy gets give gives makes show shows help want wants need talk call asks says finds
    found seen
    """
)
"""Words that are in many texts."""

Phrase = tuple[str, ...]


def words_of(text: str) -> list[str]:
    """The words of a normalised text; for most texts faster than by ``WORD``."""
    if not text.isascii():
        return WORD.findall(text)
    words = text.translate(_SIGNS).split()
    if "'" in text and _QUOTE.search(text):
        return [part for word in words for part in WORD.findall(word)]
    return words


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One line of a list. ``parts``: what must follow one another, each one of some phrases;
    ``gaps``: how many words may stand between a part and the next; ``words``: those of each part;
    ``firsts``: those that may begin the whole."""

    name: str
    weight: float
    parts: tuple[frozenset[Phrase], ...]
    gaps: tuple[int, ...]
    words: tuple[frozenset[str], ...]
    firsts: frozenset[str]

    def may_be_in(self, words: Set[str]) -> bool:
        """Whether a text with these words has one of each part's."""
        return not any(part.isdisjoint(words) for part in self.words)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Terms ready to be looked up, by words one of which must be in a text for the term to be:
    rare ones where there is a choice, so that most texts are done with a look at their words."""

    by_key: Mapping[str, Sequence[Term]]
    keys: frozenset[str]

    def maybe_in(self, words: Sequence[str]) -> Set[Term]:
        """The terms that may be in a text of these words."""
        there = self.keys.intersection(words)
        if not there:
            return frozenset()
        known = frozenset(words)
        return {term for key in there for term in self.by_key[key] if term.may_be_in(known)}


def lexicon_of(terms: Iterable[Term]) -> Lexicon:
    """The terms, ready to be looked up."""
    every = list(terms)
    uses = Counter(word for term in every for part in term.words for word in part)
    uses.update(dict.fromkeys(COMMON, len(every)))
    by_key: dict[str, list[Term]] = defaultdict(list)
    for term in every:
        for key in _keys(term, uses):
            by_key[key].append(term)
    return Lexicon(dict(by_key), frozenset(by_key))


def _keys(term: Term, uses: Mapping[str, int]) -> set[str]:
    """The rarest word of each phrase, of the part whose commonest such word is rarest."""
    parts = [
        {
            min(phrase, key=lambda word: (uses[word], -len(word))) if phrase[1:] else phrase[0]
            for phrase in part
        }
        for part in term.parts
    ]
    return min(parts, key=lambda words: max(uses[word] for word in words))


@functools.cache
def shipped_terms() -> tuple[Term, ...]:
    """The shipped terms of a crisis, Indonesian and English."""
    found: list[Term] = []
    for name in ("id", "en"):
        for section, lines in sections(FOLDER / f"{name}.txt"):
            weight = float(section.split()[0])
            found += [term_of(line, weight) for line in lines]
    return tuple(found)


def own_terms(lines: Iterable[str]) -> tuple[Term, ...]:
    """A brand's own terms, as its config has them. Raises ``Problem`` for one that says nothing."""
    return tuple(term_of(line, OWN_WEIGHT) for line in lines)


def sections(path: Path) -> list[tuple[str, list[str]]]:
    """Each section's title and its lines."""
    found: list[tuple[str, list[str]]] = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            found.append((line.strip("[]"), []))
        elif line and not line.startswith("#"):
            found[-1][1].append(line)
    return found


def term_of(line: str, weight: float) -> Term:
    """A line of a list. Raises ``Problem`` where there is nothing to look for."""
    pieces = re.split(r"\s+(\.\.\.|&)\s+", line.strip())
    parts = tuple(_alternatives(piece) for piece in pieces[::2])
    if not all(parts):
        raise Problem(
            f"`{line}` is no crisis term; write words such as `keracunan` or `data bocor`"
        )
    gaps = tuple(GAP if sign == "..." else 0 for sign in pieces[1::2])
    words = tuple(frozenset(word for phrase in part for word in phrase) for part in parts)
    firsts = frozenset(phrase[0] for phrase in parts[0])
    return Term(pieces[0].split("|")[0].strip("+~ "), weight, parts, gaps, words, firsts)


def _alternatives(piece: str) -> frozenset[Phrase]:
    found: set[Phrase] = set()
    for written in piece.split("|"):
        forms = [_forms(word) for word in written.split()]
        phrases: list[Phrase] = [()]
        for words in forms:
            phrases = [(*phrase, *word) for phrase in phrases for word in words]
        found.update(phrase for phrase in phrases if phrase)
    return frozenset(found)


def _forms(written: str) -> list[Phrase]:
    """The forms of one word as a list has it, each as the words a text would show."""
    plain = normalise(written.strip("+~"))
    if written.startswith("+"):
        words = affixed(plain)
    elif written.endswith("~"):
        words = inflected(plain)
    else:
        words = {plain, *(plain + clitic for clitic in _CLITICS)} if plain.isalpha() else {plain}
    if plain.isalpha():
        return [(word,) for word in words]
    return list({tuple(WORD.findall(word)) for word in words})


def affixed(root: str) -> set[str]:
    """An Indonesian root with its affixes; more than people use, and nothing that means another."""
    active, agent = _nasal("me", root), _nasal("pe", root)
    bases = {root, f"di{root}", f"ter{root}", f"ber{root}", active}
    found = {base + ending for base in bases for ending in ("", "kan", "i")}
    found |= {f"{root}an", f"ke{root}an", agent, f"{agent}an", f"per{root}an"}
    return found | {word + clitic for word in found for clitic in _CLITICS}


def _nasal(prefix: str, root: str) -> str:
    """``me`` or ``pe`` before a root: menipu, memboikot, menggugat, menuntut, pelecehan."""
    first = root[0]
    if first in "lrmnwy":
        return prefix + root
    if first in "kpts":
        return prefix + {"k": "ng", "p": "m", "t": "n", "s": "ny"}[first] + root[1:]
    if first in "bfv":
        return f"{prefix}m{root}"
    if first in "cdjz":
        return f"{prefix}n{root}"
    return f"{prefix}ng{root}"


def inflected(word: str) -> set[str]:
    """An English word with its endings."""
    found = {word, f"{word}s", f"{word}es", f"{word}ed", f"{word}ing", f"{word}er", f"{word}ers",
             f"{word}ion", f"{word}ions", f"{word}ous", f"{word}al"}  # fmt: skip
    if word.endswith("e"):
        stem = word[:-1]
        found |= {f"{word}d", f"{word}r", f"{word}rs"}
        found |= {stem + end for end in ("ing", "ion", "ions", "or", "ors", "ation", "ations")}
    elif word.endswith("y"):
        found |= {word[:-1] + end for end in ("ies", "ied")}
    else:
        found |= {word + word[-1] + end for end in ("ed", "ing", "er")}
        found |= {word + end for end in _ENDINGS}
    return found
