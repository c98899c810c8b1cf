"""Credentials in the words of a command line, and in the names of files (pure).

Paths, names of files and ids of folders are random too. So what is there tells nothing, and of what
is not there a mark, the name before it or its place tell more than its shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from ..late import compiled
from .credentials import (
    assigned_in,
    assigned_to_names_in,
    credentials_in,
    credentials_in_name,
    in_addresses,
    is_hexadecimal,
    is_long_enough,
    is_mixed,
    is_random,
    marked_in,
    parameters_in,
)
from .pieces import MASK, longest_first

# A longer word is a text that somebody pasted, in which a value ends somewhere.
_LONGEST_SETTING = 4096
_SLASHES = compiled(r"/(?:\.?/)+")
# A name with more dots and another extension is that of a host.
_EXTENSIONS = compiled(
    "bak|cer|conf|crt|db|env|gz|html?|json|jsonl|key|log|md|pem|sock|toml|txt|xml|ya?ml|zip"
)
# MD5 and SHA-1, which build servers and caches name files by.
_DIGESTS = (32, 40)


def credentials_in_argument(word: str, there: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the parts of a word of the command line that look like credentials.

    Names of files and folders are random too, so that the shape of what is there tells nothing.
    That of a file which may be written tells less than that of a word.

    Args:
        word: the word.
        there: tells whether there is a file or a folder with this path.
    """
    found = list(_in_argument(word, there))
    if len(word) <= _LONGEST_SETTING:
        # The shell has taken its quotes away: blanks and quotes that are left belong to a value.
        found += [*assigned_to_names_in(word), *parameters_in(word)]
    # As a path is shown: without a second slash, and without a dot between slashes.
    found += [_SLASHES.sub("/", one) for one in found]
    return tuple(longest_first(dict.fromkeys(filter(is_long_enough, found))))


def _in_argument(word: str, there: Callable[[str], bool]) -> list[str]:
    name, _, value = word.partition("=") if word.startswith("--") else ("", "", word)
    if not value.strip("="):  # an option without a value, or Base64 with the end that it has
        name, value = "", word.lstrip("-")
    if mistyped := credentials_in(name.lstrip("-")):
        return list(mistyped)
    if "://" in value or re.search(r"[/\\]|\.[A-Za-z0-9]{1,5}\Z", value) is None:
        return list(credentials_in(value))
    return [*marked_in(value), *in_addresses(value), *assigned_in(value), *_in_path(value, there)]


def _in_path(path: str, there: Callable[[str], bool]) -> list[str]:
    """Return the credentials in that part of a path that is not there.

    Base64 may have a slash, so that it looks like a path with folders.
    """
    parts = path.split("/")
    kept = _there(parts, there)
    missing = parts[kept:]
    if len(missing) == 1 and re.search(r"\.[A-Za-z0-9]{1,5}\Z", missing[0]) is not None:
        in_folder = any(part.strip(".") for part in parts[:kept])
        return _in_file_name(missing[0], in_folder=in_folder)
    found = [one for part in missing for one in credentials_in(part)]
    found += [both for both in map("/".join, pairwise(missing)) if is_random(both)]
    whole = "/".join(missing)
    found += credentials_in(whole) if not kept else []
    stem, dot, _ = whole.rpartition(".")
    stem = stem.rstrip("=")
    found += [stem] if dot and is_random(stem) and is_mixed(stem) else []
    return [whole, *found] if is_random(whole) else found


def _there(parts: list[str], there: Callable[[str], bool]) -> int:
    """Return how many of the first parts of a path are there."""
    return next((end for end in range(len(parts), 0, -1) if there("/".join(parts[:end]) or "/")), 0)


def _in_file_name(name: str, *, in_folder: bool) -> list[str]:
    """Return what looks like a credential in the name of a file that is not there.

    Args:
        name: its name, with an extension; or the name of a host.
        in_folder: the file is in a folder that is there, where digests are usual names.
    """
    stem, _, extension = name.rpartition(".")
    if "." in stem and _EXTENSIONS.fullmatch(extension.lower()) is None:
        return []
    found = credentials_in_name(stem)
    if in_folder:
        found = [word for word in found if len(word) not in _DIGESTS or not is_hexadecimal(word)]
    return found


def masked_path(path: str, there: Callable[[str], bool]) -> str:
    """Return the path of a file that is not there, masked where it looks like a credential.

    Args:
        path: as it is shown.
        there: tells whether there is a file or a folder with this path.
    """
    found = credentials_in_argument(path, there)
    parts = path.split("/")
    kept = _there(parts, there)
    if found and len(parts) - kept > 1:
        return "/".join((*parts[:kept], MASK))  # a slash may be a part of it
    for credential in found:
        path = path.replace(credential, MASK)
    return path
