"""What stands in an entry's texts where nothing here and nothing in the text says it (pure).

A checkup fills every placeholder. `explain` may know neither the host nor the port, and a sentence
about `<host>` on port `<port>` is hard to read. So prose gets plain words in their place. What is
to be pasted keeps the placeholder, and a line says what to put in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..late import compiled
from ..terms import fill
from ..wording.units import joined

# What is pasted or quoted: code, commands, indented lines and words between quotation marks.
_PASTED = compiled(r"`[^`]*`|^\$ .*$|^ {4}.*$|\"[^\"]*\"", re.MULTILINE)
_HOLE = compiled(r"\{([a-z][a-z_ ]*)\}")
# Each phrase with its plain words; the longer ones first. They apply where the first name in it is
# not known.
_PHRASES = (
    ("{address}, port {port}", "its address and port"),
    ("{host}, port {port}, are", "the backend's host and port are"),
    ("{host}, port {port}", "the backend's host and port"),
    ("{host}:{port}", "the backend's host and port"),
    ("Port {port} of {host}", "The port of the backend's host"),
    ("port {port} of {host}", "the port of the backend's host"),
    ("names port {port}", "names a port"),
    ("forbids port {port}", "forbids the port"),
    ("its port {port}", "its port"),
    ("port {port}", "its port"),
    ("name {host}", "name of the backend's host"),
    ("{host}", "the backend's host"),
    ("{address}", "its address"),
    ("{url}", "the address in {url_name}"),
    ("the agent id {agent_id}", "your agent id"),
    ("the agent {agent_id}", "your agent"),
    ("{agent_id}", "your agent id"),
    (": closed with {close code}", ""),
    ("closed with {close code}", "closed"),
    ("closes with {close code}", "closes"),
    ("{close code}", "its close code"),
    ("HTTP {status} came in answer to the handshake", "The handshake got no 101 in answer"),
    ("HTTP {status}: ", ""),
    (": HTTP {status} from {server}", ""),
    (": HTTP {status} from {who}", ""),
    (": HTTP {status}", ""),
    ("answers {status}", "answers"),
    (" ({status})", ""),
    ("The proxy {proxy}", "The proxy"),
    ("the proxy {proxy}", "the proxy"),
    ("{proxy}", "the proxy"),
    ("{no proxy note}", ""),
    ("{what it did}", "refused it"),
    ("{scheme of it} credentials{realm}", "credentials of its own"),
    (" ({challenge})", ""),
    ("{proof} The usual reasons", "The secret is not what decides. The usual reasons"),
    ("{proof} ", ""),
    ("client certificate in {cert_file}", "client certificate"),
)
# What a checkup shows below its cause, and `explain` has not seen.
_BELOW = (
    ("what is shown below", "what `edgecheck doctor` shows"),
    ("as shown below", "as `edgecheck doctor` shows"),
    ("; it is shown below", "; `edgecheck doctor` shows it"),
    ("shown below", "shown by `edgecheck doctor`"),
)
_CAPITAL = compiled(r"(^|[.!?]\s)(the|its|your)\b")
# What to put in where a text is to be pasted.
_MEANING = {
    "host": "the host in {url_name}",
    "port": "its port (wss://: 443, ws://: 80, if it names none)",
    "address": "the IP address of the host",
    "url": "the whole address in {url_name}",
    "agent_id": "your agent id",
    "proxy": "the proxy's address",
    "proxy_host": "the proxy's host",
    "proxy_port": "the proxy's port",
    "status": "the HTTP status that came",
    "close code": "the close code that came",
}


def filled(template: str, values: Mapping[str, str]) -> str:
    """Fill a template, in plain words where a value is not known.

    Args:
        template: a title, a cause or a remedy of an entry.
        values: what is known.
    """
    parts, end = [], 0
    for found in _PASTED.finditer(template):
        parts += [_prose(template[end : found.start()], values), fill(found[0], values)]
        end = found.end()
    parts.append(_prose(template[end:], values))
    return _CAPITAL.sub(lambda found: found[1] + found[2].capitalize(), "".join(parts))


def _prose(template: str, values: Mapping[str, str]) -> str:
    for phrase, words in _PHRASES:
        # Of a phrase that is known in part, the rest may be in the next one.
        if phrase in template and values.keys().isdisjoint(_HOLE.findall(phrase)[:1]):
            template = template.replace(phrase, words)
    for phrase, words in _BELOW:
        template = template.replace(phrase, words)
    # What a title ends with is an example of it, and the title says the same without.
    for name in set(_HOLE.findall(template)) - values.keys():
        template = re.sub(rf"(?<=\w): \{{{name}\}}(?=\.?$)", "", template)
    return fill(template, values)


def to_fill_in(templates: Iterable[str], values: Mapping[str, str]) -> str:
    """Say what to put in for the placeholders that are left; empty if there are none.

    Args:
        templates: of an entry.
        values: what is known.
    """
    templates = tuple(templates)
    said = " ".join(filled(template, values) for template in templates)
    holes = {name: None for template in templates for name in _HOLE.findall(template)}
    left = [name for name in holes if name not in values and f"<{name}>" in said]
    named = [name for name in _MEANING if f"<{name}>" in said and name not in values]
    meanings = [f"<{name}>: {fill(_MEANING[name], values)}" for name in named]
    others = [f"<{name}>" for name in left if name not in _MEANING]
    if others:
        meanings.append(f"`edgecheck doctor` shows what stands for {joined(others)}")
    return f"{'; '.join(meanings)}." if meanings else ""
