"""The filter language of the fleet screen: what is typed behind ``/``, as a question to a row.

Words match names; ``key:value`` asks one thing; a comma means *or*; a leading ``!`` or ``-`` means
*not*; terms apart by blanks must all hold. Nothing typed is ever an exception: what could not be
understood is left out of the question and said in ``Query.errors``.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView

STATUS_WORDS: dict[str, frozenset[Pill]] = {
    "red": frozenset({Pill.DOWN}),
    "yellow": frozenset({Pill.DEGRADED}),
    "green": frozenset({Pill.OK}),
    "grey": frozenset({Pill.UNKNOWN, Pill.STALE}),
    "gray": frozenset({Pill.UNKNOWN, Pill.STALE}),
    "blue": frozenset({Pill.BUILDING}),
    "problem": frozenset(Pill) - {Pill.OK, Pill.BUILDING},
} | {pill.value: frozenset({pill}) for pill in Pill}
"""Words for ``status:``; the beginning of a word is enough, so that typing never blinks."""


def _pills(word: str) -> frozenset[Pill]:
    found: frozenset[Pill] = STATUS_WORDS.get(word, frozenset())
    if not found:
        for name, pills in STATUS_WORDS.items():
            if name.startswith(word):
                found |= pills
    return found


def _status(value: str, view: TenantView) -> bool:
    if _means_muted(value):
        return view.quiet or bool(view.quieted)
    # a problem that is muted is none for now; its colour stays what it is
    return view.pill in _pills(value) and not (view.quiet and "problem".startswith(value))


def _means_muted(word: str) -> bool:
    return "muted".startswith(word)


def _why(value: str, view: TenantView) -> bool:
    return any(
        value in reason.rule.casefold()
        or value in reason.text.casefold()
        or value in reason.subject.casefold()
        for reason in (*view.reasons, *view.quieted)
    )


def _image(value: str, view: TenantView) -> bool:
    for service, image in view.images:
        bare = image.casefold().removeprefix("sha256:")
        if bare.startswith(value) or service.casefold() == value:
            return True
    return False


def _label(value: str, view: TenantView) -> bool:
    key, equals, wanted = value.partition("=")
    for name, text in view.labels.items():
        if name.casefold() == key and (not equals or text.casefold().startswith(wanted)):
            return True
    return False


_FIELDS: dict[str, Callable[[str, TenantView], bool]] = {
    "status": _status,
    "why": _why,
    "type": lambda value, view: view.server_type.casefold().startswith(value),
    "loc": lambda value, view: view.location.casefold().startswith(value),
    "layout": lambda value, view: view.layout.casefold() == value,
    "image": _image,
    "label": _label,
    "name": lambda value, view: value in view.name.casefold(),
    "host": lambda value, view: value in view.host.casefold() or value in view.address,
}
FIELDS = tuple(_FIELDS)
"""Every key that may stand before a colon."""
_SAID = 20
"""Characters of a word not understood that are said again."""


class Term(msgspec.Struct, frozen=True):
    """One condition: ``field`` (``name`` for a bare word), any of ``values``, or its opposite."""

    field: str
    values: tuple[str, ...]
    negated: bool = False

    def matches(self, view: TenantView) -> bool:
        """Whether the row satisfies this condition."""
        ask = _FIELDS[self.field]
        return any(ask(value, view) for value in self.values) is not self.negated


class Query(msgspec.Struct, frozen=True):
    """What was understood of a filter, and in ``errors`` what was not, in words for a person."""

    text: str = ""
    terms: tuple[Term, ...] = ()
    errors: tuple[str, ...] = ()

    def matches(self, view: TenantView) -> bool:
        """Whether every understood term holds; no terms match everything."""
        return all(term.matches(view) for term in self.terms)


def _words(text: str) -> list[str]:
    """Split at blanks; double quotes hold blanks together and an open one ends with the text."""
    words: list[str] = []
    word, quoted = "", False
    for char in text:
        if char == '"':
            quoted = not quoted
        elif char.isspace() and not quoted:
            words.append(word)
            word = ""
        else:
            word += char
    return [word for word in [*words, word] if word]


def _nearest(field: str) -> tuple[str, ...]:
    """The field that was meant, or the first few where nothing is like it."""
    from difflib import get_close_matches

    return tuple(get_close_matches(field[:_SAID], FIELDS, n=1)) or FIELDS[:3]


def _term(word: str) -> Term | str | None:
    """A term, or why it is none, or ``None`` where typing has only begun."""
    body = word.lstrip("!-")
    # Twice negated is not negated: "!!x" is odd, but has only one sane meaning.
    negated = (len(word) - len(body)) % 2 == 1
    if not body:
        return None
    key, colon, rest = body.partition(":")
    if not colon:
        return Term("name", (body.casefold(),), negated)
    field = key.casefold()
    if field not in _FIELDS:
        return f"no field “{key[:_SAID]}”: try {', '.join(_nearest(field))}"
    values = tuple(value for value in rest.casefold().split(",") if value)
    if field == "status":
        for value in values:
            if not _pills(value) and not _means_muted(value):
                return f"no status “{value[:_SAID]}”: try red, yellow, problem, muted"
    return Term(field, values, negated) if values else None


def parse(text: str) -> Query:
    """Read a filter as typed. Never raises; see ``Query.errors`` for what was left out."""
    terms: list[Term] = []
    errors: list[str] = []
    for word in _words(text):
        term = _term(word)
        if isinstance(term, Term):
            terms.append(term)
        elif term:
            errors.append(term)
    return Query(text, tuple(terms), tuple(errors))
