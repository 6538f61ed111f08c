"""Doors for HTTP: a view reads the request, asks one pipeline function, answers."""
