"""Whatever a record and a mapping hold, what is sent of a contact is what Brevo's own description allows."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.destinations.brevo import setup
from collector.destinations.brevo.client import BrevoAccount
from collector.destinations.brevo.destination import BrevoDestination
from collector.destinations.brevo.limits import NoMeter
from collector.domain.events import Strength
from collector.domain.mapping import FIELDS, Record, attributes, rules
from collector.domain.messages import ContactMessage, from_json, kind_of, to_json
from collector.sandbox.brevo.attributes import Attributes

from ..destinations.brevo.wire import KEY, URL, Brevo, Contact, on_the_wire
from . import brevo_contract
from .test_brevo_bodies import SHOP, emails, wrong

texts = st.text(max_size=40) | st.sampled_from(["+41791234567", "079 123", "日本", "\x00\u2028"])
values = texts | st.integers() | st.floats() | st.booleans() | st.dates() | st.lists(texts, max_size=3).map(tuple)
targets = st.sampled_from(["A", "B:float", "C:date", "D:boolean", "SMS", "WHATSAPP", "LANDLINE_NUMBER", "FIRSTNAME"])
fields = st.sampled_from([*FIELDS, "tier", "custom.tier", "meta_data.tier"])


@pytest.mark.skipif(brevo_contract.file() is None, reason="no contract here: set BREVO_CONTRACT")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    email=emails,
    known=st.dictionaries(st.sampled_from(list(FIELDS)), values, max_size=10),
    extras=st.dictionaries(st.sampled_from(["custom.tier", "meta_data.tier"]), texts | st.integers() | st.booleans()),
    mapping=st.dictionaries(fields, targets, max_size=6),
    is_there=st.booleans(),
    more=st.fixed_dictionaries(
        {
            "strength": st.sampled_from(Strength),
            "may_market": st.booleans(),
            "is_opted_out": st.booleans(),
            "may_text": st.none() | st.booleans(),
            "ext_id": st.sampled_from(["", "shopify:a.myshopify.com:7"]),
            "lists_add": st.sampled_from([(), ("all_customers", "buyers")]),
            "lists_remove": st.sampled_from([(), ("abandoned_cart",)]),
        }
    ),
)
def test_no_mapped_contact_breaks_the_contract(
    email: str, known: dict[str, Any], extras: dict[str, Any], mapping: dict[str, str], is_there: bool, more: Any
) -> None:
    platform = "woocommerce" if "meta_data.tier" in mapping else "shopify"
    found = dict(attributes(Record(known, extras), rules(mapping, platform)))
    message = ContactMessage(email=email, attributes=found, **more)
    brevo = Brevo(contacts={email: Contact(True)} if is_there else {})
    with on_the_wire(brevo):
        account = BrevoAccount("brevo", KEY, URL)
        destination = BrevoDestination(requests.Session(), {"brevo": account}, NoMeter(), brevo.clock)
        destination.send(SHOP, from_json(kind_of(message), to_json(message)))
    assert wrong(brevo) == []
    assert not any("forceMerge" in (call.body or {}) for call in brevo.calls)
    assert brevo.contacts[email].blocked or not is_there, "a block is never lifted"


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    known=st.dictionaries(st.sampled_from(list(FIELDS)), values, max_size=12),
    extras=st.dictionaries(st.just("custom.tier"), texts | st.integers() | st.booleans()),
    mapping=st.dictionaries(fields, targets, max_size=8),
    prefix=st.sampled_from(["", "DE_"]),
)
def test_an_account_that_was_set_up_drops_nothing_in_silence(
    known: dict[str, Any], extras: dict[str, Any], mapping: dict[str, str], prefix: str
) -> None:
    account = Attributes()
    there = {attribute.name for attribute in account.all()}
    for name, type_ in setup.wanted_attributes(mapping, prefix).items():
        if name not in there:
            account.create("normal", name, type_, ())
    kept, dropped = account.accept(attributes(Record(known, extras), rules(mapping, "shopify", prefix)))
    assert dropped == []
    assert None not in kept.values()
