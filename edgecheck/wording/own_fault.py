"""What is said of an error that is a fault of edgecheck's own (pure)."""

from __future__ import annotations

from pathlib import PurePath


def own_fault(error: BaseException) -> str:
    """Say where edgecheck failed, without the text of the error, which may contain the secret."""
    at, place = "", error.__traceback__
    while place is not None:
        name = PurePath(place.tb_frame.f_code.co_filename).name
        at, place = f" at {name}:{place.tb_lineno}", place.tb_next
    return f"edgecheck itself failed ({type(error).__name__}{at})"
