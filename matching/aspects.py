"""Which observations of a pair count, and how much before any data is seen?

An aspect is one observation: the family names are equal, similar, in conflict … Aspects that say much the same stand
in one group; inside a group the strongest counts in full and the others only with the group's ECHO, so that what is
said twice is not believed twice.

A pair is explained in three ways: it is the *same* customer; it is *kin* (colleagues, relatives, sister companies,
neighbours: two customers that share a context); or it is *apart*. A line of a table gives the shares of a level under
the three, among pairs of which both sides say something. The shares are general knowledge, rounded, fitted to no data
set: matching.model moves the first two to fit the data at hand, and measures the third on random pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from matching.columns import Floats
from matching.records import Records


@dataclass(frozen=True)
class Aspect:
    """levels: what can be seen, "missing" first. shares: a row each for same, kin and apart, without the first level.

    unmeasured: the shares under apart are taken as they are, and need not add up to 1.
    neutral: what random pairs show is taken for all three until the data says otherwise.
    """

    name: str
    group: str
    levels: tuple[str, ...]
    shares: tuple[tuple[float, ...], ...]
    unmeasured: bool = False
    neutral: bool = False

    def table(self) -> Floats:
        """Rows same, kin, apart; column 0 ("missing") says nothing."""
        rows = np.asarray(self.shares, float)
        total = rows.sum(axis=1, keepdims=True)
        total[2] = 1 if self.unmeasured else total[2]
        rows = rows / total
        return np.hstack([np.ones((3, 1)), rows])


def _aspect(name: str, group: str, text: str, *, unmeasured: bool = False, neutral: bool = False) -> Aspect:
    """text: "level same kin apart" a line."""
    lines = [line.split() for line in text.strip().split("\n")]
    shares = tuple(tuple(float(line[k]) for line in lines) for k in (1, 2, 3))
    return Aspect(name, group, ("missing", *(line[0] for line in lines)), shares, unmeasured, neutral)


ECHO: Final = {"name": 1.0, "ids": 0.3, "birth": 1.0, "context": 0.15, "place": 0.3, "contact": 0.4, "other": 0.5}

_ORIGIN: Final = _aspect(
    "origin",
    "other",
    """
    table     .5 .5 .5
    elsewhere .5 .5 .5
    """,
    neutral=True,
)
"""Some tables hold their customers twice, others never: the data says which."""

_WORD: Final = """
    conflict .45 .60 .90
    similar  .10 .10 .04
    exact    .45 .30 .06
"""

PERSON: Final = (
    _ORIGIN,
    _aspect(
        "family",
        "name",
        """
        conflict .030 .70 .950
        similar  .030 .02 .030
        half     .010 .01 .002
        initial  .005 .005 .005
        form     .010 .005 .002
        typo     .050 .01 .003
        sound    .030 .01 .006
        exact    .835 .24 .010
        """,
    ),
    _aspect(
        "given",
        "name",
        """
        conflict .030 .92 .930
        similar  .030 .03 .030
        half     .020 .02 .020
        initial  .020 .01 .010
        form     .050 .01 .010
        typo     .050 .005 .003
        sound    .030 .003 .003
        exact    .770 .01 .010
        """,
    ),
    _aspect(
        "middle",
        "name",
        """
        conflict .20 .90 .92
        part     .10 .05 .05
        exact    .70 .05 .03
        """,
    ),
    _aspect(
        "order",
        "name",
        """
        straight .97 .97 1.00
        turned   .03 .03 1.00
        """,
        unmeasured=True,
    ),
    _aspect(
        "mobile",
        "ids",
        """
        conflict .25 .93 .9995
        typo     .03 .01 .0002
        end      .02 .005 .0002
        exact    .70 .06 .0001
        """,
    ),
    _aspect(
        "mail",
        "ids",
        """
        conflict .25 .90 .994
        local    .05 .01 .003
        similar  .10 .01 .0005
        exact    .60 .08 .0001
        """,
    ),
    _aspect(
        "wechat",
        "ids",
        """
        conflict .25 .97 .9995
        typo     .03 .005 .0002
        exact    .72 .01 .0001
        """,
    ),
    _aspect(
        "birth",
        "birth",
        """
        conflict .03 .92 .900
        year     .04 .05 .050
        two      .06 .02 .010
        partial  .02 .005 .005
        typo     .10 .01 .003
        exact    .75 .01 .0005
        """,
    ),
    _aspect(
        "gender",
        "birth",
        """
        conflict .03 .4 .45
        exact    .97 .6 .55
        """,
    ),
    _aspect(
        "employer",
        "context",
        """
        conflict .12 .02 .980
        region   .01 .01 .004
        similar  .02 .01 .005
        brand    .10 .08 .005
        exact    .75 .88 .005
        """,
    ),
    _aspect(
        "fixed",
        "context",
        """
        conflict .35 .30 .999
        exact    .65 .70 .001
        """,
    ),
    _aspect(
        "box",
        "context",
        """
        conflict .30 .20 .995
        exact    .70 .80 .005
        """,
    ),
    _aspect(
        "domain",
        "context",
        """
        conflict .30 .20 .998
        exact    .70 .80 .002
        """,
    ),
    _aspect(
        "address",
        "place",
        """
        conflict .20 .20 .985
        number   .01 .01 .005
        street   .04 .04 .003
        similar  .10 .10 .004
        exact    .65 .65 .003
        """,
    ),
    _aspect(
        "postal",
        "place",
        """
        conflict .20 .20 .95
        near     .10 .10 .03
        exact    .70 .70 .02
        """,
    ),
    _aspect(
        "city",
        "place",
        """
        conflict .12 .10 .92
        similar  .08 .05 .02
        exact    .80 .85 .06
        """,
    ),
    _aspect(
        "title",
        "other",
        """
        conflict .45 .85 .90
        similar  .10 .05 .04
        exact    .45 .10 .06
        """,
    ),
    _aspect("department", "other", _WORD),
)

ORGANISATION: Final = (
    _ORIGIN,
    _aspect(
        "core",
        "name",
        """
        conflict .03 .30 .960
        little   .03 .06 .030
        some     .06 .08 .007
        much     .10 .10 .0015
        close    .12 .10 .0004
        sound    .02 .01 .0004
        exact    .34 .34 .001
        whole    .30 .01 .0005
        """,
    ),
    _aspect(
        "region",
        "name",
        """
        conflict .02 .45 .93
        moved    .08 .10 .01
        exact    .90 .45 .06
        """,
    ),
    _aspect(
        "trade",
        "name",
        """
        conflict .10 .50 .92
        part     .15 .15 .04
        exact    .75 .35 .04
        """,
    ),
    _aspect(
        "branch",
        "name",
        """
        one      .03 .40 .10
        conflict .02 .50 .10
        neither  .90 .08 .79
        exact    .05 .02 .01
        """,
    ),
    _aspect(
        "phone",
        "contact",
        """
        conflict .25 .60 .998
        typo     .02 .02 .0005
        end      .03 .02 .0005
        exact    .70 .38 .0005
        """,
    ),
    _aspect(
        "mail",
        "contact",
        """
        conflict .35 .80 .998
        similar  .05 .02 .0005
        exact    .60 .18 .0005
        """,
    ),
    _aspect(
        "domain",
        "contact",
        """
        conflict .20 .40 .998
        exact    .80 .60 .002
        """,
    ),
    _aspect(
        "site",
        "contact",
        """
        conflict .10 .50 .998
        exact    .90 .50 .002
        """,
    ),
    _aspect(
        "people",
        "contact",
        """
        conflict .70 .97 .9995
        exact    .30 .03 .0005
        """,
    ),
    _aspect(
        "address",
        "place",
        """
        conflict .12 .70 .985
        number   .01 .02 .005
        street   .05 .08 .004
        similar  .12 .05 .003
        exact    .70 .15 .001
        """,
    ),
    _aspect(
        "postal",
        "place",
        """
        conflict .10 .70 .95
        near     .08 .10 .02
        exact    .82 .20 .03
        """,
    ),
    _aspect(
        "city",
        "place",
        """
        conflict .10 .40 .90
        similar  .08 .05 .02
        exact    .82 .55 .08
        """,
    ),
    _aspect("industry", "other", _WORD),
)

_PERSONAL_NUMBER: Final = """
    conflict .25 .95 .9995
    near     .10 .005 .0002
    exact    .65 .005 .0001
"""
_COMPANY_NUMBER: Final = """
    conflict .10 .98 .9995
    near     .05 .005 .0002
    exact    .85 .005 .0001
"""
_ANY_TEXT: Final = """
    conflict .15 .5 .90
    little   .05 .2 .06
    some     .05 .1 .02
    much     .10 .1 .01
    close    .15 .1 .005
    exact    .50 .2 .005
"""


def aspects_of(records: Records) -> tuple[Aspect, ...]:
    """The aspects that this kind of record has, its identifiers among them."""
    return _aspects(records.kind, tuple(records.identifiers()), tuple(records.columns))


@cache
def _aspects(kind: str, identifiers: tuple[str, ...], columns: tuple[str, ...]) -> tuple[Aspect, ...]:
    if kind == "person":
        return PERSON + tuple(_aspect(name, "ids", _PERSONAL_NUMBER) for name in identifiers)
    if kind == "organisation":
        return ORGANISATION + tuple(_aspect(name, "contact", _COMPANY_NUMBER) for name in identifiers)
    return (_ORIGIN, *(_aspect(name, name, _ANY_TEXT) for name in columns))
