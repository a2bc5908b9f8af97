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
    return any(
        grammar.flags["alternative"].search(own, piece.start, piece.end)
        and piece not in refusing
        and not grammar.of_others(own, piece)
        for piece in clauses(own)
    )
