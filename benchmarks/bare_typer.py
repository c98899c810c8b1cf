"""The smallest Typer application with two commands: what no application made with Typer can start faster than."""

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
