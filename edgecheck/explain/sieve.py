"""Find the lines of a large log that may hold a sign, quickly (pure).

Of each phrase one window of a few characters is looked for, all of them at once: with Aho-Corasick
where `ahocorasick_rs` is installed, and with one regular expression, made of a trie, where it is
not. What passes the sieve is read in full; most lines of a log do not.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from typing import Any

from .vocabulary import Group, Phrase, needles, phrase_of

# Long enough to be rare, short enough to keep the automaton small.
WINDOW = 12
# Beside the phrases: what numbers of known spaces stand behind, as logs write it.
_BEFORE_STATUS: tuple[str, ...] = (
    *("status=", 'status":', 'status": ', "status ", "status: ", "http ", "http/1.1 "),
    *('http/1.1" ', 'http/1.0" ', "response: ", "response ", "code ", "code: "),
    *("code was ", "rejected: ", "denied: "),
)
_BEFORE_CLOSE: tuple[str, ...] = (
    *("code ", "code: ", "code=", 'code":', 'code": ', "close ", "closed ", "(code: "),
    *("closed: ", "with ", "received ", "sent ", "library(", "closed [", 'close", ', "close, "),
    "abnormal (",
)
# In access logs of load balancers, of IIS and of uvicorn, which have no words beside the numbers.
_LOGGED = (
    *(" 502 - ", " 503 - ", " 504 - ", " - 502 ", " - 503 ", " - 504 "),
    *('"get ws', '"get http', '"websocket /'),
    *(f" {status} 0 " for status in (400, 401, 403, 404, 426, 429, 500, 502, 503, 504)),
)
# Verbs of who answers, with the status behind a colon.
_ANSWERED = tuple(
    f"{verb}: {quote}"
    for verb in ("returned", "answered", "replied", "received", "got")
    for quote in ("", "'", '"')
)
_REASONS = ("401 unauth", "403 forb", "404 not f", "502 bad", "503 serv", "504 gate", "429 too")
_NAMES = ("econn", "etimedout", "enotfound", "ehostun", "enetun")
_SPACES: tuple[str, ...] = (
    *(f"{before}{name}" for name in _NAMES for before in " '\"([:"),
    *("errno", "os error ", "winerror ", "eai_", "nsurlerror", "code=-", " alert", "err_"),
    *("net_error", "verify_", "-0x", "x509_v", "code=h", "code=r", "error code: 1", "curl: ("),
    *("closecode", "closeframe", "closestatus", "websocketdisconnect"),
    *("0x80090", "0x80092", "0x800b0", "sec_e_", "cert_e_", "kcferrordomain", "tls_alert"),
    *("errcode=", "errcode: ", "stream error", "stream was reset", "handshake not completed"),
    *("refused_stream", "enhance_your_calm", "http_1_1_req", "nghttp2_"),
    *("0x8007", "-2147", "cert_trust_", "remote error: t", "error r1", "failed with error 12"),
    *("esp-tls: 0x80", "esp_err_", "ssl_client", "mbedtls_ssl", "br_ssl_", "bearssl", "errssl"),
)
# Of what is read by its structure: parts of a frame, fields of the handshake, and settings.
_PARTS: tuple[str, ...] = (
    *("rsv1 bit", "rsv bit", "opcode is", "exceeds the limit", "websocket write", "header 'sec-we"),
    *("header upgrade", "upgrade header", 'upgrade" request', "header line", "socks url"),
    *("while upgradi", "a websocket h", "not be verifi", "last ping", "of inactivity"),
    *("throttled", "exceeded msg", "max-clients", "not received", "pusher", "not logged in"),
    *("sub-protocol", "subprotocol", "mismatch in origin", "ping timeout after"),
    *("parameter not set", "field required", "environment variable", '" not set'),
)


def _triggers() -> Iterator[str]:
    yield from (f"{before}{digit}" for before in (*_BEFORE_STATUS, *_ANSWERED) for digit in "45")
    yield from (f"{before}{digit}" for before in _BEFORE_CLOSE for digit in "134")
    yield from _REASONS
    yield from _LOGGED
    yield from _SPACES
    yield from _PARTS


class Sieve:
    """Lets the lines through that may hold a sign.

    Args:
        also: more words to look for, in lower case.
    """

    def __init__(self, also: Sequence[str] = ()) -> None:
        self._groups: dict[str, list[tuple[str, str, Group]]] = defaultdict(list)
        windows = _windows([needle for needle, _, _ in needles()])
        for (needle, line, group), window in zip(needles(), windows, strict=True):
            self._groups[window].append((needle, line, group))
        for word in (*_triggers(), *also):
            self._groups.setdefault(word, [])
        self._words = sorted(self._groups)
        self._search = _automaton(self._words)

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile(trie_pattern(self._words).encode())

    def candidates(self, lower: bytes) -> Iterator[tuple[int, int]]:
        """Yield where the lines stand that may hold a sign.

        Args:
            lower: whole lines, in lower case.
        """
        end = -1
        for at in self._hits(lower):
            if at < end:
                continue
            start = lower.rfind(b"\n", 0, at) + 1
            end = lower.find(b"\n", at)
            end = len(lower) if end < 0 else end
            yield start, end

    def phrases_in(
        self, lower: str, words: Sequence[str]
    ) -> Iterator[tuple[Phrase, re.Match[str]]]:
        """Yield the phrases that stand in a line, and where; see `vocabulary.phrases_in`.

        Args:
            lower: the line.
            words: what `words_in` returned for it.
        """
        for word in words:
            for needle, line, group in self._groups[word]:
                if needle in lower:
                    phrase = phrase_of(line, group)
                    if (match := phrase.pattern.search(lower)) is not None:
                        yield phrase, match

    def _hits(self, lower: bytes) -> Iterator[int]:
        if self._search is None:
            return (match.start() for match in self._pattern.finditer(lower))
        return (start for _, start, _ in self._search.find_matches_as_indexes(lower))

    def words_in(self, lower: str) -> list[str]:
        """Return the words of the sieve that stand in a line."""
        if self._search is None:
            return [word for word in self._words if word in lower]
        found = self._search.find_matches_as_indexes(lower.encode(), overlapping=True)
        return [self._words[index] for index in sorted({index for index, _, _ in found})]


@cache
def sieve_with(also: tuple[str, ...]) -> Sieve:
    """Return a sieve, the same one each time: to make one takes long."""
    return Sieve(also)


def _automaton(words: Sequence[str]) -> Any:
    """Return what finds all words at once; None where the library is missing."""
    try:
        from ahocorasick_rs import BytesAhoCorasick, Implementation
    except ImportError:
        return None
    return BytesAhoCorasick([word.encode() for word in words], implementation=Implementation.DFA)


def _windows(pieces: Sequence[str]) -> list[str]:
    """Return of each piece the part that fewest other pieces share."""
    shared = Counter(piece[at : at + 4] for piece in pieces for at in range(len(piece) - 3))

    def common(window: str) -> int:
        return max((shared[window[at : at + 4]] for at in range(len(window) - 3)), default=0)

    def usual(window: str) -> int:
        return sum(shared[window[at : at + 4]] for at in range(len(window) - 3))

    windows = []
    for piece in pieces:
        parts = [piece[at : at + WINDOW] for at in range(max(len(piece) - WINDOW, 0) + 1)]
        windows.append(min(parts, key=lambda part: (usual(part), common(part))))
    return windows


def trie_pattern(words: Sequence[str]) -> str:
    """Return one regular expression for many words: what they share at the beginning, once."""
    trie: dict[str, Any] = {}
    for word in words:
        node = trie
        for character in word:
            node = node.setdefault(character, {})
        node[""] = {}
    return _branches(trie)


def _branches(node: dict[str, Any]) -> str:
    if "" in node:
        return ""  # a word ends here, and what is longer than it matters no more
    parts = [re.escape(character) + _branches(below) for character, below in node.items()]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
