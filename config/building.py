"""What a deployment needs before it serves: migrations, compiled translations, collected static files.

Each step is skipped when nothing it depends on changed since it last ran.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from config.children import bound_to_this_process
from config.places import CLONE

LOCALE_FOLDERS = (CLONE / "demand" / "locale", CLONE / "manufacturers" / "locale")
STATIC_FOLDERS = (CLONE / "demand" / "static", CLONE / "manufacturers" / "static")
STATIC_ROOT = CLONE / "staticfiles"
# Builds of Bootstrap and htmx that no page uses; compressing them takes most of a first start.
NOT_SERVED = (
    "bootstrap-grid*",
    "bootstrap-reboot*",
    "bootstrap-utilities*",
    "bootstrap*.rtl*",
    "bootstrap.css*",
    "bootstrap.js*",
    "bootstrap.esm*",
    "bootstrap.bundle.js*",
    "htmax*",
)


class StepFailed(Exception):
    """A step ended with ``code`` after it said why."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


def prepare_deployment(stopping: Sequence[int] = ()) -> None:
    """Compile translations, migrate, check the currency, collect static files. A repeat is quick and changes nothing.

    Raises
    ------
    StepFailed
        If migrating or collecting failed, or ``stopping`` got an entry in the meantime.
    """
    compile_translations()
    _manage(["prepare"], stopping)
    collect_static(stopping)


def compile_translations() -> list[Path]:
    """Write the ``.mo`` of each ``.po`` that is newer; the files written. Needs no gettext programs."""
    written = []
    for source in translation_files():
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as text:
            catalogue = read_po(text, abort_invalid=True)
        draft = target.with_suffix(f".{os.getpid()}")
        with draft.open("wb") as file:
            write_mo(file, catalogue)
        draft.replace(target)
        written.append(target)
    return written


def translation_files() -> list[Path]:
    """Every ``.po`` of the project."""
    return sorted(file for folder in LOCALE_FOLDERS for file in folder.glob("*/LC_MESSAGES/*.po"))


def translation_faults() -> list[str]:
    """Each place where a ``.po`` lacks a translation, is unsure of it, or lost a placeholder: file, line, why."""
    faults = []
    for file in translation_files():
        with file.open("rb") as text:
            catalogue = read_po(text, abort_invalid=True)
        for message in catalogue:
            place = f"{file.relative_to(CLONE)}:{message.lineno}"
            if not message.id:
                continue
            if message.fuzzy:
                faults.append(f"{place}: fuzzy: {message.id}")
            elif not message.string or not all(message.string):
                faults.append(f"{place}: not translated: {message.id}")
            faults += [f"{place}: {error}" for error in message.check(catalogue)]
    return faults


def collect_static(stopping: Sequence[int] = ()) -> bool:
    """Collect and compress static files unless nothing changed since the last time; whether it did."""
    stamp = STATIC_ROOT / ".stamp"
    mark = _mark([CLONE / "requirements.txt", *(file for folder in STATIC_FOLDERS for file in folder.rglob("*"))])
    if stamp.exists() and stamp.read_text() == mark and (STATIC_ROOT / "staticfiles.json").exists():
        return False
    ignored = [part for pattern in NOT_SERVED for part in ("--ignore", pattern)]
    _manage(["collectstatic", "--noinput", "--clear", "--verbosity=0", *ignored], stopping)
    stamp.write_text(mark)
    return True


def _manage(arguments: list[str], stopping: Sequence[int]) -> None:
    # As the supervisor's children are run: under the settings of tests, files are collected without their manifest.
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=CLONE,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        preexec_fn=bound_to_this_process(signal.SIGTERM),
    )
    while process.poll() is None:
        if stopping:
            process.terminate()
            process.wait()
            raise StepFailed(130)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.1)
    if process.returncode:
        raise StepFailed(process.returncode)


def _mark(files: Iterable[Path]) -> str:
    mark = hashlib.sha256()
    for file in sorted(files):
        if file.is_file():
            found = file.stat()
            mark.update(f"{file}|{found.st_size}|{found.st_mtime_ns}\n".encode())
    return mark.hexdigest()


if __name__ == "__main__":
    compile_translations()
