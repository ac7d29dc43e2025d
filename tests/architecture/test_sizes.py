"""Nothing grows past what a person holds in mind at once: functions of 60 lines, files of 400."""

from __future__ import annotations

from tests.architecture.sources import files_of_tests, functions, modules, name_of

MOST_LINES_OF_A_FUNCTION = 60
FEWER_LINES_OF_A_FILE_THAN = 400


def test_no_function_is_too_long() -> None:
    long = [
        f"{name_of(file)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1}"
        for file in (*modules(), *files_of_tests())
        for node in functions(file)
        if node.end_lineno and node.end_lineno - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_no_file_is_too_long() -> None:
    lines = {name_of(file): len(file.read_text().splitlines()) for file in (*modules(), *files_of_tests())}
    assert {name: count for name, count in lines.items() if count >= FEWER_LINES_OF_A_FILE_THAN} == {}
