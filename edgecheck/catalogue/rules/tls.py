"""tls: why a certificate was refused, and whether a clock is wrong."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ...facts import Certificate, Facts, Kind, TlsFacts
from ...facts.dates import from_http, from_rfc3339
from ...facts.failure import ISSUER_OF_TRUSTED
from ...terms import Confidence, Severity, Side, verbatim
from ...wording.certificates import issuance, validity
from ...wording.units import counted
from ..condition import OnVerifyCode, Sighting
from ..numbers import EXPIRED, HOSTNAME, NOT_YET_VALID, SELF_SIGNED, UNKNOWN_ISSUER
from ..steps import CHECK_CLOCK, SHOW_CHAIN, USE_AUTHORITY
from . import handshake, issuers

# OpenSSL's reasons to refuse a certificate or key although verification did not fail.
_KEY_REASONS = frozenset(
    {
        "EE_KEY_TOO_SMALL",
        "CA_KEY_TOO_SMALL",
        "CA_MD_TOO_WEAK",
        "DH_KEY_TOO_SMALL",
        "BAD_SIGNATURE",
        "WRONG_SIGNATURE_TYPE",
        "WRONG_CURVE",
    }
)

# Renewal runs 30 days before the end with 90-day certificates; with 14 left it has failed for
# weeks.
_EXPIRING = timedelta(days=14)
# Kerberos' and most tokens' tolerance; time synchronisation keeps a machine within a second.
_SKEW = timedelta(minutes=5)
# How many names of a certificate fit in a title.
_NAMES_SHOWN = 6

_SET_CLOCK = (
    "Set this machine's clock: `sudo timedatectl set-ntp true`. By the server's clock the "
    "certificate is valid."
)
_WAIT_FOR_RAILWAY = (
    "Wait until Railway has issued the certificate of your custom domain, and look at the domain's "
    "page there. Until then Railway shows its default certificate."
)
_SEND_INTERMEDIATES = (
    "Ask the backend's team whether their server sends its intermediate certificates: it sent only "
    "one certificate, which does not lead to a root. The file to use is the whole chain "
    "(`fullchain.pem`), not the certificate alone (`cert.pem`)."
)


def _refused(facts: Facts, *codes: OnVerifyCode) -> TlsFacts | None:
    """Return the handshake if the certificate was refused with one of these codes."""
    return facts.tls if any(code.see(facts) is not None for code in codes) else None


def expired(facts: Facts) -> Sighting | None:
    """See a certificate that has expired."""
    return _out_of_date(facts, EXPIRED, "not_after")


def not_yet_valid(facts: Facts) -> Sighting | None:
    """See a certificate that is not valid yet."""
    return _out_of_date(facts, NOT_YET_VALID, "not_before")


def _out_of_date(facts: Facts, code: OnVerifyCode, end: str) -> Sighting | None:
    """See a certificate that has expired, or is not valid yet.

    Args:
        facts: of the run.
        code: OpenSSL's verify code.
        end: which date is wrong, ``not_before`` or ``not_after``; the texts use the date under
            that name.
    """
    seen = _refused(facts, code)
    if seen is None or seen.failure is None:
        return None
    now, server = from_rfc3339(facts.started_at), from_rfc3339(seen.server_date)
    culprit = _outdated(seen, now) or (seen.chain[0] if seen.chain else None)
    if now is not None and culprit is not None and not _is_outdated(culprit, now):
        return _trusted_one_outdated(seen.failure.message, culprit, end)
    evidence = [seen.failure.message]
    # Without the server's clock the entry says whose turn it is.
    confidence, side = Confidence.LIKELY, None
    if culprit is not None:
        evidence.append(validity(culprit))
    if now is not None:
        evidence.append(f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC")
    if server is not None and now is not None and culprit is not None:
        evidence.append(f"the server's clock says {server:%Y-%m-%d %H:%M} UTC")
        by_server = _is_outdated(culprit, server)
        side = Side.BACKEND if by_server else Side.CLIENT
        if by_server and abs(server - now) <= _SKEW:
            confidence = Confidence.CERTAIN
    return Sighting(
        values={end: getattr(culprit, end, "") or "an unknown date"},
        evidence=tuple(evidence),
        side=side,
        cause=_BY_BOTH_CLOCKS[end] if confidence is Confidence.CERTAIN else None,
        confidence=confidence,
        undecided=confidence is not Confidence.CERTAIN,
        remedies=_for_dates(end, confidence, side)
        or ((_SET_CLOCK,) if side is Side.CLIENT else ()),
        only=side is Side.BACKEND,
    )


_BY_BOTH_CLOCKS = {
    "not_after": (
        "By this machine's clock and by the server's own, the certificate is out of date, so no "
        "client can trust it. A renewed one counts only when the server has loaded it."
    ),
    "not_before": (
        "By this machine's clock and by the server's own, the certificate is not valid yet, so no "
        "client can trust it before {not_before}."
    ),
}


def _trusted_one_outdated(words: str, leaf: Certificate, end: str) -> Sighting:
    """Return that all that the server sent is valid now, so an authority here is not."""
    return Sighting(
        values={end: getattr(leaf, end, "") or "an unknown date"},
        title="An authority that this machine trusts has expired, or is not valid yet",
        cause=(
            "Every certificate that the server of {host} sent is valid today. What is out of date "
            "is the authority above them, which is not sent but kept on this machine: in its trust "
            "store, or in the file of --ca-file."
        ),
        remedies=(
            (
                "Get the authority's current certificate, and put it in the place of the old one: "
                "`sudo apt-get install --only-upgrade ca-certificates`, or a new file for "
                "--ca-file."
            ),
            "Compare this machine's time with a clock: `date -u`.",
            SHOW_CHAIN,
        ),
        only=True,
        side=Side.CLIENT,
        confidence=Confidence.LIKELY,
        evidence=(words, validity(leaf)),
    )


def _for_dates(end: str, confidence: Confidence, side: Side | None) -> tuple[str, ...]:
    """Return what to do if the certificate is out of date by the server's own clock, too.

    If both clocks agree, this machine's has nothing to do with it.
    """
    if side is not Side.BACKEND:
        return ()
    said = "expired on {not_after}" if end == "not_after" else "is valid only from {not_before}"
    tell = f'Tell the backend\'s team: "the certificate of {{host}} {said}".'
    certain = confidence is Confidence.CERTAIN
    return (tell, SHOW_CHAIN) if certain else (tell, CHECK_CLOCK, SHOW_CHAIN)


def _outdated(seen: TlsFacts, now: datetime | None) -> Certificate | None:
    """Return the certificate of the chain that is out of date, such as the intermediate."""
    if now is None:
        return None
    return next((one for one in seen.chain or () if _is_outdated(one, now)), None)


def _is_outdated(certificate: Certificate, now: datetime) -> bool:
    begin, end = from_rfc3339(certificate.not_before), from_rfc3339(certificate.not_after)
    return (begin is not None and now < begin) or (end is not None and now > end)


def expiring(facts: Facts) -> Sighting | None:
    """See a certificate that is valid but expires soon."""
    seen, now = facts.tls, from_rfc3339(facts.started_at)
    if seen is None or seen.failure is not None or not seen.chain or now is None:
        return None
    not_after = seen.chain[0].not_after
    end = from_rfc3339(not_after)
    if end is None or not timedelta(0) <= end - now < _EXPIRING:
        return None
    days = (end - now).days
    return Sighting(
        values={"not_after": not_after, "left": counted(days, "day")},
        evidence=(f"valid until {not_after}: {days} days",),
        where=facts.target.host or "",
    )


def hostname_mismatch(facts: Facts) -> Sighting | None:
    """See a certificate that is for other names."""
    seen = _refused(facts, HOSTNAME)
    if seen is None:
        return None
    names = seen.chain[0].names if seen.chain else ()
    listed = ", ".join(names[:_NAMES_SHOWN]) + (" and more" if len(names) > _NAMES_SHOWN else "")
    remedies: tuple[str, ...] = ()
    if any(name.endswith(".up.railway.app") for name in names):
        remedies = (_WAIT_FOR_RAILWAY,)
    return Sighting(values={"names": listed or "no name at all"}, remedies=remedies)


def common_name_alone(facts: Facts) -> Sighting | None:
    """See a certificate that is accepted for its common name, which newer clients do not read."""
    seen = facts.tls
    if seen is None or not seen.verified or not seen.chain or seen.chain[0].names:
        return None
    return Sighting(
        values={"names": "no name at all"},
        severity=Severity.WARNING,
        where=facts.target.host or "",
        title="The certificate of {host} names it only as its common name (CN)",
        evidence=(issuance(seen.chain[0]), "no subjectAltName"),
        remedies=(
            (
                "Ask the backend's team for a certificate with subjectAltName: Go and browsers "
                "refuse one without it, and OpenSSL and Node.js still take the common name."
            ),
        ),
        only=True,
        side=Side.BACKEND,
    )


def unknown_issuer(facts: Facts) -> Sighting | None:
    """See a chain that does not lead to an authority that is trusted here."""
    seen = _refused(facts, UNKNOWN_ISSUER)
    if seen is None:
        return None
    chain = seen.chain or ()
    issuer = (chain[-1].issuer if chain else "") or "nobody"
    replaced = _other_store(facts, seen)
    if seen.failure is not None and seen.failure.verify_code == ISSUER_OF_TRUSTED:
        return Sighting(
            values={"issuer": issuer if len(chain) > 1 else f"the one above {issuer}"},
            side=Side.CLIENT,
            cause=issuers.ONLY_INTERMEDIATE,
            remedies=(issuers.ADD_ROOT,),
            only=True,
        )
    if len(chain) != 1 or chain[0].self_issued:
        return Sighting(values={"issuer": issuer}, side=Side.CLIENT, remedies=replaced)
    # With --ca-file the root is there, so what lacks stands between it and the certificate.
    has_root = any(name == "--ca-file" for name, *_ in facts.target.options)
    if not (has_root or issuers.is_public(chain[0])):
        return Sighting(
            values={"issuer": issuer},
            side=Side.CLIENT,
            cause=issuers.PRIVATE,
            remedies=(*replaced, USE_AUTHORITY, _SEND_INTERMEDIATES),
            only=True,
        )
    return Sighting(
        values={"issuer": issuer},
        side=Side.BACKEND,
        cause=_ONLY_ONE,
        remedies=(_SEND_INTERMEDIATES, *replaced),
    )


_ONLY_ONE = (
    "The server sent its own certificate alone, and the one that issued it, {issuer}, is not "
    "trusted here. Usually that is an intermediate certificate, which the server has to send as "
    "well; browsers get it elsewhere, so they may work. It may also be a private authority."
)


def _other_store(facts: Facts, seen: TlsFacts) -> tuple[str, ...]:
    """Return what to do about a variable that names other authorities than this machine's.

    It counts only if no file was named with the run.
    """
    around = facts.config.surroundings if facts.config is not None else None
    if around is None or not around.trust_from or seen.trusted_roots is None:
        return ()
    named = verbatim(around.trust_from)
    missing = " The file does not exist." if around.trust_missing else ""
    remedy = (
        f"Look at {named}: it replaces this machine's own trust store, so only the authorities in "
        f"it count.{missing} Add {{issuer}} to that file, or unset the variable:\n"
        f"$ unset {named.partition('=')[0]}"
    )
    return (remedy,)


def in_openssls_words(facts: Facts) -> Sighting:
    """Return a sighting with the words of OpenSSL."""
    failure = facts.tls.failure if facts.tls else None
    return Sighting(values={"words": failure.message if failure else ""})


def weak_key(facts: Facts) -> Sighting | None:
    """See a certificate or key that OpenSSL refuses to use."""
    failure = facts.tls.failure if facts.tls else None
    if failure is None or failure.kind is not Kind.TLS_BROKEN:
        return None
    return in_openssls_words(facts) if failure.reason in _KEY_REASONS else None


def not_tls(facts: Facts) -> Sighting | None:
    """See a port that answers the handshake in plain text, or with bytes that OpenSSL rejects."""
    failure = facts.tls.failure if facts.tls else None
    if failure is None:
        return None
    if failure.kind is Kind.TLS_NOT_TLS:
        return Sighting()
    if failure.kind is Kind.TLS_BROKEN and failure.reason not in _KEY_REASONS:
        return None if handshake.broken(facts) else Sighting(confidence=Confidence.POSSIBLE)
    return None


def clock_skewed(facts: Facts) -> Sighting | None:
    """See a clock of the server that differs from this machine's."""
    ours = theirs = None
    upgrade = facts.upgrade
    if upgrade is not None and upgrade.response is not None:
        ours, theirs = from_rfc3339(upgrade.received_at), from_http(upgrade.response.field("date"))
    if theirs is None and facts.tls is not None:
        ours, theirs = from_rfc3339(facts.started_at), from_rfc3339(facts.tls.server_date)
    if ours is None or theirs is None or abs(ours - theirs) <= _SKEW:
        return None
    return Sighting(
        values={
            "amount": _roughly(abs(ours - theirs)),
            "direction": "ahead of" if ours > theirs else "behind",
        },
        evidence=(
            f"this machine: {ours:%Y-%m-%d %H:%M:%S} UTC",
            f"the server: {theirs:%Y-%m-%d %H:%M:%S} UTC",
        ),
    )


def _roughly(amount: timedelta) -> str:
    minutes = round(amount.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes / 60:.0f} hours" if minutes < 2880 else f"{minutes / 1440:.0f} days"


# --- a certificate that stands in for the right one -----------------------------------------------

# Certificates that software shows when it has none for a name: a word of their subject, whose it
# is, and what makes it show the right one.
_STAND_INS: tuple[tuple[str, str, str], ...] = (
    (
        "kubernetes ingress controller fake certificate",
        "the Kubernetes ingress (nginx)",
        "give the Ingress of {host} a `tls` section with the host and an existing secret",
    ),
    (
        "traefik default cert",
        "Traefik",
        "give the router of {host} `tls.certResolver`, or a certificate in `tls.certificates`",
    ),
    ("acme co", "Go's or OpenShift's router", "give {host} a certificate of its own"),
    ("kong default", "Kong", "add a certificate and an SNI for {host}"),
    ("snakeoil", "Debian's web server", "name the certificate of {host} in the site's settings"),
    ("somecompany", "a web server", "name the certificate of {host} in the site's settings"),
    ("someorganization", "Apache", "name the certificate of {host} in the site's settings"),
    ("internet widgits", "a test installation", "get a certificate for {host}"),
    ("default company ltd", "a test installation", "get a certificate for {host}"),
    ("self-signed fallback", "the server", "get a certificate for {host}"),
    ("plesk", "Plesk", "choose the certificate of {host} under Hosting Settings"),
    ("cpanel", "cPanel", "run AutoSSL for {host}"),
    ("synology", "a Synology NAS", "choose the certificate of {host} under Security"),
    ("ubnt", "a UniFi device", "get a certificate for {host}"),
    ("invalid2.invalid", "Google's front end", "send the name (SNI): use {host}, not an address"),
    ("default certificate", "the server", "give {host} a certificate of its own"),
    ("default cert", "the server", "give {host} a certificate of its own"),
    ("fake certificate", "the server", "give {host} a certificate of its own"),
    (
        "cloudflare origin",
        "the origin behind Cloudflare",
        "proxy {host} through Cloudflare: only Cloudflare trusts that certificate",
    ),
)
# Words that the name of an ordinary company may contain as well.
_COMPANIES = frozenset({"acme co", "synology", "ubnt", "plesk", "cpanel"})
# The domains of hosting platforms, whose own certificate shows up for a domain that is not ready.
_PLATFORM_NAMES: tuple[tuple[str, str], ...] = (
    ("up.railway.app", "Railway"),
    ("onrender.com", "Render"),
    ("fly.dev", "Fly.io"),
    ("herokuapp.com", "Heroku"),
    ("azurewebsites.net", "Azure App Service"),
    ("cloudfront.net", "CloudFront"),
    ("vercel.app", "Vercel"),
    ("netlify.app", "Netlify"),
    ("run.app", "Cloud Run"),
    ("ondigitalocean.app", "DigitalOcean"),
    ("github.io", "GitHub Pages"),
    ("ngrok.io", "ngrok"),
    ("elb.amazonaws.com", "AWS"),
    ("azurefd.net", "Azure Front Door"),
)


def default_certificate(facts: Facts) -> Sighting | None:
    """See a server's stand-in certificate: it knows none for the name."""
    seen = facts.tls
    if seen is None or seen.failure is None or not seen.chain:
        return None
    if seen.failure.kind is not Kind.TLS_CERTIFICATE:
        return None
    leaf = seen.chain[0]
    shown = f"{leaf.subject} {leaf.issuer}".lower()
    host = (seen.server_name or facts.target.host or "").lower()
    # A certificate for the name is not a stand-in, however its issuer is called.
    by_issuer_alone = host in (name.lower() for name in leaf.names)
    for word, whose, line in _STAND_INS:
        where = leaf.subject.lower() if by_issuer_alone and word in _COMPANIES else shown
        if re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", where):
            return Sighting(
                values={"whose": whose, "subject": leaf.subject},
                remedies=(f"Ask the backend's team to {line}. It is a setting of {whose}.",),
                evidence=(issuance(leaf), *(f"for {name}" for name in leaf.names[:3])),
                confidence=Confidence.CERTAIN
                if "certificate" in word or "traefik" in word
                else Confidence.LIKELY,
            )
    return _of_a_platform(facts, leaf)


def _of_a_platform(facts: Facts, leaf: Certificate) -> Sighting | None:
    host = (facts.target.host or "").lower()
    if _refused(facts, HOSTNAME) is None:
        return None
    for domain, platform in _PLATFORM_NAMES:
        of_it = any(name.lower() in (domain, f"*.{domain}") for name in leaf.names)
        if of_it and not host.endswith(f".{domain}"):
            return Sighting(
                values={"whose": platform, "subject": leaf.subject},
                remedies=(
                    (
                        f"Wait until {platform} has issued the certificate of your custom domain, "
                        f"and "
                        "look at the domain's page there. Until then it shows its default "
                        "certificate."
                    ),
                ),
                confidence=Confidence.LIKELY,
                alternatives=("tls-hostname-mismatch",),
            )
    return None


def intermediate_expired(facts: Facts) -> Sighting | None:
    """See that a certificate above the host's has expired, and the host's own is valid."""
    seen, now = _refused(facts, EXPIRED), from_rfc3339(facts.started_at)
    if seen is None or now is None or not seen.chain or _is_outdated(seen.chain[0], now):
        return None
    culprit = _outdated(seen, now)
    if culprit is None:
        return None
    server = from_rfc3339(seen.server_date)
    wrong_clock = server is not None and not _is_outdated(culprit, server)
    return Sighting(
        values={
            "intermediate": culprit.subject,
            "not_after": culprit.not_after,
            "leaf ends": seen.chain[0].not_after or "an unknown date",
        },
        evidence=(
            validity(culprit),
            validity(seen.chain[0]),
            f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC",
        ),
        confidence=Confidence.POSSIBLE if wrong_clock else Confidence.CERTAIN,
        side=Side.CLIENT if wrong_clock else None,
        remedies=(_SET_CLOCK,) if wrong_clock else (),
    )


def no_trust_store(facts: Facts) -> Sighting | None:
    """See a machine that trusts nobody: its roots were counted."""
    seen = _refused(facts, UNKNOWN_ISSUER, SELF_SIGNED)
    if seen is None or seen.trusted_roots != 0:
        return None
    seen_at = facts.config.surroundings if facts.config is not None else None
    inside = seen_at is not None and seen_at.container
    return Sighting(
        evidence=("trusted authorities on this machine: 0",),
        remedies=(_IN_IMAGE,) if inside else (),
    )


_IN_IMAGE = (
    "Add it to the image, for this is a container: in the Dockerfile `RUN apt-get update && "
    "apt-get install -y --no-install-recommends ca-certificates` (Alpine: `apk add "
    "ca-certificates`)."
)
