"""`peilian serve` as a process of its own, which can be killed, and a look into its database."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.durability.databases import rows, unfinished

ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Product:
    """The serving process in a folder of its own; `settings` are added to its environment."""

    folder: Path
    settings: Mapping[str, str]
    url: str = ""
    starts: int = 0
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """What all its lives wrote to standard error."""
        return self.folder / "serve.log"

    @property
    def pid(self) -> int:
        """The process that serves now."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start on a free port and wait until it says where it is. Blocks."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PEILIAN_")
        }
        environment |= {"PYTHONPATH": str(ROOT), "PEILIAN_DATA_DIR": str(self.folder / "data")}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "ops", "serve", "--port", "0"),
                cwd=self.folder,
                env=environment | dict(self.settings),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert "http://" in said, self.log.read_text()
        self.url = said.split()[-1]
        self.starts += 1

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end; its exit status. Blocks."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        # Reading to the end also closes the pipe.
        self._process.communicate()
        return self._process.returncode

    def rows(self, query: str) -> Sequence[Any]:
        """What the database answers to a question in SQL."""
        return rows(self._database, self.folder / "data", query)

    def unfinished(self) -> int:
        """Messages not yet worked, and messages not yet sent."""
        return unfinished(self._database, self.folder / "data")

    @property
    def _database(self) -> str:
        return self.settings.get("PEILIAN_DATABASE_URL", "")
