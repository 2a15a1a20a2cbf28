"""Photos on disk to batches of (L, ab).

From a name to a training set: `catalog` finds the photos, `scan` separates
the usable ones from broken, gray and tiny ones, `pipeline` turns them into
batches with `tf.data`, `priors` measures how often each color occurs in them.
Photos that were packed as arrays (`packed`, `packed_batches`) need no
TensorFlow. Nothing is imported here, so that a catalog can be read without it
either.
"""
