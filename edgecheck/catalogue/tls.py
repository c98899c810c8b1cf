"""tls: is the connection secured, and is it the right server?"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ..facts import Certificate, Facts, Kind, Stage, TlsFacts
from ..facts.dates import from_http, from_rfc3339
from ..terms import Confidence, Severity, Side
from ..wording.certificates import issuance, validity
from ..wording.evidence import response_lines
from ..wording.units import counted
from .problem import OnKind, Problem, Rule, Sighting, Simulated

# openssl-verification-options(1), X509_V_ERR_*.
_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED = 18
_UNKNOWN_ISSUER = frozenset({2, 19, 20, 21, 27})
_HOSTNAME = frozenset({62, 63, 64})
_OWN_CODES = frozenset({_NOT_YET_VALID, _EXPIRED, _SELF_SIGNED}) | _UNKNOWN_ISSUER | _HOSTNAME

# OpenSSL's reasons for a certificate or key that it will not work with, where verification itself
# was not what failed.
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

# Names that inspection products put into the certificates that they make. A product's name as a
# whole word, so that an ordinary organisation that contains it is not accused.
_INSPECTORS = (
    "aruba",
    "avast",
    "avg technologies",
    "barracuda",
    "bitdefender",
    "blue coat",
    "burp",
    "charles proxy",
    "check point",
    "cisco",
    "do_not_trust_fiddlerroot",
    "eset",
    "fiddler",
    "forcepoint",
    "fortigate",
    "fortinet",
    "goskope.com",
    "huawei",
    "iboss",
    "kaspersky",
    "lightspeed",
    "mcafee",
    "menlo security",
    "mitmproxy",
    "netskope",
    "pan-fw",
    "palo alto networks",
    "portswigger",
    "securly",
    "skyhigh",
    "sonicwall",
    "sophos",
    "squid",
    "symantec web",
    "trend micro",
    "ubiquiti",
    "umbrella",
    "unifi",
    "untangle",
    "watchguard",
    "websense",
    "zscaler",
)
# Compiled where an issuer is looked at: at import it would make `explain` slower by a hundredth.
_INSPECTOR = r"(?i)(?<![a-z0-9])(?:" + "|".join(map(re.escape, _INSPECTORS)) + r")(?![a-z0-9])"


def _failed_with(facts: Facts, codes: frozenset[int]) -> TlsFacts | None:
    seen = facts.tls
    failure = seen.failure if seen else None
    if (
        failure is None
        or failure.kind is not Kind.TLS_CERTIFICATE
        or failure.verify_code not in codes
    ):
        return None
    return seen


def _dates(code: int) -> Rule:
    def see(facts: Facts) -> Sighting | None:
        seen = _failed_with(facts, frozenset({code}))
        if seen is None:
            return None
        now, server = from_rfc3339(facts.started_at), from_rfc3339(seen.server_date)
        culprit = _outdated(seen, now) or (seen.chain[0] if seen.chain else None)
        evidence = [seen.failure.message] if seen.failure else []
        values: dict[str, str] = {}
        confidence = Confidence.LIKELY
        side = Side.BACKEND
        if culprit is not None:
            values = {"not_before": culprit.not_before, "not_after": culprit.not_after}
            evidence.append(validity(culprit))
        if now is not None:
            evidence.append(f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC")
        if server is not None and now is not None and culprit is not None:
            evidence.append(f"the server's clock says {server:%Y-%m-%d %H:%M} UTC")
            by_server = _is_outdated(culprit, server)
            side = Side.BACKEND if by_server else Side.CLIENT
            if by_server and abs(server - now) <= _SKEW:
                confidence = Confidence.CERTAIN
        alternatives = ("clock-skewed",) if confidence is not Confidence.CERTAIN else ()
        remedies: tuple[str, ...] = ()
        if side is Side.CLIENT:
            remedies = (
                (
                    "Set this machine's clock: `sudo timedatectl set-ntp true`. By the server's clock "
                    "the certificate is valid."
                ),
            )
        return Sighting(
            values=values,
            evidence=tuple(evidence),
            side=side,
            confidence=confidence,
            alternatives=alternatives,
            remedies=remedies,
        )

    return Rule(see)


def _outdated(seen: TlsFacts, now: datetime | None) -> Certificate | None:
    """The certificate of the chain that is out of its time: it may be the intermediate."""
    if now is None:
        return None
    return next((one for one in seen.chain or () if _is_outdated(one, now)), None)


def _is_outdated(certificate: Certificate, now: datetime) -> bool:
    begin, end = from_rfc3339(certificate.not_before), from_rfc3339(certificate.not_after)
    return (begin is not None and now < begin) or (end is not None and now > end)


def _expiring(facts: Facts) -> Sighting | None:
    seen, now = facts.tls, from_rfc3339(facts.started_at)
    if seen is None or seen.failure is not None or not seen.chain or now is None:
        return None
    end = from_rfc3339(seen.chain[0].not_after)
    if end is None or not timedelta(0) <= end - now < _EXPIRING:
        return None
    days = (end - now).days
    return Sighting(
        values={
            "not_after": seen.chain[0].not_after,
            "left": counted(days, "day"),
        },
        evidence=(f"valid until {seen.chain[0].not_after}: {(end - now).days} days",),
        where=facts.target.host or "",
    )


def _hostname(facts: Facts) -> Sighting | None:
    seen = _failed_with(facts, _HOSTNAME)
    if seen is None:
        return None
    names = seen.chain[0].names if seen.chain else ()
    listed = ", ".join(names[:6]) + (" and more" if len(names) > 6 else "")
    remedies: tuple[str, ...] = ()
    if any(name.endswith(".up.railway.app") for name in names):
        remedies = (
            (
                "Wait for Railway to issue the custom domain's certificate, or look at the "
                "domain's "
                "page: until then its default one is shown."
            ),
        )
    return Sighting(values={"names": listed or "no name at all"}, remedies=remedies)


def _unknown_issuer(facts: Facts) -> Sighting | None:
    seen = _failed_with(facts, _UNKNOWN_ISSUER)
    if seen is None:
        return None
    last = seen.chain[-1] if seen.chain else None
    missing_intermediate = (
        bool(seen.chain)
        and len(seen.chain or ()) == 1
        and last is not None
        and not last.self_issued
    )
    side = Side.BACKEND if missing_intermediate else Side.CLIENT
    remedies: tuple[str, ...] = ()
    if missing_intermediate:
        remedies = (
            (
                "Ask the backend's people whether their server sends its intermediate "
                "certificates: "
                "it sent one certificate and nothing that leads to a root."
            ),
        )
    return Sighting(
        values={"issuer": (last.issuer if last else "") or "nobody"}, side=side, remedies=remedies
    )


def _intercepted(facts: Facts) -> Sighting | None:
    seen = facts.tls
    if seen is None or not seen.chain:
        return None
    proxy = facts.proxy.host.lower() if facts.proxy else ""
    found = next(
        (
            one
            for one in seen.chain
            if re.search(_INSPECTOR, one.issuer) or (proxy and proxy in one.issuer.lower())
        ),
        None,
    )
    if found is None:
        return None
    if seen.failure is None:
        severity = Severity.WARNING
    elif _failed_with(facts, _UNKNOWN_ISSUER | {_SELF_SIGNED}):
        severity = Severity.ERROR
    else:
        return None
    return Sighting(
        values={"issuer": found.issuer_organization or found.issuer},
        severity=severity,
        where=facts.target.host or "",
        evidence=(issuance(found),),
    )


def _invalid(facts: Facts) -> Sighting | None:
    failure = facts.tls.failure if facts.tls else None
    if failure is None:
        return None
    unusual = failure.kind is Kind.TLS_CERTIFICATE and failure.verify_code not in _OWN_CODES
    broken = failure.kind is Kind.TLS_BROKEN and failure.reason in _KEY_REASONS
    return Sighting(values={"words": failure.message}) if unusual or broken else None


def _not_tls(facts: Facts) -> Sighting | None:
    failure = facts.tls.failure if facts.tls else None
    if failure is None:
        return None
    if failure.kind is Kind.TLS_NOT_TLS:
        return Sighting()
    if failure.kind is Kind.TLS_BROKEN and failure.reason not in _KEY_REASONS:
        return Sighting(confidence=Confidence.POSSIBLE)
    return None


def _client_certificate(facts: Facts) -> Sighting | None:
    seen, upgrade = facts.tls, facts.upgrade
    if seen is None:
        return None
    if seen.failure is not None and seen.failure.kind is Kind.TLS_CLIENT_CERTIFICATE:
        return Sighting()
    response = upgrade.response if upgrade else None
    if (
        response is not None
        and response.status == 400
        and "No required SSL certificate was sent" in response.body
    ):
        return Sighting(
            evidence=(
                "the server asked for a client certificate during the handshake",
                *response_lines(response),
            )
        )  # nginx
    # Under TLS 1.3 the client's handshake has ended before the server looks at the missing
    # certificate (RFC 8446, appendix E.1.2). asyncio's servers send no alert, whatever the version.
    failure = seen.failure or (upgrade.failure if upgrade else None)
    if (
        failure is None
        or failure.kind not in (Kind.TLS_CLOSED, Kind.UPGRADE_CLOSED)
        or not seen.client_certificate_requested
    ):
        return None
    said = failure.alert is not None
    lines = ["the server asked for a client certificate during the handshake"]
    lines.append(
        f"and then sent the alert {failure.alert}"
        if said
        else "and closed the connection when none came"
    )
    return Sighting(
        evidence=tuple(lines), confidence=Confidence.CERTAIN if said else Confidence.LIKELY
    )


def _skewed(facts: Facts) -> Sighting | None:
    ours = theirs = None
    upgrade = facts.upgrade
    if upgrade is not None and upgrade.response is not None:
        ours, theirs = from_rfc3339(upgrade.received_at), from_http(upgrade.response.field("date"))
    if theirs is None and facts.tls is not None:
        ours, theirs = from_rfc3339(facts.started_at), from_rfc3339(facts.tls.server_date)
    if ours is None or theirs is None or abs(ours - theirs) <= _SKEW:
        return None
    minutes = round(abs(ours - theirs).total_seconds() / 60)
    amount = (
        f"{minutes} minutes"
        if minutes < 120
        else f"{minutes / 60:.0f} hours"
        if minutes < 2880
        else f"{minutes / 1440:.0f} days"
    )
    direction = "ahead of" if ours > theirs else "behind"
    return Sighting(
        values={"amount": amount, "direction": direction},
        evidence=(
            f"this machine: {ours:%Y-%m-%d %H:%M:%S} UTC",
            f"the server: {theirs:%Y-%m-%d %H:%M:%S} UTC",
        ),
    )


_SHOW_CHAIN = (
    "Look at what the server presents: `openssl s_client -connect {host}:{port} "
    "-servername {host} -showcerts </dev/null`."
)

PROBLEMS = (
    Problem(
        code="tls-certificate-expired",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The certificate of {host} expired on {not_after}",
        cause="A certificate of the server is past its end, so nobody can trust it any longer. "
        "Either it was not renewed, or this machine's clock is wrong: a device without a "
        "battery "
        "clock often is.",
        remedies=(
            'Tell the backend\'s people: "the certificate of {host} expired on {not_after}".',
            (
                "Compare this machine's time with a clock: `date -u`. Set it, if it is wrong: "
                "`sudo "
                "timedatectl set-ntp true`."
            ),
            _SHOW_CHAIN,
        ),
        when=_dates(_EXPIRED),
        reproduction=Simulated(),
        keywords=("certificate has expired", "cert_has_expired", "x509_v_err_cert_has_expired"),
        source="OpenSSL verify code 10",
    ),
    Problem(
        code="tls-certificate-not-yet-valid",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The certificate of {host} is not valid before {not_before}",
        cause=(
            "By this machine's clock the server's certificate lies in the future. Nearly always "
            "the clock is behind: a device that was off for long, or has no battery clock."
        ),
        remedies=(
            (
                "Compare this machine's time with a clock: `date -u`. Set it, if it is wrong: "
                "`sudo "
                "timedatectl set-ntp true`."
            ),
            (
                "Tell the backend's people, if the clock is right: \"the certificate of {host} is "
                'valid only from {not_before}".'
            ),
        ),
        when=_dates(_NOT_YET_VALID),
        reproduction=Simulated(),
        keywords=("certificate is not yet valid", "cert_not_yet_valid"),
        source="OpenSSL verify code 9",
    ),
    Problem(
        code="tls-certificate-expiring",
        stage=Stage.TLS,
        severity=Severity.WARNING,
        side=Side.BACKEND,
        title="The certificate of {host} has {left} left, until {not_after}",
        cause=(
            "It works today. Certificates are renewed weeks before their end; so close to it, "
            "the renewal has probably failed, and on that day every client stops."
        ),
        remedies=(
            (
                "Tell the backend's people: \"the certificate of {host} ends on {not_after}; is "
                "its "
                'renewal running?"'
            ),
        ),
        when=Rule(_expiring),
        reproduction=Simulated(),
        keywords=("certificate will expire",),
    ),
    Problem(
        code="tls-hostname-mismatch",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The certificate is not for {host}, but for {names}",
        cause="A server answered, and its certificate names others. The host in BACKEND_URL is "
        "not the one that the backend is published under, the name points to another "
        "server, or a "
        "custom domain's certificate is not ready yet.",
        remedies=(
            (
                "Compare the host in {url_where} with the names in the certificate: {names}. Use "
                "the "
                "one that the backend's people gave."
            ),
            (
                "Wait a few minutes, if the domain was attached to the hosting platform just now, "
                "and "
                "look at its page there."
            ),
            _SHOW_CHAIN,
        ),
        when=Rule(_hostname),
        reproduction=Simulated(),
        keywords=(
            "hostname mismatch",
            "ip address mismatch",
            "err_tls_cert_altname_invalid",
            "doesn't match",
            "x509: certificate is valid for",
        ),
        source="RFC 9525; OpenSSL verify codes 62 and 64",
    ),
    Problem(
        code="tls-self-signed",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The certificate of {host} is self-signed",
        cause="The server vouches for itself: no authority has signed its certificate, so nothing "
        "tells it from an impostor. Test installations and appliances do that; so does "
        "something that sits in between.",
        remedies=(
            (
                "Ask the backend's people for the address with a public certificate; a hosting "
                "platform gives one with its domain."
            ),
            (
                "Trust this one certificate, if the backend is meant to be so: get it from its "
                "owner, "
                "then `edgecheck doctor --ca-file backend.pem`."
            ),
            _SHOW_CHAIN,
        ),
        when=Rule(
            lambda facts: Sighting() if _failed_with(facts, frozenset({_SELF_SIGNED})) else None
        ),
        reproduction=Simulated(),
        keywords=(
            "self-signed certificate",
            "self signed certificate",
            "depth_zero_self_signed_cert",
        ),
        source="OpenSSL verify code 18",
    ),
    Problem(
        code="tls-unknown-issuer",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The issuer of the certificate of {host} is not trusted here: {issuer}",
        cause="The chain of certificates leads to no authority that this machine trusts. It comes "
        "from a private authority, the server does not send its intermediate certificate, "
        "or this machine's trust store is empty or old.",
        remedies=(
            (
                "Get the authority's certificate from the backend's or the network's people, and "
                "use "
                "it: `edgecheck doctor --ca-file authority.pem`."
            ),
            (
                "Check another site: `curl -sSI https://example.com`. If that fails as well, mend "
                "the "
                "trust store: `sudo apt-get install --reinstall ca-certificates`, or, with Python "
                "from python.org on macOS, run `Install Certificates.command`."
            ),
            _SHOW_CHAIN,
        ),
        when=Rule(_unknown_issuer),
        reproduction=Simulated(),
        keywords=(
            "certificate_verify_failed",
            "unable to get local issuer certificate",
            "self-signed certificate in certificate chain",
            "unable_to_verify_leaf_signature",
            "unable_to_get_issuer_cert_locally",
            "self_signed_cert_in_chain",
            "unknown authority",
        ),
        source="OpenSSL verify codes 19, 20 and 21",
    ),
    Problem(
        code="tls-certificate-invalid",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The certificate of {host} is not acceptable: {words}",
        cause="The certificate is there, and has a fault that is not its name, date or issuer: a "
        "key or signature too weak for today's rules, a purpose other than a server's, "
        "a signature that does not fit, a revocation.",
        remedies=(
            (
                "Tell the backend's people OpenSSL's words: \"{words}\". The certificate has to be "
                "issued anew."
            ),
            _SHOW_CHAIN,
        ),
        when=Rule(_invalid),
        reproduction=Simulated(),
        keywords=(
            "ee key too small",
            "ca md too weak",
            "unsuitable certificate purpose",
            "certificate revoked",
            "certificate signature failure",
            "invalid ca certificate",
        ),
        source="openssl-verification-options(1)",
    ),
    Problem(
        code="tls-intercepted",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="The connection is intercepted: {issuer} issued the certificate",
        cause="A product that inspects encrypted traffic sits in between and shows a certificate "
        "of its own. Browsers on this machine may trust it; programs that bring their own "
        "trust store do not. It also reads the secret.",
        remedies=(
            "Ask the network's people to exempt {host} from TLS inspection.",
            (
                "Use the product's own root certificate, if they will not: get it from them, then "
                "`edgecheck doctor --ca-file inspection-root.pem`."
            ),
            "Try from another network, such as a phone's hotspot: `edgecheck doctor`.",
        ),
        when=Rule(_intercepted),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=("tls-unknown-issuer", "tls-self-signed"),
        keywords=(
            "zscaler",
            "fortinet",
            "netskope",
            "palo alto",
            "mitmproxy",
            "tls inspection",
            "ssl inspection",
        ),
    ),
    Problem(
        code="tls-not-tls",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="Port {port} of {host} does not speak TLS",
        cause=(
            "BACKEND_URL says wss://, and what answers there speaks plain text. The port is the "
            "wrong one, or the backend runs without TLS, as on a developer's machine."
        ),
        remedies=(
            (
                "Use ws:// for a backend on this machine: set `BACKEND_URL=ws://{host}:{port}` in "
                "{url_where}."
            ),
            (
                "Leave the port out for a hosted backend, so that 443 is used: set "
                "`BACKEND_URL=wss://{host}` in {url_where}."
            ),
            "Ask the backend's people for the port that speaks TLS.",
        ),
        when=Rule(_not_tls),
        reproduction=Simulated(),
        keywords=(
            "wrong_version_number",
            "wrong version number",
            "record layer failure",
            "eproto",
            "first record does not look like a tls handshake",
            "packet length too long",
        ),
    ),
    Problem(
        code="tls-version-unsupported",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="{host} and this machine have no TLS version in common",
        cause=(
            "The server speaks only versions that are too old for this machine, or only newer "
            "ones. TLS 1.0 and 1.1 were given up in 2021 (RFC 8996)."
        ),
        remedies=(
            "Tell the backend's people that their server has to offer TLS 1.2 or 1.3.",
            (
                "Check what this machine can do: `edgecheck --version --verbose` names its "
                "OpenSSL; "
                "TLS 1.3 needs 1.1.1."
            ),
            (
                "See what the server offers: `openssl s_client -connect {host}:{port} -tls1_2 "
                "</dev/null`."
            ),
        ),
        when=OnKind(Kind.TLS_VERSION),
        reproduction=Simulated(),
        keywords=(
            "tlsv1_alert_protocol_version",
            "unsupported protocol",
            "protocol_version",
            "unsupported_protocol",
        ),
        source="RFC 8446, section 6.2; RFC 8996",
    ),
    Problem(
        code="tls-handshake-rejected",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="{host} refused the TLS handshake",
        cause="The server sent an alert in place of its certificate. It does not know the name "
        "that was asked for (no site or deployment under that name), shares no cipher with "
        "this "
        "client, or is itself broken. The alert is shown below.",
        remedies=(
            (
                "Check the host in {url_where}: a server with many sites answers so for a name "
                "that "
                "it does not have."
            ),
            (
                "Use the host's name, not its address: hosting platforms need the name (SNI) to "
                "find "
                "the deployment."
            ),
            (
                "Tell the backend's people the alert, and: `openssl s_client -connect "
                "{host}:{port} "
                "-servername {host} </dev/null`."
            ),
        ),
        when=OnKind(Kind.TLS_ALERT),
        reproduction=Simulated(),
        keywords=(
            "sslv3_alert_handshake_failure",
            "handshake failure",
            "tlsv1_unrecognized_name",
            "unrecognized_name",
            "tlsv1_alert_internal_error",
            "no shared cipher",
        ),
        source="RFC 8446, section 6.2",
    ),
    Problem(
        code="tls-client-certificate-required",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{host} wants a client certificate",
        cause="The server asks every client for a certificate of its own (mutual TLS), and ends "
        "the connection without one. Edge agents identify themselves with EDGE_SECRET and "
        "have no "
        "certificate, so this is another entrance, or a gateway in front of it.",
        remedies=(
            (
                "Ask the backend's people for the address that edge agents use: this one is for "
                "clients with certificates."
            ),
            "Ask them to exempt /edge/ws from mutual TLS, if it is the right address.",
        ),
        when=Rule(_client_certificate),
        reproduction=Simulated(),
        refines=("upgrade-closed", "upgrade-bad-request", "tls-closed", "tls-handshake-rejected"),
        keywords=(
            "certificate_required",
            "certificate required",
            "bad certificate",
            "no required ssl certificate was sent",
            "mutual tls",
            "mtls",
        ),
        source="RFC 8446, section 4.3.2 and appendix E.1.2",
    ),
    Problem(
        code="tls-closed",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="{host} closed the connection during the TLS handshake",
        cause="The connection was made, and ended without an alert as soon as the handshake "
        "began. Firewalls that filter by name do that, and load balancers that have no "
        "listener for "
        "the port; a server that speaks no TLS may.",
        remedies=(
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works "
                "there, this network filters {host}."
            ),
            "Check host and port in {url_where}; the usual form is wss://HOST, without a port.",
            "Ask the backend's people whether TLS is served on port {port}.",
        ),
        when=OnKind(Kind.TLS_CLOSED),
        reproduction=Simulated(),
        keywords=(
            "unexpected_eof_while_reading",
            "eof occurred in violation of protocol",
            "ssl_error_syscall",
            "unexpected eof",
        ),
    ),
    Problem(
        code="tls-timeout",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="{host} does not answer the TLS handshake",
        cause="The connection was made, and the server says nothing to the handshake. Something "
        "in between lets connections through and drops what follows (packets too large for "
        "the "
        "way, a filter), the server is stuck, or the port is not a TLS port.",
        remedies=(
            "Try from another network, such as a phone's hotspot: `edgecheck doctor`.",
            "Check the port in {url_where}; the usual form is wss://HOST, without a port.",
            (
                "Lower the packet size, if a VPN or tunnel is in use: `sudo ip link set dev "
                "INTERFACE "
                "mtu 1280`."
            ),
        ),
        when=OnKind(Kind.TLS_TIMEOUT),
        reproduction=Simulated(),
        keywords=(
            "ssl handshake is taking longer",
            "tls handshake timeout",
            "handshake operation timed out",
        ),
    ),
    Problem(
        code="clock-skewed",
        stage=Stage.TLS,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="This machine's clock is {amount} {direction} the server's",
        cause=(
            "Certificates and tokens carry times, and a wrong clock makes good ones look "
            "expired or not yet valid. Scheduled messages would go out at the wrong time as "
            "well."
        ),
        remedies=(
            "Compare with a clock: `date -u`.",
            "Set it, and keep it set: `sudo timedatectl set-ntp true`.",
            "Tell the backend's people, if this machine is right.",
        ),
        when=Rule(_skewed),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("clock skew", "date header", "ntp"),
    ),
)
