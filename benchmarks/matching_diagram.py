"""Does a probability mean what it says? Tenths of what was said against what was right, as a table and as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.compared import Compared

ENOUGH: Final = 200
"""Pairs in a tenth from which on it is judged."""
ALL: Final = 0.03
EACH: Final = 0.08
"""By how much said and right may differ, of all together and of a set that is not one of Febrl's."""


@dataclass(frozen=True, slots=True)
class Tenth:
    """pairs, the sum of what was said of them, and how many are right."""

    pairs: int
    said: float
    right: int

    @property
    def off(self) -> float:
        return (self.said - self.right) / self.pairs if self.pairs else 0.0


def tenths(compared: Compared, truth: Sequence[str], across: Sequence[str] = ()) -> list[Tenth]:
    """across: the source of each row, where only pairs across sources are looked for."""
    entity = np.unique(np.asarray(truth), return_inverse=True)[1]
    right = entity[compared.a] == entity[compared.b]
    wanted = np.ones(len(right), np.bool_)
    if across:
        source = np.asarray(across)
        wanted = source[compared.a] != source[compared.b]
    place = np.minimum((compared.p * 10).astype(int), 9)
    parts = [wanted & (place == k) for k in range(10)]
    return [Tenth(int(on.sum()), float(compared.p[on].sum()), int(right[on].sum())) for on in parts]


def pooled(sets: Sequence[Sequence[Tenth]]) -> list[Tenth]:
    parts = [[one[k] for one in sets] for k in range(10)]
    return [Tenth(sum(t.pairs for t in p), sum(t.said for t in p), sum(t.right for t in p)) for p in parts]


def worst(found: Sequence[Tenth]) -> float:
    return max((abs(one.off) for one in found if one.pairs >= ENOUGH), default=0.0)


def lines(found: Mapping[str, Sequence[Tenth]]) -> list[str]:
    """A table: sets down, tenths across."""
    heads = [f".{k}–" for k in range(10)]
    out = [f"| set | {' | '.join(heads)} | worst |", "|---" * 12 + "|"]
    for name, row in found.items():
        cells = [f"{one.off:+.3f}" if one.pairs >= ENOUGH else "" for one in row]
        out.append(f"| {name} | {' | '.join(cells)} | {worst(row):.3f} |")
    return out


_SIZE: Final = 440
_LEFT: Final = 60
_COLOURS: Final = (
    "#9aa5b1",
    "#2563eb",
    "#d97706",
    "#059669",
    "#dc2626",
    "#7c3aed",
    "#0891b2",
    "#be185d",
    "#4d7c0f",
    "#78350f",
    "#475569",
)


def drawn(found: Mapping[str, Sequence[Tenth]]) -> str:
    """An SVG: said across, right upwards; the larger a dot, the more pairs; on the diagonal they agree."""
    wide = _LEFT + _SIZE + 190
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {_SIZE + 80}" font-family="sans-serif" font-size="12">',
        "<title>Probability said, and share that is right</title>",
        f'<rect width="{wide}" height="{_SIZE + 80}" fill="white"/>',
        f'<rect x="{_LEFT}" y="20" width="{_SIZE}" height="{_SIZE}" fill="none" stroke="#52606d"/>',
        f'<line x1="{_LEFT}" y1="{_SIZE + 20}" x2="{_LEFT + _SIZE}" y2="20" stroke="#9aa5b1" stroke-dasharray="4 4"/>',
    ]
    for k in range(0, 11, 2):
        x, y = _at(k / 10, k / 10)
        out.append(f'<text x="{x:.0f}" y="{_SIZE + 38}" text-anchor="middle">{k / 10:.1f}</text>')
        out.append(f'<text x="{_LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{k / 10:.1f}</text>')
    out.append(f'<text x="{_LEFT + _SIZE / 2:.0f}" y="{_SIZE + 62}" text-anchor="middle">probability said</text>')
    turned = f'x="16" y="{20 + _SIZE / 2:.0f}" transform="rotate(-90 16 {20 + _SIZE / 2:.0f})"'
    out.append(f'<text {turned} text-anchor="middle">share that is right</text>')
    shown = [(name, row) for name, row in found.items() if not name.startswith("febrl")]
    for number, (name, row) in enumerate(shown):
        out += _series(name, row, _COLOURS[number % len(_COLOURS)], number)
    return "\n".join([*out, "</svg>"]) + "\n"


def _series(name: str, row: Sequence[Tenth], colour: str, number: int) -> list[str]:
    enough = [one for one in row if one.pairs >= ENOUGH]
    points = [(*_at(one.said / one.pairs, one.right / one.pairs), one.pairs) for one in enough]
    out = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + np.log10(n):.1f}" fill="{colour}" fill-opacity="0.7"/>'
        for x, y, n in points
    ]
    if name == "all" and points:
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
        out.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"/>')
    x, y = _LEFT + _SIZE + 20, 40 + 20 * number
    return [*out, f'<circle cx="{x}" cy="{y - 4}" r="5" fill="{colour}"/>', f'<text x="{x + 12}" y="{y}">{name}</text>']


def _at(said: float, right: float) -> tuple[float, float]:
    return _LEFT + said * _SIZE, 20 + (1 - right) * _SIZE
