"""`python -m collector.sandbox.brevo`: the local Brevo on a port of this machine."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from collector.sandbox.brevo.app import create_brevo_sandbox
from collector.sandbox.brevo.limits import TIERS
from collector.sandbox.brevo.serving import HOST, serve
from collector.sandbox.brevo.state import DEFAULT_KEY, Account


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m collector.sandbox.brevo", description=__doc__)
    parser.add_argument("--port", type=int, default=8002, help="default 8002; 0 takes a free one")
    parser.add_argument("--key", action="append", help=f"an API key it accepts (several possible; {DEFAULT_KEY})")
    parser.add_argument("--tier", choices=TIERS, default="general", help="whose rate limits")
    parser.add_argument("--ecommerce-inactive", action="store_true", help="answer 403 until /ecommerce/activate")
    parser.add_argument("--reset-in-ms", action="store_true", help="x-sib-ratelimit-reset in milliseconds")
    parser.add_argument("--contract", type=Path, help="OpenAPI file that bodies must fit (or BREVO_CONTRACT)")
    asked = parser.parse_args(arguments)
    file = asked.contract or (Path(os.environ["BREVO_CONTRACT"]) if os.environ.get("BREVO_CONTRACT") else None)
    if file is not None and not file.is_file():
        parser.error(f"--contract: no such file: {file}")
    account = Account(
        tuple(asked.key or [DEFAULT_KEY]),
        tier=asked.tier,
        ecommerce_active=not asked.ecommerce_inactive,
        reset_header_in_ms=asked.reset_in_ms,
    )
    server = serve(create_brevo_sandbox(file, account), asked.port)
    signal.signal(signal.SIGTERM, _stop)
    print(f"local Brevo: http://{HOST}:{server.server_port}/  API: http://{HOST}:{server.server_port}/v3", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    finally:
        server.server_close()
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
