"""What ``make test`` runs: every check, then every test; the last line is pytest's, the exit code counts them all."""

from __future__ import annotations

import subprocess
import sys

from config import building
from config.places import CLONE

CHECKS: dict[str, list[str]] = {
    "ruff": ["-m", "ruff", "check", "--quiet", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "--quiet", "."],
    "mypy": ["-m", "mypy", "--strict", "config", "demand", "manufacturers", "tests", "manage.py"],
    "import contracts": ["-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"],
    "migrations": ["manage.py", "makemigrations", "--check", "--dry-run"],
    "translations": ["-m", "config.checks", "translations"],
}


def main(arguments: list[str]) -> int:
    if arguments == ["translations"]:
        return _translations()
    failed = [name for name, command in CHECKS.items() if not _passes(name, command)]
    sys.stdout.write(f"checks failed: {', '.join(failed)}\n" if failed else "checks passed\n")
    sys.stdout.flush()
    tests = subprocess.run([sys.executable, "-m", "pytest", "-n", "2", *arguments], cwd=CLONE, check=False)
    return tests.returncode or (1 if failed else 0)


def _passes(name: str, command: list[str]) -> bool:
    done = subprocess.run([sys.executable, *command], cwd=CLONE, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.stdout.write(f"== {name}\n{done.stdout}{done.stderr}\n")
    return done.returncode == 0


def _translations() -> int:
    faults = building.translation_faults()
    sys.stdout.write("".join(f"{fault}\n" for fault in faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
