"""Remembers. One folder per engine; nothing above it speaks SQL."""
