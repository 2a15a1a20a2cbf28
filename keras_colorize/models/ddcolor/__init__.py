"""DDColor: two decoders, one of pixels and one of learned color queries."""
