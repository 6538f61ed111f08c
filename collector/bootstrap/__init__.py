"""The only folder that names concrete classes: it puts the parts together out of the settings.

`doors.create_app` for the web server and `workers.worker_parts` for the worker are imported from there: what is
here is enough for a command, and loads in a fraction of the time.
A new platform is one line in `parts.make_sources`.
"""

from collector.bootstrap.desk import Desk, migrate, open_desk
from collector.bootstrap.log_lines import start_logging
from collector.bootstrap.parts import clock, fresh_worker_id, locations, make_sources, secret_box, shipped
from collector.bootstrap.shops import file_shops, new_shop, policies

__all__ = [
    "Desk",
    "clock",
    "file_shops",
    "fresh_worker_id",
    "locations",
    "make_sources",
    "migrate",
    "new_shop",
    "open_desk",
    "policies",
    "secret_box",
    "shipped",
    "start_logging",
]
