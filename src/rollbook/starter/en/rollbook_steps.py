"""This project's own step functions: phrase → function. A bullet that says the phrase runs the function."""

from pathlib import Path

from rollbook import StepFailed, pure, step


@step("make sure there is no release freeze", effect=pure)
async def no_freeze() -> str:
    """No release while a file named FREEZE lies in the current directory."""
    if Path("FREEZE").exists():
        raise StepFailed("there is a release freeze: remove the file FREEZE first")
    return "no freeze"
