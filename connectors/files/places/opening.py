"""Open the place that the settings of a side name."""

from __future__ import annotations

from pathlib import Path

from connectors.contract.errors import ConfigError
from connectors.contract.protocols import Authoriser
from connectors.files.places.folder import Folder
from connectors.files.places.local import LocalFolder
from connectors.files.places.sftp import SftpFolder
from connectors.files.settings import FOLDER, PlaceSettings


def open_place(settings: PlaceSettings, authoriser: Authoriser, root: Path | None) -> Folder:
    """Return the folder of a side, not yet opened. Raises ConfigError.

    ``root`` is the folder that the operator has given to the account; None where there is none.
    """
    if settings.place != FOLDER:
        return SftpFolder(settings, authoriser)
    if root is None:
        raise ConfigError(
            "This iHUB server has no folder for files. Ask its operator to set IHUB_FILES, or use an SFTP server."
        )
    return LocalFolder(root, settings.folder)
