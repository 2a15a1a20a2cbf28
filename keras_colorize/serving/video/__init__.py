"""Parts of `serving.video`, each of which knows one thing about films.

In the order in which a frame meets them: `source` decodes, `luma` takes its
gray, `chroma` asks the network, `cuts` and `smoothing` steady the answer,
`codecs` and `segments` encode it, `joining` writes the film. `run_ahead` lets
these work at the same time; `workspace` is what an interrupted film leaves.
"""
