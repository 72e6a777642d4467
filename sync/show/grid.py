"""How do rows stand under headings in so many columns of a screen?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from sync.show.words import padded, width, wrap

GAP: Final = 2
LEAST: Final = 8
"""Columns that a cell keeps, however narrow the screen."""


def grid(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, columns: int, right: Collection[int] = (), grow: int = -1
) -> Iterator[str]:
    """Lines, the headings first, without blanks at their ends; a cell that is too wide is broken into several lines.

    right: columns of numbers. grow: the column that gives way first where the rows are too wide.
    """
    every = [headings, *rows]
    widths = [max(max(width(line) for line in row[at].split("\n")) for row in every) for at in range(len(headings))]
    _shrink(widths, columns, grow % len(headings))
    for row in every:
        cells = [[piece for line in text.split("\n") for piece in wrap(line, size)] for text, size in zip(row, widths)]
        for at in range(max(map(len, cells))):
            pieces = [cell[at] if at < len(cell) else "" for cell in cells]
            line = (_cell(piece, size, n in right) for n, (piece, size) in enumerate(zip(pieces, widths)))
            yield (" " * GAP).join(line).rstrip()


def _cell(text: str, size: int, is_number: bool) -> str:  # noqa: FBT001 - one of two sides
    return " " * (size - width(text)) + text if is_number else padded(text, size)


def _shrink(widths: list[int], columns: int, grow: int) -> None:
    """Takes from the growing column first, then from the widest, until the line fits."""
    over = sum(widths) + GAP * (len(widths) - 1) - columns
    if over > 0:
        given = min(over, max(0, widths[grow] - max(LEAST, columns // 3)))
        widths[grow] -= given
        over -= given
    while over > 0 and max(widths) > LEAST:
        widest = widths.index(max(widths))
        widths[widest] -= 1
        over -= 1


__all__ = ["grid"]
