"""What ``make setup`` does, with nothing but the standard library: a virtual environment with everything pinned.

Skipped when ``requirements.txt`` is what was installed last. With ``--browser`` also the Chromium and the Chinese fonts
that browser tests need, installed where that is possible, else it says how.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
REQUIREMENTS = ROOT / "requirements.txt"
BROWSER_PACKAGES = ("chromium", "fonts-noto-cjk")
# Folder of a kernel that numba compiles → what makes it compile everything it has.
KERNELS = {
    "manufacturers/planning/kernel": "from manufacturers.planning.kernel.solver import warm; warm()",
    "manufacturers/proposing/kernel": "import manufacturers.proposing.kernel.loops",
}
COMPILED = VENV / "compiled-kernels"


class SetupFailed(Exception):
    """Setting up cannot go on; the message says what is missing and how to get it."""


def main(arguments: list[str]) -> int:
    try:
        install_requirements()
        compile_kernels()
        if "--browser" in arguments:
            install_browser()
    except SetupFailed as error:
        sys.stderr.write(f"setup: {error}\n")
        return 2
    return 0


def install_requirements() -> None:
    """Make ``.venv`` hold exactly what ``requirements.txt`` names, each file checked against its hash."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + str(ROOT).encode()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted and PYTHON.exists():
        return
    if sys.version_info[:2] != (3, 11):
        found = sys.version.split()[0]
        raise SetupFailed(f"Python 3.11 is needed, this is {found}; on Debian 12: apt-get install python3")
    _say("installing pinned requirements into .venv (some 700 MB, once)")
    uv = shutil.which("uv")
    if not (PYTHON.exists() and _works([str(PYTHON), "-c", ""])):
        _make_environment(uv)
    installer = [uv] if uv else _own_uv()
    options = ["--require-hashes", "--compile-bytecode", "--quiet", "--python", str(PYTHON), str(REQUIREMENTS)]
    _run(
        [*installer, "pip", "sync", *options],
        "the requirements could not be installed; is the package index reachable?",
    )
    STAMP.write_text(wanted)


def compile_kernels() -> None:
    """Compile the numba kernels once, two at a time, so that no job and no test waits for it."""
    sources = sorted(path for folder in KERNELS for path in (ROOT / folder).rglob("*.py"))
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    if COMPILED.exists() and COMPILED.read_text() == wanted:
        return
    _say("compiling kernels (once)")
    work = [subprocess.Popen([str(PYTHON), "-c", code], cwd=ROOT) for code in KERNELS.values()]
    codes = [one.wait() for one in work]
    if any(codes):
        raise SetupFailed("the kernels could not be compiled")
    COMPILED.write_text(wanted)


def install_browser() -> None:
    """Install Chromium and CJK fonts with apt-get as root; otherwise say how, and go on."""
    missing = [name for name in BROWSER_PACKAGES if not _has(name)]
    if not missing:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _say(f"installing {' and '.join(missing)} for browser tests")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["apt-get", "update"], command):
            subprocess.run(step, check=False, env=quiet, stdout=subprocess.DEVNULL)
        missing = [name for name in BROWSER_PACKAGES if not _has(name)]
    if missing:
        _say(f"browser tests need {' and '.join(missing)}; as root: {' '.join(command)}")


def _make_environment(uv: str | None) -> None:
    if VENV.exists():
        shutil.rmtree(VENV)
    if uv:
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)], "uv could not make .venv")
        return
    if not _works([sys.executable, "-c", "import venv, ensurepip"]):
        if os.geteuid() == 0 and shutil.which("apt-get"):
            for step in (["apt-get", "update"], ["apt-get", "install", "--yes", "python3.11-venv"]):
                subprocess.run(step, check=False, stdout=subprocess.DEVNULL)
        if not _works([sys.executable, "-c", "import venv, ensurepip"]):
            raise SetupFailed("Python's venv module is missing; as root: apt-get install python3.11-venv")
    _run([sys.executable, "-m", "venv", str(VENV)], ".venv could not be made")


def _own_uv() -> list[str]:
    """uv from the requirements themselves, checked like the rest: three times as fast as pip."""
    lines = REQUIREMENTS.read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("uv=="))
    end = next(number for number in range(start, len(lines)) if not lines[number].endswith("\\"))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(lines[start : end + 1]) + "\n")
        file.flush()
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        _run([*pip, "--require-hashes", "-r", file.name], "uv could not be installed; is the package index reachable?")
    # Synchronising must not remove the uv that runs it: it is named in the requirements, so it stays.
    return [str(VENV / "bin" / "uv")]


def _has(package: str) -> bool:
    if package == "chromium":
        return shutil.which("chromium") is not None
    return any(Path("/usr/share/fonts").rglob("*CJK*")) if Path("/usr/share/fonts").exists() else False


def _works(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _run(command: list[str], complaint: str) -> None:
    if subprocess.run(command, check=False, cwd=ROOT).returncode:
        raise SetupFailed(complaint)


def _say(sentence: str) -> None:
    sys.stderr.write(f"setup: {sentence}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
