"""The words of a crisis: from the shipped lists (``terms/``) to something quick to ask.

The lists are read once. Indonesian roots are written out with their affixes and English words with
their endings, so that a text's words need only be looked up. The rules of Indonesian word formation
are those of Sneddon, Indonesian: A Comprehensive Grammar (2nd ed. 2010), chapter 1.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from monitor.problems import Problem
from monitor.query.text import normalise

FOLDER = Path(__file__).parent / "terms"

GAP = 3
"""Words that ``...`` stands for at most."""

OWN_WEIGHT = 0.92
"""How sure one of a brand's own crisis terms makes a crisis."""

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
"""A word of a normalised text."""

_CLITICS = ("nya", "lah", "kah", "pun")

_ENDINGS = (
    "e", "ate", "ates", "ated", "ating", "ation", "ations", "or", "ors", "ent", "ants", "ant",
    "ence", "ity", "y", "ies",
)  # fmt: skip

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One line of a list. ``parts``: what must follow one another, each one of some phrases;
    ``gaps``: how many words may stand between a part and the next."""

    name: str
    weight: float
    parts: tuple[frozenset[Phrase], ...]
    gaps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Terms by the first word of what begins them."""

    by_first: Mapping[str, Sequence[Term]] = field(default_factory=dict)

    def words(self) -> frozenset[str]:
        """Words without one of which there is no term in a text."""
        return frozenset(self.by_first)


def lexicon_of(terms: Iterable[Term]) -> Lexicon:
    """The terms, ready to be looked up."""
    found: dict[str, list[Term]] = defaultdict(list)
    for term in terms:
        for first in {phrase[0] for phrase in term.parts[0]}:
            found[first].append(term)
    return Lexicon(dict(found))


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
    return Term(pieces[0].split("|")[0].strip("+~ "), weight, parts, gaps)


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
    return sorted({tuple(WORD.findall(word)) for word in words})


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
