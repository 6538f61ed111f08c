"""How each file came to its present shape: numbered steps, released ones never edited."""
