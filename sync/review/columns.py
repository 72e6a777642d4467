"""How are the columns, sheets and answers of a review workbook called, in either language, and understood again?"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from connectors.contract import Said, say
from sync.messages import LANGUAGES, translate
from sync.review.model import ANSWERS

QUESTIONS: Final = say("Questions")
CLASSES_SHEET: Final = say("Classes")
READ_ME: Final = say("Read me")
HIDDEN: Final = "_offbook"
"""What was shown of each cell of a class, so that an answer decides nothing that changed since."""

CODE: Final = say("Code")
ANSWER: Final = say("Answer")
OWN: Final = say("Own value")
REMARK: Final = say("Remark")

OWN_VALUE: Final = "own"
"""The answer that says: my own value, in the next column."""

LABELS: Final[Mapping[str, Said]] = {
    "same": say("same customer"),
    "different": say("two customers"),
    "corrected": say("same customer, name corrected"),
    "other": say("another customer"),
    "new": say("a new customer"),
    "golden": say("golden wins"),
    "theirs": say("these cells win"),
    "keep": say("leave both"),
    "create": say("create it again"),
    "remove": say("let it be removed"),
    "no removal": say("do not remove"),
    OWN_VALUE: say("own value"),
}
"""Answers as the drop-downs show them."""

YES: Final = frozenset({"yes", "y", "是", "对", "1", "true", "√", "✓", "ok"})
NO: Final = frozenset({"no", "n", "否", "不", "不是", "0", "false", "×", "x"})
_YES_NO: Final[Mapping[str, tuple[str, str]]] = {
    "identity": ("same", "different"),
    "merged": ("same", "different"),
    "contradiction": ("same", "different"),
    "subject": ("other", "same"),
    "mark": ("create", "keep"),
    "hold": ("remove", "keep"),
}


def label(sort: str, answer: str, lang: str) -> str:
    """An answer as it is shown; letters and sources say themselves."""
    return translate(LABELS.get(_label_key(sort, answer), answer), lang)


def _label_key(sort: str, answer: str) -> str:
    if sort == "subject" and answer == "same":
        return "corrected"
    if sort == "hold" and answer == "keep":
        return "no removal"
    return answer


def understood(sort: str, text: str, more: Iterable[str] = ()) -> str:
    """The answer that a filled cell means: a word of ours, its label in either language, yes or no; "" for none.

    more: letters, and names of sources, that are answers there. Width, case and blanks do not count.
    """
    wanted = folded(text)
    known = [*ANSWERS.get(sort, ()), *more, OWN_VALUE]
    for answer in known:
        names = {answer, *(label(sort, answer, lang) for lang in LANGUAGES)}
        if wanted in {folded(name) for name in names}:
            return answer
    letters = [
        one for one in more if len(one) == 1 and wanted[:1] == one.casefold() and wanted[1:2] in ("", ":", ".", " ")
    ]
    if letters:
        return letters[0]
    yes, no = _YES_NO.get(sort, ("", ""))
    return yes if wanted in YES else no if wanted in NO else ""


def folded(text: object) -> str:
    """A text without what typing it adds: width, case, blanks around, a full stop."""
    return " ".join(unicodedata.normalize("NFKC", str(text)).split()).casefold().strip("。.")


def is_heading(text: object, said: Said) -> bool:
    return folded(text) in {folded(translate(said, lang)) for lang in LANGUAGES}


__all__ = [
    "ANSWER",
    "CLASSES_SHEET",
    "CODE",
    "HIDDEN",
    "OWN",
    "OWN_VALUE",
    "QUESTIONS",
    "READ_ME",
    "REMARK",
    "folded",
    "is_heading",
    "label",
    "understood",
]
