"""The brand query language: parse to an AST, match locally. (Contract; see the issue.)"""
from __future__ import annotations


class Query: ...
