"""Write ``requirements.txt`` from the pins and reasons in ``pyproject.toml`` (``make lock``; needs a package index)."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "requirements.txt"
HEAD = """# Everything this project installs, pinned and hash-checked. Made by `make lock` from
# [tool.wishmill.requirements] in pyproject.toml; a package named there stands under its reason,
# the others under those that need them.
"""
OPTIONS = ["--generate-hashes", "--no-header", "--no-emit-index-url", "--allow-unsafe", "--quiet"]


def main() -> int:
    reasons = direct()
    with tempfile.TemporaryDirectory() as folder:
        wanted, found = Path(folder, "wanted.in"), Path(folder, "found.txt")
        wanted.write_text("\n".join(reasons))
        if TARGET.exists():
            # What was pinned before stays where nothing asks for a change.
            found.write_text(TARGET.read_text())
        platform = ["--python-version", "3.11", "--python-platform", "linux"]
        command = ["uv", "pip", "compile", str(wanted), *platform, *OPTIONS, "--output-file", str(found)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        TARGET.write_text(HEAD + woven(found.read_text(), {name_of(pin): why for pin, why in reasons.items()}))
    return 0


def direct() -> dict[str, str]:
    """Pin to reason, as pyproject names them."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["wishmill"]["requirements"]
    return dict(table)


def name_of(pin: str) -> str:
    """The normalised name: lower case, dashes, no extras."""
    return re.sub(r"[-_.]+", "-", re.split(r"[=\[<>~! ]", pin, maxsplit=1)[0]).lower()


def woven(compiled: str, reasons: dict[str, str]) -> str:
    """The compiled text with each direct package under its reason."""
    lines = []
    for line in compiled.splitlines():
        if line.endswith("wanted.in"):
            # Where a direct requirement is named says nothing: its reason stands above it.
            continue
        if line and not line[0].isspace() and not line.startswith("#"):
            why = reasons.get(name_of(line))
            if why:
                lines.append(f"\n# {why}")
        lines.append(line)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
