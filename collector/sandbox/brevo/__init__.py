"""A local Brevo: one strict account with its answers, limits and failures, and an inbox page to look at.

`app.py` puts it together and is the way of a request; `failures.py` breaks answers on demand; `limits.py` counts;
`key_rights.py` says what a key may do, `tokens.py` gives tokens; `blocks.py` is whom automations mail no more;
`checks.py` and `contract.py` judge bodies; `state.py` remembers; one file per kind of endpoint; `mails.py` and
`page.py` show what a shopper would get; `control.py` is the door for tests (`/_sandbox/...`).

Where Brevo's own behaviour is not documented, the module says which way it went. It is stricter than Brevo:
unknown fields, nulls and amounts as text are refused and remembered as violations.
"""

from collector.sandbox.brevo.app import create_brevo_sandbox
from collector.sandbox.brevo.serving import serve, start
from collector.sandbox.brevo.state import Account

__all__ = ["Account", "create_brevo_sandbox", "serve", "start"]
