"""What leaves this machine over HTTP, and where it may go: one guard for every session."""
