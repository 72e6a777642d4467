"""Do a column's values look like the field that its heading names? And what field do values name by themselves?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.contract import say
from mappings.headings.guess import Guess, nothing
from mappings.headings.samples import Profile
from mappings.headings.table import Shape

_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "phones": ("phone", "mobile"),
    "emails": ("email",),
    "website": ("url", "social"),
    "birthday": ("date", "digits"),
    "created_at": ("date", "digits"),
    "updated_at": ("date", "digits"),
    "last_contacted_at": ("date", "digits"),
    "next_follow_up_at": ("date", "digits"),
    "consent_at": ("date", "digits"),
    "at": ("date", "digits"),
    "gender": ("gender", "digits"),
    "annual_value": ("number", "range", "digits"),
}
"""Of these fields the values must look so, or the heading is not believed."""
_TYPED: Final = ("email", "url", "social", "image", "date", "ip", "coordinate")
_BARS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": (*_TYPED, "phone", "mobile", "number", "bool", "percent", "credit"),
    "second.name": (*_TYPED, "phone", "number", "bool"),
    "given_name": (*_TYPED, "phone", "number", "company", "bool"),
    "family_name": (*_TYPED, "phone", "number", "company", "bool"),
    "short_name": (*_TYPED, "number", "bool"),
    "title": (*_TYPED, "phone", "number", "bool", "company", "salutation"),
    "department": (*_TYPED, "phone", "number", "bool"),
    "wechat": ("email", "url", "date", "image", "bool"),
    "owner": ("url", "social", "image", "date", "ip", "bool", "long"),
    "assistants": ("url", "image", "date", "ip", "bool", "number", "long"),
    "tier": (*_TYPED, "phone", "mobile", "id", "long", "percent"),
    "status": (*_TYPED, "phone", "mobile", "id", "long", "percent"),
    "origin": ("email", "image", "date", "ip", "phone", "id", "long", "bool"),
    "industry": (*_TYPED, "phone", "id", "long", "bool"),
    "size": ("email", "url", "image", "date", "id", "long", "percent", "mobile"),
    "identifiers": ("email", "url", "image", "date", "bool", "percent", "long"),
    "works_at": (*_TYPED, "bool", "percent"),
    "tags": ("email", "url", "image", "date", "phone", "number", "percent"),
    "notes": ("date", "number", "phone", "bool", "image", "ip", "percent", "id"),
    "summary": ("date", "number", "phone", "bool", "image", "ip"),
    "currency": ("email", "url", "date", "number", "long"),
    "consent": ("date", "email", "phone", "url", "ip"),
    "do_not_contact": ("date", "email", "mobile", "url"),
    "postal_code": ("email", "url", "date", "long", "address", "mobile", "bool"),
    "by": ("date", "phone", "url", "bool", "long"),
    "type": ("date", "phone", "url", "email", "number", "long"),
}
_PLACED: Final = (*_TYPED, "phone", "number", "bool", "percent", "id", "credit")
"""Values that are none of an address's parts."""
_SUPPORT: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("company", "person"),
    "identifiers": ("credit", "resident", "code"),
    "address": ("address",),
    "street": ("address",),
    "region": ("place",),
    "city": ("place",),
    "district": ("place",),
    "tier": ("tier",),
    "status": ("status",),
    "consent": ("bool", "subscribed"),
    "do_not_contact": ("bool",),
    "size": ("range",),
    "notes": ("sentence", "long"),
}


def weighed(guess: Guess, profile: Profile) -> Guess:
    """The guess, surer where the values look like it, doubtful where they cannot be it."""
    field = guess.field.partition(".")[2]
    if not guess or profile.filled == 0:
        return guess
    needed = _NEEDS.get(field.removeprefix("second."))
    if needed is not None:
        share = profile.share(*needed)
        if share < 0.3 and profile.filled >= 2:
            return _doubted(guess)
        return _borne_out(guess) if share >= 0.6 else guess
    places = ("address", "street", "city", "region", "district", "country")
    barred = max((profile.share(s) for s in (_PLACED if field in places else _BARS.get(field, ()))), default=0.0)
    if barred > 0.5 and profile.filled >= 2 and not _excused(field, profile):
        return _doubted(guess)
    return _borne_out(guess) if profile.share(*_SUPPORT.get(field, ())) >= 0.5 else guess


def _excused(field: str, profile: Profile) -> bool:
    """Codes stand for names in databases: a status 0/1, an owner's number."""
    return (
        field in ("status", "tier", "type")
        and profile.share("digits", "bool") > 0.5
        and not profile.share("date", "mobile")
    )


def _borne_out(guess: Guess) -> Guess:
    sure = 1 - (1 - guess.sure) * 0.5
    return Guess(guess.field, sure, say("{why}; the values look like it", why=guess.why))


def _doubted(guess: Guess) -> Guess:
    return Guess(guess.field, guess.sure * 0.35, say("{why}, but the values do not look like it", why=guess.why))


def from_values(profile: Profile, shape: Shape) -> Guess:
    """The field of a column whose heading says nothing; only where values leave no doubt about what they are."""
    if profile.filled < 3:
        return nothing(say("the heading is not known, and there are too few values to tell"))
    person = "person" if shape.person or not shape.organisation else "organisation"
    for shapes, field, sure in (
        (("email",), f"{person}.emails", 0.75),
        (("credit",), "organisation.identifiers", 0.85),
        (("mobile",), f"{person}.phones", 0.75),
        (("company",), "organisation.name", 0.7),
    ):
        if profile.share(*shapes) >= 0.8 and not (field.endswith("name") and "organisation" in shape.names.values()):
            return Guess(field, sure, say("the heading is not known; the values look like it"))
    if profile.share("person") >= 0.9 and profile.distinct > 0.8 and "person" not in shape.names.values():
        return Guess("person.name", 0.55, say("the heading is not known; the values look like names"))
    return nothing(say("neither the heading nor the values say enough"))
