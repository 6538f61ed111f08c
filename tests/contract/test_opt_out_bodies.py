"""What we register and ask for, judged by Brevo's own contract."""

from __future__ import annotations

from collector.destinations.brevo import confirmations, setup, webhooks
from collector.destinations.brevo.client import BrevoAccount, Exchange
from collector.destinations.brevo.limits import NoMeter
from collector.destinations.brevo.lists import ListNumbers
from collector.domain.messages import ConfirmationMessage
from collector.sandbox.brevo.state import DEFAULT_KEY
from tests.sandbox.brevo_client import Brevo, contract_file, session


def test_webhooks_and_questions_fit_the_contract() -> None:
    brevo = Brevo(contract_file())
    calls = Exchange(session(brevo), BrevoAccount("brevo", DEFAULT_KEY, "https://brevo.example/v3"), NoMeter())
    url = "https://collect.example/webhooks/brevo/key"
    webhooks.register(calls, url, "token", with_lists=False)
    webhooks.register(calls, url, "token", with_lists=True)
    webhooks.register(calls, url + "2", "token", with_lists=True)
    setup.make_list(calls, confirmations.LIST)
    for url in ("https://shop.example", "https://shop.example/danke?a=ä"):
        message = ConfirmationMessage("ana+tag@shop.example", 7, url)
        confirmations.send(calls, ListNumbers(brevo.clock), message)
    assert brevo.seen("violations")["violations"] == []
    assert {(call["method"], call["status"]) for call in brevo.seen("requests")["requests"]} >= {("PUT", 204)}
