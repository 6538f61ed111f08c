"""What the shops for tests have in common: clocks, webhooks being sent and met, a web server on the shop's time."""
