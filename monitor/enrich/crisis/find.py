"""Whether a text tells of a crisis: its crisis terms, less those it denies, prevents or only tells.

"BPOM periksa dugaan keracunan massal" does; "BPOM: tidak ada keracunan", "X denies data breach",
"cara mencegah penipuan" and "film tentang skandal" do not.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise

from monitor.enrich.crisis import concepts
from monitor.enrich.crisis.lexicon import (
    FOLDER,
    WORD,
    Lexicon,
    Phrase,
    Term,
    lexicon_of,
    own_terms,
    sections,
    shipped_terms,
    term_of,
    words_of,
)
from monitor.query.text import normalise

MAX_CHARS = 600
"""How much of a text is read: a headline and the first paragraph."""

ENOUGH = 0.5
"""Evidence from which on a text tells of a crisis."""

NEGATED_WORDS = 3
"""Words behind a negation that it takes back."""

_END = re.compile(r"[.,;:!?…]+(?=\s|$)|[()\[\]\"|]|\s[-/]\s")
"""What ends a clause between two words of a normalised text."""


@dataclass(frozen=True, slots=True)
class Crisis:
    """``terms``: the words that tell of a crisis, as they stand in the text, normalised.
    ``evidence``: how sure that is, 0 to 1. ``denied``: there are such words, all taken back.
    ``ordinary``: there are none, and the text tells of everyday business."""

    terms: tuple[str, ...] = ()
    evidence: float = 0.0
    denied: bool = False
    ordinary: bool = False


NONE = Crisis()
ORDINARY = Crisis(ordinary=True)
DENIED = Crisis(denied=True)

Span = tuple[int, int, Term]
"""A term in a clause: its first word, the one behind its last, which it is."""


class CrisisFinder:
    """Finds crisis terms: the shipped ones and a brand's own. Never changes."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        self._lexicon = lexicon_of((*shipped_terms(), *own_terms(own)))
        self._contexts = _contexts()

    def find(self, text: str, *, news: bool = True) -> Crisis:
        """What a text tells of a crisis. Whether one without its words is ``ordinary``, or denies
        something in others, is asked of ``news`` only."""
        text = text[:MAX_CHARS].replace("\0", "")
        words = words_of(text.lower()) if text.isascii() else words_of(_readable(text))
        wanted = self._lexicon.maybe_in(words)
        there = wanted and any(_spans(wanted, words))
        clauses = _clauses(_readable(text)) if there else []
        spans = [list(_spans(wanted, clause)) for clause in clauses]
        if not any(spans):
            return self._without_terms(words) if news else NONE
        found = _judged(clauses, spans)
        if not news or found.terms or found.denied or not self._contexts["ordinary"].any_in(words):
            return found
        return replace(found, ordinary=True)

    def _without_terms(self, words: Sequence[str]) -> Crisis:
        """What a text tells that has none of our words: what it denies may be in others."""
        if self._contexts["ordinary"].any_in(words):
            return ORDINARY
        return DENIED if self._contexts["refusal"].any_in(words) else NONE


def _readable(text: str) -> str:
    """A normalised text in which a line's end ends a clause."""
    return normalise(text.replace("\n", " | "))


def kinds_of(terms: Iterable[str], kinds: Iterable[str]) -> frozenset[str]:
    """Which of these sections of the shipped lists (``data breach``, ``recall`` …) crisis terms as
    they were found belong to. A brand's own terms belong to none."""
    said = [words_of(term) for term in terms]
    return frozenset(
        kind
        for kind in kinds
        if any(any(_spans(_of_kind(kind).maybe_in(words), words)) for words in said)
    )


@functools.cache
def _of_kind(kind: str) -> Lexicon:
    """The terms of one section, of every language."""
    return lexicon_of(
        term_of(line, 1.0)
        for language in ("id", "en")
        for title, lines in sections(FOLDER / f"{language}.txt")
        if title.partition(" ")[2] == kind
        for line in lines
    )


@functools.cache
def shipped() -> CrisisFinder:
    """The finder of the shipped terms."""
    return CrisisFinder()


def bad_words(text: str) -> tuple[str, ...]:
    """The words of harm, crime, abuse, anger or loss that stand in a text, each once, less what is
    taken back."""
    contexts = _contexts()
    found: dict[str, None] = {}
    for clause in _clauses(_readable(text[:MAX_CHARS].replace("\0", ""))):
        if contexts["rumour"].any_in(clause):
            return ()
        bad = [at for at, word in enumerate(clause) if concepts.is_bad(word)]
        taken = _taken_back(clause, contexts) if bad else ()
        found |= dict.fromkeys(clause[at] for at in bad if at not in taken)
    return tuple(found)


def is_opinion(text: str) -> bool:
    """Whether somebody speaks of himself in it."""
    return any(map(concepts.is_personal, words_of(normalise(text[:MAX_CHARS]))))


def _judged(clauses: Sequence[Sequence[str]], spans: Sequence[Sequence[Span]]) -> Crisis:
    """What the terms of each clause come to, less what is taken back."""
    contexts = _contexts()
    told: dict[str, float] = {}
    denied = False
    for clause, found in zip(clauses, spans, strict=True):
        taken = _taken_back(clause, contexts) if found else ()
        for start, end, term in found:
            if start in taken or (end - 1 in taken and not _negates(term)):
                denied = denied or term.weight >= ENOUGH
                continue
            name = " ".join(clause[start:end])
            told[name] = max(told.get(name, 0.0), term.weight)
    evidence = _together(told.values())
    if evidence < ENOUGH:
        return Crisis(evidence=0.0 if denied else evidence, denied=denied)
    if any(contexts["rumour"].any_in(clause) for clause in clauses):
        return Crisis(denied=True)
    return Crisis(tuple(sorted(told, key=lambda name: (-told[name], name))), evidence)


class _Context:
    """The phrases of one section of ``contexts.txt``."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lexicon = lexicon_of([term_of(line, 1.0) for line in lines])

    def any_in(self, clause: Sequence[str]) -> bool:
        return next(self.spans(clause), None) is not None

    def spans(self, clause: Sequence[str]) -> Iterator[tuple[int, int]]:
        wanted = self._lexicon.maybe_in(clause)
        return ((start, end) for start, end, _ in _spans(wanted, clause))


@functools.cache
def _contexts() -> Mapping[str, _Context]:
    return {name: _Context(lines) for name, lines in sections(FOLDER / "contexts.txt")}


@functools.cache
def _boundaries() -> frozenset[str]:
    lines = dict(sections(FOLDER / "contexts.txt"))["boundary"]
    return frozenset(word for line in lines for word in line.split("|"))


def _clauses(text: str) -> list[list[str]]:
    """The words of each clause of a normalised text."""
    boundaries = _boundaries()
    clauses = []
    for piece in _END.split(text):
        words = WORD.findall(piece)
        if boundaries.isdisjoint(words):
            clauses.append(words)
            continue
        starts = [
            0,
            *(at for at, word in enumerate(words) if at and word in boundaries),
            len(words),
        ]
        clauses += [words[start:end] for start, end in pairwise(starts)]
    return [clause for clause in clauses if clause]


def _spans(terms: Iterable[Term], clause: Sequence[str]) -> Iterator[Span]:
    """Where these terms stand in a clause."""
    for term in terms:
        if term.firsts.isdisjoint(clause):
            continue
        for start, word in enumerate(clause):
            if word in term.firsts:
                end = _match(term, clause, start)
                if end:
                    yield start, end, term


def _match(term: Term, clause: Sequence[str], start: int) -> int:
    """Where the term that begins here ends; 0 where it does not stand here."""
    end = _phrase_end(term.parts[0], clause, start)
    for part, gap in zip(term.parts[1:], term.gaps, strict=True):
        if not end:
            return 0
        ends = (_phrase_end(part, clause, at) for at in range(end, min(end + gap + 1, len(clause))))
        end = next(filter(None, ends), 0)
    return end


def _phrase_end(phrases: Set[Phrase], clause: Sequence[str], at: int) -> int:
    for length in (3, 2, 1, 4):
        if at + length <= len(clause) and tuple(clause[at : at + length]) in phrases:
            return at + length
    return 0


def _negates(term: Term) -> bool:
    """Whether a term says "not" itself: "tak kunjung dibayar"."""
    return any(not _negations().isdisjoint(words) for words in term.words)


@functools.cache
def _negations() -> frozenset[str]:
    lines = dict(sections(FOLDER / "contexts.txt"))["negation"]
    return frozenset(word for line in lines for word in re.split(r"[ |]", line))


def _taken_back(clause: Sequence[str], contexts: Mapping[str, _Context]) -> Set[int]:
    """The places of a clause whose words are denied, negated, prevented or of other things."""
    everything = range(len(clause))
    if contexts["denial"].any_in(clause) or contexts["decline"].any_in(clause):
        return set(everything)
    taken: set[int] = set()
    for start, end in contexts["harmless"].spans(clause):
        taken.update(range(start, end))
    excepted = {start for start, _ in contexts["no negation"].spans(clause)}
    for start, end in contexts["negation"].spans(clause):
        if start not in excepted:
            taken.update(range(end, end + NEGATED_WORDS))
    failed = {end for _, end in contexts["failure"].spans(clause)}
    for start, _ in contexts["prevention"].spans(clause):
        if not failed & {start, start - 1}:
            taken.update(everything[start + 1 :])
    return taken


def _together(weights: Iterable[float]) -> float:
    """How sure several words make it, each taken for independent evidence."""
    return 1.0 - math.prod(1.0 - weight for weight in weights)
