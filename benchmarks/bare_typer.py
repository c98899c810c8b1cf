"""The smallest Typer application with two commands.

No application made with Typer can start faster.
"""

import typer

app = typer.Typer()


@app.command()
def hello() -> None:
    """Say hello."""
    print("hello")


@app.command()
def goodbye() -> None:
    """Say goodbye."""
    print("goodbye")


if __name__ == "__main__":
    app()
