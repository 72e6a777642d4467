"""How is everything that is wrong in people's files said at once? (CONFIG §5)"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from connectors.contract import ConfigError, Said, say
from connectors.secrets import conceal, shown


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in one file: `file:line where: text`; `where` is the way of keys to it."""

    file: str
    line: int
    where: str
    text: Said

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} {self.where}: {self.text}" if self.where else f"{place}: {self.text}"


class WrongFiles(ConfigError):
    """All that is wrong at one stage, a line each; `faults` for those who print them in another form or language."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(say("{faults}", faults="\n".join(str(fault) for fault in faults)))


@dataclass(slots=True)
class Faults:
    """Collects the mistakes of a stage. `secrets`: texts that no message may repeat, whatever it is about."""

    secrets: set[str] = field(default_factory=set)
    _found: dict[tuple[str, int, str, str], Fault] = field(default_factory=dict)

    def add(self, file: str, line: int, where: str, text: Said) -> None:
        fault = Fault(file, line, conceal(where, self.secrets), self._covered(text))
        self._found[(file, line, fault.where, str(fault.text))] = fault

    def knows(self, file: str, where: str) -> bool:
        """Whether something is wrong there already, so that a second message would only repeat it."""
        where = conceal(where, self.secrets)
        return any(fault.file == file and fault.where == where for fault in self._found.values())

    def stop(self) -> None:
        """Raises WrongFiles, in the order of files and lines, if anything was found."""
        if self._found:
            raise WrongFiles(sorted(self._found.values(), key=lambda fault: (fault.file, fault.line)))

    def __len__(self) -> int:
        return len(self._found)

    def _covered(self, text: Said) -> Said:
        """The template is ours and holds no secret; its values may."""
        if not text.values:
            return text
        return Said(text.template, {name: self._cover(value) for name, value in text.values.items()})

    def _cover(self, value: object) -> object:
        return self._covered(value) if isinstance(value, Said) else conceal(str(value), self.secrets)


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word that was probably meant, or ""."""
    folded = {one.casefold(): one for one in reversed(known)}
    typed = word.casefold()
    swapped = [one for one in folded if one != typed and sorted(one) == sorted(typed)]  # form, from
    found = swapped or get_close_matches(typed, list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def meant(near: Callable[[str], Said], none: Callable[[str], Said], word: str, known: Sequence[str]) -> Said:
    """`near(the likely word)` or, where nothing is like it, `none(all there are)`."""
    guess = nearest(word, known)
    return near(guess) if guess else none(listed(known))


def listed(words: Sequence[str]) -> str:
    """Words as a message lists them."""
    return ", ".join(shown(word) for word in words)
