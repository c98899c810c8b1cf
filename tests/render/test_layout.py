"""Lines of text: sentences, samples and commands of one remedy."""

from __future__ import annotations

from edgecheck.render.layout import folded, remedy


def test_a_remedy_wraps_its_sentences_and_leaves_a_sample_whole() -> None:
    """A sample is copied into a file as it is, and a command has no prompt."""
    sample = "    location /edge/ws { proxy_set_header Upgrade $http_upgrade; }"
    text = f"Add this to the server of nginx, and reload it.\n{sample}\n$ nginx -s reload"
    lines = [line.plain for line in remedy(text, 30, "1. ")]

    assert lines == [
        "1. Add this to the server of",
        "   nginx, and reload it.",
        f"   {sample}",
        "     nginx -s reload",
    ]


def test_a_long_command_is_folded_between_its_words() -> None:
    """A backslash joins the lines, and what is in quotes is not divided."""
    assert folded("printf %s 'one two three' | sha256sum", 28) == [
        "printf %s 'one two three' \\",
        "  | sha256sum",
    ]
