"""Folders of weights on the Hugging Face Hub and on Kaggle.

    hf://owner/name                            the newest of a repository
    hf://owner/name@revision                   a branch, tag or commit of it
    kaggle://owner/model/framework/variation   with /version for an older one

Their own packages download, keep what they downloaded, and send the token of
whoever is logged in. Here only files of a preset are taken, and errors become
sentences.
"""

import re
from pathlib import Path

from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.errors import needs_extra
from keras_colorize.files import CONFIG_FILE
from keras_colorize.files import METADATA_FILE
from keras_colorize.files import WEIGHTS_FILE

SCHEMES = ("hf://", "kaggle://")
_FILES = (CONFIG_FILE, METADATA_FILE, WEIGHTS_FILE)
_NAME = r"[A-Za-z0-9][\w.-]*"
_HF = re.compile(rf"hf://({_NAME}/{_NAME})(?:@([\w./-]+))?")
_KAGGLE = re.compile(rf"kaggle://({_NAME}(?:/{_NAME}){{3}}(?:/\d+)?)")


def is_address(preset: object) -> bool:
    """Tells whether a preset is said by an address of `SCHEMES`."""
    return isinstance(preset, str) and preset.startswith(SCHEMES)


def download(address: str) -> Path:
    """Fetches the files of a preset that are not here yet.

    Args:
        address: See the module's docstring.

    Returns:
        Folder with `config.json`, `metadata.json` and `model.weights.h5`, or
        with those of them that there are. It belongs to the package that
        downloaded it.

    Raises:
        ImportError: If that package is not installed.
        SettingError: If the address is none, or there is nothing at it.
        ModelError: If it cannot be reached, or the download breaks off.
    """
    for pattern, fetch in ((_HF, _from_hugging_face), (_KAGGLE, _from_kaggle)):
        match = pattern.fullmatch(address)
        if match:
            return Path(fetch(address, *match.groups()))
    raise SettingError(
        "An address of weights is hf://owner/name, with @revision if you "
        "like, or kaggle://owner/model/framework/variation. Received: "
        f"{address!r:.200}."
    )


def _from_hugging_face(address, repository, revision):
    with needs_extra("hub", "hf:// addresses", "huggingface_hub"):
        import huggingface_hub
        from huggingface_hub import errors
    try:
        return huggingface_hub.snapshot_download(
            repository,
            revision=revision,
            allow_patterns=list(_FILES),
            library_name="keras-colorize",
        )
    except errors.GatedRepoError as error:
        raise SettingError(
            f"{address} is given to those only who accepted its terms. Open "
            "its page on the Hub, accept them, and run: hf auth login"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise SettingError(
            f"There is nothing at {address}, or it is private. Check the "
            "name, or run: hf auth login"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise SettingError(
            f"{address} has no such revision. Received: {revision!r}. Leave "
            "it out for the newest."
        ) from error
    except errors.LocalEntryNotFoundError as error:
        mirror = "set HF_ENDPOINT to a mirror, "
        raise _unreachable(address, mirror, error) from error
    except (OSError, errors.HTTPError, errors.HFValidationError) as error:
        raise _broken(address, error) from error


def _from_kaggle(address, handle):
    with needs_extra("hub", "kaggle:// addresses", "kagglehub"):
        import kagglehub
        from kagglehub import exceptions
    import requests

    try:
        return kagglehub.model_download(handle)
    except exceptions.KaggleApiHTTPError as error:
        raise SettingError(
            f"There is nothing at {address}, or it needs a login: check the "
            "name, accept its terms on its page, and see "
            f"kagglehub.login. Received: {_first_line(error)}"
        ) from error
    except requests.ConnectionError as error:
        raise _unreachable(address, "", error) from error
    except (OSError, ValueError, exceptions.DataCorruptionError) as error:
        raise _broken(address, error) from error


def _unreachable(address, mirror, error):
    return ModelError(
        f"{address} cannot be reached, and is not here from an earlier "
        f"download. Go online once, {mirror}or copy the folder to this "
        f"machine and give its path. Received: {_first_line(error)}"
    )


def _broken(address, error):
    return ModelError(
        f"{address} could not be downloaded. Received: "
        f"{type(error).__name__}: {_first_line(error)} Try again; what has "
        "arrived is kept."
    )


def _first_line(error):
    return (str(error).strip().splitlines() or [""])[0][:300]
