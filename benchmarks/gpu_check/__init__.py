"""Everything that wants a GPU, in eight minutes: right first, then fast."""
