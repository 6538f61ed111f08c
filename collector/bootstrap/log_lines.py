"""Log lines: one event a line, on standard error."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from collector.config import Config
from collector.domain.timestamps import to_text


def start_logging(config: Config) -> None:
    """Lines to standard error: time, level, sentence, then what stands in `extra`."""
    blocks = [*config.connectors.shopify, *config.connectors.woocommerce]
    is_verbose = any(block.debug or block.log_level == "verbose" for block in blocks)
    handler = logging.StreamHandler()
    handler.setFormatter(LogLine())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("collector").setLevel(logging.DEBUG if is_verbose else logging.INFO)


class LogLine(logging.Formatter):
    """`2026-11-21T12:00:00.000Z INFO worker started worker_id=…`"""

    _PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

    def format(self, record: logging.LogRecord) -> str:
        moment = to_text(datetime.fromtimestamp(record.created, UTC))
        extras = {name: value for name, value in vars(record).items() if name not in self._PLAIN}
        parts = [moment, record.levelname, record.getMessage()]
        parts += [f"{name}={_value(value)}" for name, value in extras.items()]
        line = " ".join(parts)
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _value(value: object) -> str:
    """As JSON. What came from outside cannot end the line or speak to a terminal."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value, default=str)
