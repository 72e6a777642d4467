"""How are a report's counts drawn: rows of stacked bars that fit any width and need nothing but the page?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.report.markup import Html, tag


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a bar. look: the class of the style sheet that colours it."""

    look: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    label: object
    pieces: Sequence[Piece]
    number: str = ""

    @property
    def total(self) -> int:
        return sum(piece.count for piece in self.pieces)


def bars(rows: Sequence[Row], *, share: bool = False) -> Html:
    """Bars below each other with what they mean. share: each fills its line; else they share one scale."""
    most = max((row.total for row in rows), default=0)
    cells: list[object] = []
    for row in rows:
        whole = row.total if share else most
        cells += [tag("span", row.label), _bar(row, max(whole, 1)), tag("span", row.number or row.total, class_="n")]
    looks = {piece.look: piece.title for row in rows for piece in row.pieces if piece.count}
    legend = [tag("span", tag("i", class_=f"f-{look}"), title) for look, title in looks.items()]
    mixed = any(len(row.pieces) > 1 for row in rows)
    return tag("div", tag("div", *cells, class_="bars"), tag("div", *legend, class_="legend") if mixed else None)


def _bar(row: Row, whole: int) -> Html:
    """Every piece is at least a hair wide, so that one of ten thousand is still seen."""
    at, rects = 0.0, []
    for piece in row.pieces:
        if piece.count:
            wide = max(100 * piece.count / whole, 0.4)
            title = tag("title", f"{piece.title}: {piece.count}")
            place = {"x": f"{at:.2f}%", "width": f"{wide:.2f}%", "height": "100%"}
            rects.append(tag("rect", title, class_=f"f-{piece.look}", **place))
            at += wide
    said = ", ".join(f"{piece.title} {piece.count}" for piece in row.pieces if piece.count)
    return tag("svg", *rects, role="img", aria_label=said, preserveAspectRatio="none")


__all__ = ["Piece", "Row", "bars"]
