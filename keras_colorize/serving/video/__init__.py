"""Films: `job.colorize_video`, and the parts that each know one thing of it.

In the order in which a frame meets them: `source` decodes, `luma` takes its
gray, `contrast` spreads it, `chroma` asks the network, `smoothing` steadies
the answer, `codecs` and `segments` encode it, `mux` writes the film: at times
that `timeline` has put in order, with fields that only `headers` can write.
`pipeline` chains the first of them, and `prefetch` lets these work at the same
time; `workspace` is what an interrupted film leaves. `side_data` is what frames
carry beside their pixels, such as closed captions. `hint_tracks` finds before
where color hints are on each frame, and `tracking` follows one of them.

All need PyAV (extra `video`), and neither Keras nor TensorFlow.
"""

from keras_colorize.errors import SettingError

try:
    import av  # noqa: F401 (all modules here need it)
except ImportError as error:
    raise SettingError(
        "Films need PyAV, which is not installed: pip install "
        "'keras-colorize[video]'."
    ) from error
