"""Photos on disk to batches of (L, ab), with `tf.data`.

From a name to a training set: `catalog` finds the photos, `scan` separates
the usable ones from broken, gray and tiny ones, `pipeline` turns them into
batches, `priors` measures how often each color occurs in them. Nothing is
imported here, so that a catalog can be read without TensorFlow.
"""
