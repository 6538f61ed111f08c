"""Our own beacons: their wire format, what the door asks of them, and the facts they become."""
