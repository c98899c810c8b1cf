"""upgrade: a web site answers: which one, and why it and not the backend."""

from __future__ import annotations

from ...facts import Facts
from ...late import compiled
from ...terms import Confidence
from ..condition import Sighting
from ..numbers import SUCCESSES
from ..products import Cure
from .responses import begins_like_a_page, body_of, is_bare, refusal
from .witness import cures, passed_on_by

# What web servers show for a name that no site of theirs has.
_DEFAULT_PAGE = compiled(
    r"""(?isx)
    welcome\ to\ (?:nginx|openresty|tengine|caddy|opensuse|centos) | apache2\ \w+\ default\ page
    | <h1>\s*it\ works!?\s*</h1> | test\ page\ for\ the\ (?:apache|nginx|http)
    | <title>\s*(?:iis\ windows(?:\ server)?|http\ server\ test\ page|placeholder\ page|
      default\ (?:web\ site|parallels\ plesk|web)\ page|lighttpd\ default\ page|apache\ tomcat)
    | domain\ default\ page | (?:caddy|your\ web\ server)\ is\ working
    | this\ is\ the\ default\ (?:web\ page|index\ page|server)
    | congratulations!?[^<]{0,40}installed
    """
)
_PARKED = compiled(
    r"""(?isx)
    \b(?:domain|name)\b[^<]{0,40}\b(?:is|may\ be|for)\ (?:parked|for\ sale|sale|available\ for)
    | buy\ this\ domain | parked\ (?:free|domain|page) | domain\ parking | sedoparking
    | hugedomains | parkingcrew | bodis\.com | dan\.com/buy
    """
)

_NO_HANDLER = (
    "{server} answers {status} without content. Caddy does so for a host or a path that its "
    "configuration has no handler for, so the request probably did not reach any backend."
)
_CHECK_NAME = "Check the host in {url_where}: the request went to {url}."


def not_websocket(facts: Facts) -> Sighting | None:
    """See a page or a document instead of an open socket."""
    response = refusal(facts)
    if response is None or response.status not in SUCCESSES.numbers:
        return None
    body = body_of(response)
    if _PARKED.search(body):
        return _PARKED_NAME
    if _DEFAULT_PAGE.search(body):
        return _NO_SITE
    if is_bare(response) and any(one.bare for one in passed_on_by(response)):
        return Sighting(
            confidence=Confidence.POSSIBLE,
            cause=_NO_HANDLER,
            alternatives=("upgrade-not-found", "upgrade-header-dropped"),
        )
    return Sighting(
        confidence=Confidence.LIKELY if begins_like_a_page(response) else Confidence.POSSIBLE,
        alternatives=("upgrade-header-dropped",),
        between=cures(response, Cure.UPGRADE),
    )


_NO_SITE = Sighting(
    title="The default page of a web server answers at {host}: HTTP {status}",
    cause=(
        "The web server works, and has no site for the name {host}, so it shows the page that "
        "comes with it. The name leads to another machine than the backend's, or the site is not "
        "set up there yet."
    ),
    remedies=(
        _CHECK_NAME,
        (
            "Ask the backend's team whether {host} leads to their machine, and whether their web "
            "server knows the name: nginx `server_name`, Apache `ServerName`, IIS a binding."
        ),
    ),
    confidence=Confidence.LIKELY,
    alternatives=("upgrade-not-found",),
)
_PARKED_NAME = Sighting(
    title="The name {host} is parked: a page of its registrar answers",
    cause=(
        "No backend uses this name: the company that sells or keeps it shows a page of its own. It "
        "is misspelt, or its registration has ended."
    ),
    remedies=(
        _CHECK_NAME,
        "Ask the backend's team for the right name, and whether the registration has ended.",
    ),
    only=True,
    confidence=Confidence.LIKELY,
)
