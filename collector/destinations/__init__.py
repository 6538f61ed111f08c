"""Where messages go. Each destination knows its vendor's words, limits and moods (`ports.Destination`)."""
