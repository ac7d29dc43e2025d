"""Memory for the servers: what the container may use, within bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.memory import LEAST_BUFFERS_MB, MOST_BUFFERS_MB, buffers_mb, memory_mb


@pytest.mark.parametrize("said", ["max\n", "", None])
def test_without_a_limit_the_machine_counts(tmp_path: Path, said: str | None) -> None:
    limit = tmp_path / "memory.max"
    if said is not None:
        limit.write_text(said)
    assert memory_mb(limit) == memory_mb(tmp_path / "none") > 256


def test_a_container_may_use_less_than_the_machine_has(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(f"{64 << 20}\n")
    assert memory_mb(tmp_path / "memory.max") == 64
    (tmp_path / "memory.max").write_text(f"{1 << 60}\n")
    assert memory_mb(tmp_path / "memory.max") == memory_mb(tmp_path / "none")


@pytest.mark.parametrize(
    ("memory", "buffers"), [(64, LEAST_BUFFERS_MB), (2048, 512), (8192, 2048), (262_144, MOST_BUFFERS_MB)]
)
def test_a_quarter_is_for_the_buffers(memory: int, buffers: int) -> None:
    assert buffers_mb(memory) == buffers
