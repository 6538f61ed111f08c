"""`python -m collector.sandbox.shop --port 8001`: the shop, until SIGTERM or Ctrl-C. Settings: DEMO_SHOP."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading

from werkzeug.serving import make_server

from collector.sandbox.shop.app import create_demo_shop
from collector.sandbox.shop.rest_bodies import webhook_body
from collector.sandbox.shop.settings import VARIABLE, settings_from
from collector.sandbox.shop.webhooks import keep_delivering


def main() -> None:
    parser = argparse.ArgumentParser(prog="demo shop", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", choices=["127.0.0.1", "::1", "localhost"])
    parser.add_argument("--port", type=int, default=8001)
    arguments = parser.parse_args()
    try:
        settings = settings_from(os.environ.get(VARIABLE, "{}"))
    except ValueError as error:
        sys.exit(f"demo shop: {error}")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    app, shop = create_demo_shop(settings)
    server = make_server(arguments.host, arguments.port, app, threaded=True)
    stop = threading.Event()

    def end(*_: object) -> None:
        stop.set()
        threading.Thread(target=server.shutdown).start()  # it waits for the loop below, which runs in this thread

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    teller = threading.Thread(
        target=keep_delivering,
        args=(shop.announcer, lambda topic, thing: webhook_body(shop, topic, thing), stop),
    )
    teller.start()
    server.serve_forever(poll_interval=0.1)
    teller.join()
    server.server_close()


if __name__ == "__main__":
    main()
