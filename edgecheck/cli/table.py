"""The table of the commands: quick to import, for code that needs only their names."""

from __future__ import annotations

from ..frozen import dataclass


@dataclass(frozen=True)
class Command:
    """One command.

    Args:
        name: as it is typed, and the name of the function or the `typer.Typer` in its module.
        help: the first sentence of its own help, for the list of commands.
        module: its module in this package.
    """

    name: str
    help: str
    module: str


# In the order in which help lists them.
COMMANDS = {
    command.name: command
    for command in (
        Command("init", "Write the settings into .env, checked and repaired.", "init"),
        Command("doctor", "Find out why the connection fails and what to do.", "doctor"),
        Command("env", "Show what each program makes of the .env file.", "env"),
        Command("fleet", "Check many agents at once, and count the causes.", "fleet"),
        Command("explain", "Say what a problem is and what to do about it.", "explain"),
        Command("ping", "Measure how long the backend takes to answer a ping.", "ping"),
        Command("repl", "Talk to the backend by hand: pings, acks, any message.", "repl"),
        Command("listen", "Stay connected, take commands and ack them.", "listen"),
        Command("monitor", "Check many agents again and again, and serve their state.", "monitor"),
        Command("simulate", "Run a backend on this machine that fails on demand.", "simulate"),
        Command("snippet", "Print a client that works with your settings.", "snippet"),
        Command("profile", "Say how the backend is spoken to.", "profile"),
        Command("secret", "Compare the secret with the other side's; make a new one.", "secret"),
    )
}
