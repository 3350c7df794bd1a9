"""From a query's text to its AST, by lark. Every mistake becomes one line with its place."""

from __future__ import annotations

import difflib
import functools
import re
from collections import deque
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken

from monitor.model import Language
from monitor.query.ast import (
    MAX_DEPTH,
    MAX_LENGTH,
    Account,
    And,
    Field,
    Hashtag,
    Leaf,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    QueryProblem,
    Term,
    anchored,
)
from monitor.query.foreign import (
    PLATFORMS,
    behind_a_phrase,
    doubtful_call,
    doubtful_phrase,
    doubtful_word,
    foreign_field,
    foreign_word,
)
from monitor.query.text import is_word, normalise, searchable

FIELDS = ("lang", "platform", "author")
BEFORE = ("not", "atleast")
"""Words that are operators in front of what they are about."""

_TYPED = str.maketrans(
    dict.fromkeys("“”„‟″＂«»‹›〝〞〟「」『』", '"')
    | {"（": "(", "）": ")", "＊": "*", "＃": "#", "＠": "@"}
    | dict.fromkeys("\u200b\u200e\u200f\u2060\ufeff", " ")
)
"""What keyboards and word processors write for quotes and parentheses; marks nobody sees."""

_GRAMMAR = r"""
?start: either
?either: both (_OR both)*
?both: one (_AND? one)*
?one: _NOT one -> negated
    | "(" either ")"
    | PHRASE -> phrase
    | NAMED -> word
    | WORD -> word
_OR.3: /OR(?![^\s()"])/
_AND.3: /AND(?![^\s()"])/
_NOT.3: /NOT(?![^\s()"])/
PHRASE.2: /"[^"]*"/
NAMED.2: /[^\W\d]\w*:"[^"]*"/
WORD: /[^\s()"]+/
%ignore /\s+/
"""


def parse(text: str) -> Query:
    """The query that a text says. Raises QueryProblem, one line that says where and what to do."""
    return Query(text, parse_root(text))


def parse_root(text: str) -> Node:
    """The AST of a query. Raises QueryProblem."""
    if len(text) > MAX_LENGTH:
        raise QueryProblem(
            f"the query has {len(text):,} characters and {MAX_LENGTH:,} is the limit; "
            "keep the terms that matter, or make it several brands"
        )
    plain = text.translate(_TYPED)
    if not plain.strip():
        raise QueryProblem('the query is empty; write what to listen for, such as "kopi senja"')
    try:
        _check_words(plain)
        root: Any = _parser().parse(plain)
    except UnexpectedCharacters as error:
        raise QueryProblem(
            f'the quote at character {(error.pos_in_stream or 0) + 1} is never closed; add a "'
        ) from None
    except UnexpectedToken as error:
        raise QueryProblem(_unexpected(plain, error)) from None
    _check(root)
    return root  # type: ignore[no-any-return]


@functools.cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="basic", transformer=_ToAst())


def doubtful_words(text: str) -> list[str]:
    """What to think about in a query that can be parsed: words that were perhaps meant as
    operators, a sentence each."""
    tokens = [token for token in _parser().lex(text.translate(_TYPED)) if token.type != "LPAR"]
    words = [str(token) for token in tokens[1:-1] if token.type == "WORD"]
    first = str(tokens[0]) if len(tokens) > 1 and tokens[0].lower() in BEFORE else ""
    said = [doubtful_word(word) for word in (first, *words) if word]
    said += [doubtful_phrase(token) for token in tokens if token.type == "PHRASE"]
    said += [doubtful_call(token) for token in tokens if _is_call(token, text)]
    return list(dict.fromkeys(filter(None, said)))


def _is_call(token: Token, text: str) -> bool:
    """Whether it is a word right before a parenthesis."""
    end = token.end_pos or 0
    return token.type == "WORD" and text[end : end + 1] in ("(", "（") and token[-1:].isalnum()


def _check_words(plain: str) -> None:
    """Refuse what is an operator elsewhere. Raises ``QueryProblem``, and what lark raises."""
    closed = -1
    for token in _parser().lex(plain):
        behind, closed = token.start_pos == closed, -1
        if token.type == "PHRASE":
            closed = token.end_pos or 0
        elif behind and (said := behind_a_phrase(str(token))):
            raise QueryProblem(f"{said} {_at(token)}")
        if token.type not in ("WORD", "NAMED"):
            continue
        end = (token.start_pos or 0) + len(token)
        name, colon, _ = token.partition(":")
        if colon and re.fullmatch(r"[^\W\d]\w*", name) and not re.match(r"\w+:\d+$", token):
            continue  # a field, which has sentences of its own
        said = foreign_word(str(token), plain[end : end + 1])
        if said:
            raise QueryProblem(f"{said} {_at(token)}")


class _ToAst(Transformer[Token, Any]):
    """Called by lark while it parses, so that no deep tree is ever walked."""

    def either(self, parts: list[Node]) -> Node:
        return Or(_flat(parts, Or))

    def both(self, parts: list[Node]) -> Node:
        return And(_flat(parts, And))

    def negated(self, parts: list[Node]) -> Node:
        (part,) = parts
        return part.part if isinstance(part, Not) else Not(part)

    def phrase(self, parts: list[Token]) -> Leaf:
        (token,) = parts
        words = tuple(token[1:-1].split())
        if not searchable(normalise(token)):
            raise QueryProblem(f"nothing to search for between the quotes {_at(token)}")
        if len(words) > 1 and "*" in " ".join(words)[:-1]:
            raise QueryProblem(
                f"a * works at the end of the last word and not within quotes {_at(token)}; "
                "write the phrase with each of its words, joined by OR"
            )
        starred = words[-1].endswith("*") and is_word(words[-1][-2:-1])
        if not starred:
            return Phrase(words)
        words = (*words[:-1], words[-1][:-1])
        return Phrase(words, prefix=True) if len(words) > 1 else Prefix(words[0])

    def word(self, parts: list[Token]) -> Leaf:
        (token,) = parts
        name, colon, value = token.partition(":")
        if colon and re.fullmatch(r"[^\W\d]\w*", name):
            return _field(token, name, value.strip('"'))
        return _term(token)


def _flat(parts: list[Node], kind: type[And] | type[Or]) -> tuple[Node, ...]:
    """``a OR (b OR c)`` is one list."""
    return tuple(p for part in parts for p in (part.parts if isinstance(part, kind) else (part,)))


def _term(token: Token) -> Leaf:
    text = str(token)
    if text[0] in "-!+−–—" and len(text) > 1 and (is_word(text[1]) or text[1] in "#@"):
        word = "" if text[0] == "+" else "NOT "
        raise QueryProblem(f"write `{word}{text[1:]}` instead of `{_cut(text)}` {_at(token)}")
    if text in ("&", "&&", "|", "||"):
        word = "AND" if "&" in text else "OR"
        raise QueryProblem(f"write {word} instead of {text} {_at(token)}")
    if not searchable(normalise(text)):
        raise QueryProblem(f"nothing to search for in `{_cut(text)}` {_at(token)}")
    if "*" in text:
        return _prefix(token, text)
    if text[0] == "#":
        return Hashtag(text[1:])
    return Account(text[1:]) if text[0] == "@" else Term(text)


def _prefix(token: Token, text: str) -> Leaf:
    body = text[:-1]
    if text[-1] != "*" or "*" in body or not is_word(normalise(body)[-1:] or " "):
        raise QueryProblem(
            f"a * works only at the end of a word, not in `{_cut(text)}` {_at(token)}; "
            "put the word in quotes to search for the star itself"
        )
    if body[0] in "#@":
        raise QueryProblem(f"a * works with plain words and not with {body[0]} {_at(token)}")
    return Prefix(body)


def _field(token: Token, name: str, value: str) -> Leaf:
    known = name.casefold()
    if known not in FIELDS:
        instead = foreign_field(name)
        if instead:
            raise QueryProblem(
                f"`{_cut(name)}:` is a field of other tools {_at(token)}; {instead}. To search "
                f'for the text itself, put it in quotes: "{_cut(token)}"'
            )
        close = difflib.get_close_matches(known, FIELDS, 1)
        hint = f"did you mean `{close[0]}:`?" if close else f"there are {_list(FIELDS, ':')}."
        raise QueryProblem(
            f"unknown field `{_cut(name)}:` {_at(token)}; {hint} To search for the text itself, "
            f'put it in quotes: "{_cut(token)}"'
        )
    if not value.strip():
        raise QueryProblem(f"`{name}:` {_at(token)} needs a value right behind it")
    if "*" in value:
        raise QueryProblem(f"a * does not work in `{name}:` {_at(token)}; write the whole name")
    if known == "platform" and (ours := _platform_meant(value)):
        raise QueryProblem(f"`{_cut(value)}` is `platform:{ours}` here {_at(token)}; write that")
    if known == "lang":
        value = value.casefold()
        if value not in list(Language):
            raise QueryProblem(
                f"unknown language `{_cut(value)}` {_at(token)}; write one of {_list(Language)} "
                "(regional: Javanese, Sundanese and others of Indonesia)"
            )
    return Field(known, value)


def _platform_meant(value: str) -> str:
    """The platform that another name, or a slip, stands for; "" where it is one itself."""
    name = normalise(value)
    known = ("x", "news", "instagram", "facebook", "youtube", "tiktok", "linkedin", "threads")
    if name in known:
        return ""
    close = difflib.get_close_matches(name, known, 1, cutoff=0.85)
    return PLATFORMS.get(name) or (close[0] if close else "")


def _check(root: Node) -> None:
    """Refuse what nests too deep to read and what would match nearly everything."""
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise QueryProblem(
                f"the query nests more than {MAX_DEPTH} levels deep; write it flatter"
            )
        level = [
            inner
            for node in level
            for inner in ((node.part,) if isinstance(node, Not) else getattr(node, "parts", ()))
        ]
    if not anchored(root, lambda leaf: not (isinstance(leaf, Field) and leaf.name == "lang")):
        raise QueryProblem(
            "this query would match nearly everything, because NOT and lang: only take away; "
            "add a term that must be there (on each side of an OR)"
        )


def _unexpected(text: str, error: UnexpectedToken) -> str:
    """One line for a query that does not fit the grammar."""
    token = error.token
    earlier = _parser().lex(text)
    if token.type != "$END":
        earlier = (t for t in earlier if _pos(t) < _pos(token))
    before = next(iter(deque(earlier, maxlen=1)), None)
    operator = before is not None and before.type in ("_AND", "_OR", "_NOT")
    if token.type == "RPAR" and before is not None and before.type == "LPAR":
        return f"nothing between the parentheses {_at(before)}"
    if operator and token.type in ("$END", "RPAR", "_AND", "_OR"):
        return f"something to search for is missing after {before} {_at(before)}"
    if token.type == "$END":
        return f"the ( at character {_unclosed(text) + 1} is never closed; add a )"
    if token.type == "RPAR":
        return f"the ) at character {_pos(token)} closes nothing; take it out or add a ("
    if token.type in ("_AND", "_OR"):
        return (
            f"something to search for is missing before {token} {_at(token)}; "
            f'to search for the word itself, write it in quotes: "{token}"'
        )
    return f"`{_cut(token)}` does not belong {_at(token)}"


def _unclosed(text: str) -> int:
    """Where the innermost parenthesis opens that is never closed."""
    opened: list[int] = []
    for match in re.finditer(r'"[^"]*"|[()]', text):
        if match[0] == "(":
            opened.append(match.start())
        elif match[0] == ")" and opened:
            opened.pop()
    return opened[-1] if opened else 0


def _pos(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _at(token: Token | None) -> str:
    return f"at character {_pos(token)}" if token is not None else "at its beginning"


def _cut(text: str) -> str:
    text = " ".join(str(text).split())
    return text if len(text) <= 40 else f"{text[:39]}…"


def _list(values: Any, suffix: str = "") -> str:
    *most, last = [f"{value}{suffix}" for value in values]
    return f"`{'`, `'.join(most)}` or `{last}`"
