"""Only the command that is typed is loaded, and the table names what there is."""

import subprocess
import sys

import pytest

from rsrag.commands import main
from rsrag.commands.command_table import COMMANDS, Loaded


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_called_what_the_table_says(name: str) -> None:
    assert Loaded()[name].name == name


def test_searching_does_not_load_the_other_commands() -> None:
    code = (
        "import sys\nfrom rsrag.commands import main\nmain(['search', '--help'])\n"
        "print([m for m in sys.modules if m.startswith('rsrag.commands.scenes')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_mistyped_command_is_met_with_what_is_near(capfd) -> None:
    assert main(["serch"]) == 2
    assert "Did you mean 'search'" in capfd.readouterr().err
