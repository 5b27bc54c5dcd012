"""Contacts: only the shape is judged."""

from __future__ import annotations

import pytest

from domain.contact import parse_contact


@pytest.mark.parametrize(
    ("typed", "contact"),
    [
        ("987654321", "987654321"),
        ("987 654 321", "987654321"),
        ("+51 987-654-321", "987654321"),
        (" Maria@Example.PE ", "maria@example.pe"),
        ("a.b+c@sub.example.com", "a.b+c@sub.example.com"),
    ],
)
def test_what_is_understood(typed: str, contact: str) -> None:
    assert parse_contact(typed) == contact


@pytest.mark.parametrize(
    "typed", ["", "12345678", "887654321", "9876543210", "maria@", "@x.pe", "maria@pe", "a b@c.pe"]
)
def test_what_is_not(typed: str) -> None:
    assert parse_contact(typed) is None
