"""What a matching works on while groups come to be."""

from __future__ import annotations

from dataclasses import dataclass, field

from matching import groups as gr
from matching.blocking import Candidates
from matching.calibration import AS_SCORED, Line
from matching.columns import Bools
from matching.scoring import Scored


@dataclass
class Solved:
    """Groups as they come to be. known: pairs that were one before. refused: certain pairs that something forbids.
    stuck: records of which decisions contradict one another. line: what probabilities mean here.
    """

    groups: gr.Groups
    known: list[tuple[int, int]]
    contradictions: list[tuple[int, int]] = field(default_factory=list)
    stuck: Bools | None = None
    found: Candidates | None = None
    scored: Scored | None = None
    merges: list[gr.Merge] = field(default_factory=list)
    left: list[gr.Left] = field(default_factory=list)
    refused: list[tuple[int, int]] = field(default_factory=list)
    line: Line = AS_SCORED
