"""Templates are compiled once an installation, not once a process: they are kept where Python keeps its modules.

That is ``__pycache__`` beside the templates (or what ``PYTHONPYCACHEPREFIX`` says), with the same rules: nothing is
written where ``PYTHONDONTWRITEBYTECODE`` is set, and a folder that cannot be written costs nothing but the time. What
is kept holds for one version of Python and of Jinja, and for one text of the template (the engine's own checksum).
"""

import os
import pickle
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

import jinja2
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """The compiled templates of one folder."""

    def __init__(self, folder: Path) -> None:
        self._kept = Path(cache_from_source(str(folder / "template.py"))).parent
        self._ending = f"{sys.implementation.cache_tag}-jinja-{jinja2.__version__}"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the bucket what is kept, if it is of this template as it is now."""
        with suppress(OSError, EOFError, pickle.UnpicklingError), self._path(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next process. Who reads meanwhile sees all of it or nothing."""
        if sys.dont_write_bytecode:
            return
        path = self._path(bucket)
        begun = path.with_name(f"{path.name}.{os.getpid()}")
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            begun.write_bytes(bucket.bytecode_to_string())
            begun.replace(path)

    def _path(self, bucket: Bucket) -> Path:
        return self._kept / f"{bucket.key}.{self._ending}"
