"""Public knowledge behind ports: currencies, mail addresses and phone numbers, browsers and bots."""
