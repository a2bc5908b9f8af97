"""Where a line says no, and whether it offers another way."""

from __future__ import annotations

from collections.abc import Sequence

from core.customer.act_grammar import Grammar
from core.customer.line_text import Span, clauses

_NOT_MEANT = ("disclaims", "trouble", "question")


def refusing_clauses(own: str, grammar: Grammar, phrases: Sequence[int]) -> list[Span]:
    """Clauses of `own` that refuse, by pattern or by a phrase of refusal at one of `phrases`.

    A refusal that is denied, quoted, asked about, or somebody's own trouble with a thing is none.
    """
    return [
        piece
        for piece in clauses(own)
        if (
            grammar.flags["refusal"].search(own, piece.start, piece.end)
            or any(piece.start <= place < piece.end for place in phrases)
        )
        and not grammar.of_others(own, piece)
        and not any(grammar.has(flag, own[piece.start : piece.end]) for flag in _NOT_MEANT)
    ]


def offers_other_way(own: str, grammar: Grammar, refusing: Sequence[Span]) -> bool:
    """Whether a clause that does not itself refuse offers something else."""
    named = ways_named(own, grammar)
    return any(
        grammar.flags["alternative"].search(named, piece.start, piece.end)
        and piece not in refusing
        and not grammar.of_others(own, piece)
        for piece in clauses(own)
    )


def turns_elsewhere(own: str, grammar: Grammar) -> bool:
    """Whether something cannot be had and a later clause offers something else.

    The words are too weak for a refusal of their own: "今天派不了师傅" tells a fact.
    """
    pieces = clauses(own)
    named = ways_named(own, grammar)
    for index, piece in enumerate(pieces):
        said = own[piece.start : piece.end]
        if not grammar.has("cannot", said) or grammar.of_others(own, piece):
            continue
        if any(grammar.has(flag, said) for flag in _NOT_MEANT):
            continue
        rest = pieces[index + 1 :]
        if any(grammar.has("turn", named[one.start : one.end]) for one in rest):
            return True
    return False


def ways_named(own: str, grammar: Grammar) -> str:
    """`own` without what only sounds like another way ("is that all right?", "our other
    options"); positions stay."""
    return grammar.flags["no_way"].sub(lambda hit: "," * len(hit[0]), own)
