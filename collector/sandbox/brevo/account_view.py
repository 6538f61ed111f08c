"""/account: the connection test of every integration."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response

from collector.sandbox.brevo.answers import said
from collector.sandbox.brevo.current import account

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
def read() -> Response:
    owner = account().owner_email
    # The same owner is the same organisation after a restart.
    digest = hashlib.sha256(owner.encode()).hexdigest()
    return said(
        {
            "organization_id": digest[:24],
            "user_id": int(digest[:7], 16),
            "enterprise": account().limits.tier == "extended",
            "companyName": account().company,
            "email": owner,
            "firstName": "Local",
            "lastName": "Owner",
            "address": {"city": "Berlin", "country": "Germany", "street": "Am Sandkasten 1", "zipCode": "10115"},
            "dateTimePreferences": {"timezone": "Europe/Berlin", "timeFormat": "24", "dateFormat": "dd-mm-yyyy"},
            "marketingAutomation": {"enabled": True, "key": digest[24:48]},
            "plan": [{"type": "free", "creditsType": "sendLimit", "credits": 300}],
            "planVerticals": [],
            "relay": {"enabled": True, "data": {"port": 587, "relay": "smtp-relay.brevo.com", "userName": owner}},
        }
    )
