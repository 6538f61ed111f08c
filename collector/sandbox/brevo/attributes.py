"""Contact attributes: which exist, which values they take. Brevo drops the rest without a word; we write it down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from collector.sandbox.brevo.answers import Json, Refusal, not_found

CATEGORIES = ("normal", "transactional", "category", "calculated", "global")
TYPES = ("text", "date", "float", "boolean", "id", "category", "multiple-choice", "user")
# Attributes that are also identifiers: they live in Contact.identifiers.
IDENTIFYING = {
    "EMAIL": "email",
    "EXT_ID": "ext_id",
    "SMS": "sms",
    "WHATSAPP": "whatsapp",
    "LANDLINE_NUMBER": "landline_number",
}

AttributeValue = str | float | bool | list[str]


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str
    category: str
    type: str
    options: tuple[tuple[str, str], ...] = ()  # (value, label) of a category or multiple-choice attribute

    def described(self) -> Json:
        body: Json = {"name": self.name, "category": self.category, "type": self.type}
        if self.category == "category":
            body["enumeration"] = [{"value": int(value), "label": label} for value, label in self.options]
        elif self.options:
            body["multiCategoryOptions"] = [label for _, label in self.options]
        return body


class Attributes:
    """The account's definitions, by category and name."""

    def __init__(self) -> None:
        self._all: dict[tuple[str, str], Attribute] = {}
        for name in ("LASTNAME", "FIRSTNAME", "EXT_ID", "SMS", "WHATSAPP", "LANDLINE_NUMBER"):
            self._add(Attribute(name, "normal", "text"))
        self._add(Attribute("DOUBLE_OPT-IN", "category", "category", (("1", "Yes"), ("2", "No"))))

    def all(self) -> Iterable[Attribute]:
        return self._all.values()

    def create(self, category: str, name: str, type_: str, options: tuple[tuple[str, str], ...]) -> None:
        if (category, name) in self._all:
            raise Refusal(400, "invalid_parameter", "Attribute name must be unique")
        self._add(Attribute(name, category, type_, options))

    def set_options(self, category: str, name: str, options: tuple[tuple[str, str], ...]) -> None:
        old = self._get(category, name)
        self._add(Attribute(name, category, old.type, options))

    def delete(self, category: str, name: str) -> None:
        self._get(category, name)
        del self._all[category, name]

    def accept(self, given: Mapping[str, object]) -> tuple[dict[str, AttributeValue], list[str]]:
        """The values Brevo would keep, and one line for each it drops in silence. Identifiers are not looked at."""
        kept: dict[str, AttributeValue] = {}
        dropped: list[str] = []
        contact_attributes = {a.name: a for a in self._all.values() if a.category in ("normal", "category")}
        for name, value in given.items():
            if name in IDENTIFYING:
                continue
            known = contact_attributes.get(name)
            fitting = None if known is None else _fitting(known, value)
            if fitting is None:
                dropped.append(f"{name}: {'unknown attribute' if known is None else f'not a {known.type}'}")
            else:
                kept[name] = fitting
        return kept, dropped

    def _add(self, attribute: Attribute) -> None:
        self._all[attribute.category, attribute.name] = attribute

    def _get(self, category: str, name: str) -> Attribute:
        if (category, name) not in self._all:
            raise not_found("Attribute does not exist")
        return self._all[category, name]


def _fitting(attribute: Attribute, value: object) -> AttributeValue | None:
    """The value as kept, or None when its type is wrong. An empty text empties any attribute."""
    if value == "" and attribute.type != "text":
        return ""
    match attribute.type:
        case "text" | "user" | "id":
            if isinstance(value, bool):
                return None
            return str(value) if isinstance(value, (str, int, float)) else None
        case "float":
            return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case "date":
            return value if isinstance(value, str) and _is_day(value) else None
        case "category":
            return next((number for number, label in attribute.options if str(value) in (number, label)), None)
        case "multiple-choice":
            labels = {label for _, label in attribute.options}
            return value if isinstance(value, list) and set(map(str, value)) <= labels else None
    return None


def _is_day(text: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
