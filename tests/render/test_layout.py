"""Lines of text: sentences, samples and commands of one remedy."""

from __future__ import annotations

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.tells import TELLS
from edgecheck.render.layout import folded, remedy
from edgecheck.render.passages import Kind, lines_of


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


def test_commands_that_end_a_sentence_have_a_line_each() -> None:
    """Also several, which a comma divides."""
    text = "Look at the rules: `sudo nft list ruleset`, `sudo iptables -S`. Then ask."
    lines = [line.plain for line in remedy(text, 60, "1. ")]

    assert lines == [
        "1. Look at the rules:",
        "     sudo nft list ruleset",
        "     sudo iptables -S",
        "   Then ask.",
    ]


def test_what_a_sentence_goes_on_after_stays_in_it() -> None:
    """A piece of a sentence alone on a line could not be understood."""
    text = "Switch the log-in off: `auth_basic off;` in its location."
    lines = [line.plain for line in remedy(text, 70, "1. ")]

    assert lines == ["1. Switch the log-in off: `auth_basic off;` in its location."]


def test_a_command_that_no_line_has_room_for_has_its_own_lines() -> None:
    """Broken at the end of a line, it would be another command when it is pasted."""
    command = f"edgecheck doctor --url wss://{'x' * 40}.example --ca-file backend.pem"
    text = f"Get the file from the backend's team, then `{command}`. Ask otherwise."
    lines = [line.plain for line in remedy(text, 80, "1. ")]
    copied = "".join(each.strip().removesuffix("\\") for each in lines[1:-1])

    assert lines[0] == "1. Get the file from the backend's team, then"
    assert copied == command
    assert lines[-1] == "   Ask otherwise."


def test_a_long_sentence_between_two_pieces_of_code_stays_a_sentence() -> None:
    """It stands between two backticks as a command does."""
    text = (
        f"Open `http://example.com` in a browser, {'and wait, ' * 6}then `edgecheck doctor` again."
    )
    lines = [line.plain for line in remedy(text, 200, "1. ")]

    assert lines == [f"1. {text}"]


def test_no_step_of_the_catalogue_is_cut_inside_its_code() -> None:
    """The backticks of each line belong together."""
    steps = [text for problem in PROBLEMS.values() for text in problem.remedies]
    steps += [text for tell in TELLS for text in tell.steps]
    sentences = [
        line.text for text in steps for line in lines_of(text) if line.kind is Kind.SENTENCE
    ]

    assert len(sentences) > len(steps)
    assert [text for text in sentences if text.count("`") % 2] == []
