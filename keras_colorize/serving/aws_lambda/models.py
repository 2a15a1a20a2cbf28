"""The models in the package of a function, and no others."""

from keras_colorize.errors import SettingError
from keras_colorize.files import ONNX_FILE
from keras_colorize.presets import DEFAULT_MODEL
from keras_colorize.presets import list_shipped
from keras_colorize.serving.aws_lambda.settings import FunctionSettings
from keras_colorize.serving.session import ColorizeSession


class FunctionModels:
    """Sessions by name, each loaded once; the default one at once.

    Args:
        settings: Say where to look and which model is the default.

    Attributes:
        names: What events may ask for.

    Raises:
        SettingError: If there is no model, or not the default one.
        ModelError: If its file is damaged.
    """

    def __init__(self, settings: FunctionSettings):
        self._sources = {}
        for weights in list_shipped():
            if (weights.folder / ONNX_FILE).is_file():
                self._sources[weights.name] = weights.name
                if weights.is_default:
                    self._sources[weights.model] = weights.name
        for path in sorted(settings.models_dir.glob("*.onnx")):
            self._sources[path.stem] = path
        self._num_threads = settings.num_threads
        self._sessions: dict[str, ColorizeSession] = {}
        self.names = sorted(self._sources)
        if not self.names:
            raise SettingError(
                "There is no model in the package of this function. Pack it "
                "again with export/aws_lambda/build.py --model NAME."
            )
        usual = DEFAULT_MODEL if DEFAULT_MODEL in self.names else self.names[0]
        self._default = settings.model or usual
        self.find(None)

    def find(self, name: str | None) -> ColorizeSession:
        """The session of a model, the default one for None.

        Raises:
            SettingError: If there is no model of that name.
            ModelError: If its file is damaged.
        """
        name = self._default if name is None else name
        if name not in self._sources:
            raise SettingError(
                f"`model` must be one of this function's: "
                f"{', '.join(self.names)}. Received: model={name[:80]!r}."
            )
        source = self._sources[name]
        if str(source) not in self._sessions:
            self._sessions[str(source)] = ColorizeSession(
                source, num_threads=self._num_threads
            )
        return self._sessions[str(source)]
