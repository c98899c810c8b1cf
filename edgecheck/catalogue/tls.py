"""tls: is the connection secured, and is it the right server?"""

from __future__ import annotations

from ..facts import Kind, Stage
from ..terms import Confidence, Severity, Side
from . import numbers, steps
from .condition import AnyOf, OnKind, OnVerifyCode, Otherwise, Rule
from .problem import NotOnLoopback, Problem, Simulated
from .rules import client_certificate, handshake, inspection, second_fault, silence
from .rules import tls as rules

# Node.js takes NODE_EXTRA_CA_CERTS from its environment, and not from a file of --env-file.
PROBLEMS = (
    Problem(
        code="tls-certificate-expired",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The certificate of {host} expired on {not_after}",
        cause=(
            "The server has a certificate that is out of date, so no client can trust it. It was "
            "not renewed, or this machine's clock is wrong. The clock is often wrong on devices "
            "without a battery for it."
        ),
        remedies=(
            'Tell the backend\'s team: "the certificate of {host} expired on {not_after}".',
            steps.CHECK_CLOCK,
            steps.SHOW_CHAIN,
        ),
        when=AnyOf(
            Rule(rules.expired, claims=(numbers.EXPIRED,), fills=("not_after",)),
            Rule(second_fault.expired, fills=("not_after",)),
        ),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        alternatives=("clock-skewed",),
        keywords=("certificate has expired", "cert_has_expired", "x509_v_err_cert_has_expired"),
        source="OpenSSL verify code 10",
    ),
    Problem(
        code="tls-intermediate-expired",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The server of {host} sends an intermediate certificate that expired on {not_after}",
        cause=(
            "The host's own certificate is valid until {leaf ends}. The server sends a certificate "
            "above it that is out of date: {intermediate}. The authority has a newer one, and the "
            "server's chain was not renewed with it."
        ),
        remedies=(
            (
                "Tell the backend's team: \"your server sends the expired intermediate certificate "
                '{intermediate}; install the current chain (fullchain.pem)".'
            ),
            steps.SHOW_CHAIN,
        ),
        when=Rule(rules.intermediate_expired, fills=("intermediate", "not_after", "leaf ends")),
        reproduction=Simulated(),
        refines=("tls-certificate-expired",),
        keywords=("intermediate", "addtrust", "dst root ca x3"),
        source="OpenSSL verify code 10; RFC 8446, section 4.4.2",
    ),
    Problem(
        code="tls-default-certificate",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The server has no certificate for {host}: it shows {subject}",
        cause=(
            "That is the stand-in of {whose}, which it shows for every name that it knows no "
            "certificate for. It says nothing about who the server is, so it must never be "
            "trusted: anybody can show it."
        ),
        remedies=(
            'Tell the backend\'s team: "{host} has no certificate; the server shows {subject}".',
            ("Check the host in {url_where}: another name may be the one that has a certificate."),
        ),
        when=Rule(rules.default_certificate, fills=("whose", "subject")),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "tls-self-signed",
            "tls-unknown-issuer",
            "tls-hostname-mismatch",
            "tls-certificate-expired",
            "tls-no-trust-store",
        ),
        keywords=(
            "kubernetes ingress controller fake certificate",
            "traefik default cert",
            "default certificate",
        ),
        source="ingress-nginx, TLS; Traefik, TLS",
    ),
    Problem(
        code="tls-no-trust-store",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="This machine trusts no authority at all: its trust store is empty",
        cause=(
            "No root certificates are installed here, so no certificate of any server can be "
            "verified. Slim container images leave them out."
        ),
        remedies=(
            "Install them: `apt-get install ca-certificates`.",
            (
                "Look at SSL_CERT_FILE and SSL_CERT_DIR, if they are set: they replace the "
                "machine's own store: `env | grep SSL_CERT`."
            ),
        ),
        when=Rule(rules.no_trust_store),
        reproduction=NotOnLoopback(
            "the trust store is this machine's; a test hides it with SSL_CERT_FILE"
        ),
        refines=("tls-unknown-issuer", "tls-self-signed"),
        keywords=("unable to get local issuer certificate", "ca-certificates", "ssl_cert_file"),
        source="OpenSSL verify code 20",
    ),
    Problem(
        code="tls-certificate-not-yet-valid",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The certificate of {host} is not valid before {not_before}",
        cause=(
            "By this machine's clock the server's certificate is not valid yet. Nearly always the "
            "clock is slow: the device was off for a long time, or has no battery for its clock."
        ),
        remedies=(
            steps.CHECK_CLOCK,
            (
                "Tell the backend's team, if the clock is right: \"the certificate of {host} is "
                'valid only from {not_before}".'
            ),
        ),
        when=AnyOf(
            Rule(rules.not_yet_valid, claims=(numbers.NOT_YET_VALID,), fills=("not_before",)),
            Rule(second_fault.not_yet_valid, fills=("not_before",)),
        ),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        alternatives=("clock-skewed",),
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
            "It works today. Certificates are usually renewed weeks before they expire, so the "
            "renewal has probably failed. On that day every client stops."
        ),
        remedies=(
            (
                "Tell the backend's team: \"the certificate of {host} expires on {not_after}; does "
                'its renewal run?"'
            ),
        ),
        when=Rule(rules.expiring, fills=("not_after", "left")),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("certificate will expire",),
    ),
    Problem(
        code="tls-hostname-mismatch",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The certificate is not for {host}, but for {names}",
        cause=(
            "A server answered, and its certificate names other hosts. The host in {url_name} is "
            "not the backend's public name, the name points to another server, or the certificate "
            "of a custom domain is not ready yet."
        ),
        remedies=(
            (
                "Compare the host in {url_where} with the names in the certificate: {names}. Use "
                "the one that the backend's team gave you."
            ),
            (
                "Wait a few minutes, if the domain was just added to the hosting platform, and "
                "look at its page there."
            ),
            steps.SHOW_CHAIN,
        ),
        when=AnyOf(
            Rule(rules.hostname_mismatch, claims=(numbers.HOSTNAME,), fills=("names",)),
            Rule(second_fault.for_other_names, fills=("names",)),
            Rule(rules.common_name_alone, fills=("names",), mild=True),
        ),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=(
            "hostname mismatch",
            "ip address mismatch",
            "err_tls_cert_altname_invalid",
            "hostname doesn't match",
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
        cause=(
            "No authority has signed the server's certificate, so a client cannot tell the server "
            "from an impostor. Test installations and appliances have such certificates; so does "
            "somebody who intercepts the connection."
        ),
        remedies=(
            (
                "Ask the backend's team for an address with a public certificate. A hosting "
                "platform provides one with its domain."
            ),
            (
                "Trust this one certificate only if the backend has it on purpose: get the file "
                "from the backend's team, not from the connection, then `edgecheck doctor "
                "--ca-file "
                "backend.pem`."
            ),
            steps.SHOW_CHAIN,
        ),
        when=AnyOf(numbers.SELF_SIGNED, Rule(second_fault.self_signed)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
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
        cause=(
            "The chain of certificates does not lead to an authority that this machine trusts. A "
            "private authority issued it, the server does not send its intermediate certificate, "
            "or this machine's trust store is empty or old."
        ),
        remedies=(
            steps.USE_AUTHORITY,
            (
                "Check another site: `curl -sSI https://example.com`. If that fails too, repair "
                "the trust store: `sudo apt-get install --reinstall ca-certificates`. With Python "
                "from python.org on macOS, run `Install Certificates.command`."
            ),
            steps.SHOW_CHAIN,
        ),
        when=Rule(rules.unknown_issuer, claims=(numbers.UNKNOWN_ISSUER,), fills=("issuer",)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
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
        cause=(
            "The certificate has a fault that is not its name, date or issuer. Its key or "
            "signature is too weak for today's rules, it is not meant for servers, its signature "
            "does not fit, or it was revoked."
        ),
        remedies=(
            (
                'Tell the backend\'s team what OpenSSL says: "{words}". They have to get a new '
                "certificate."
            ),
            steps.SHOW_CHAIN,
        ),
        when=AnyOf(
            Otherwise(OnVerifyCode, rules.in_openssls_words, fills=("words",)),
            Rule(rules.weak_key, fills=("words",)),
        ),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
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
        cause=(
            "A product on the way inspects encrypted traffic, and shows a certificate of its own. "
            "Browsers on this machine may trust it; programs with a trust store of their own do "
            "not. It can also read the secret."
        ),
        remedies=(
            (
                "Ask the administrators of the TLS inspection to exempt {host}. Usually they are "
                "those of this network; an antivirus program on this machine inspects, too."
            ),
            (
                "Use the product's own root certificate, if they will not: get it from them, then "
                f"`edgecheck doctor --ca-file inspection-root.pem`. {steps.YOUR_OWN_CLIENT}"
            ),
            "Try from another network, such as a phone's hotspot: `edgecheck doctor`.",
        ),
        when=Rule(inspection.intercepted, fills=("issuer",), mild=True),
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
            "{url_name} says wss://, and the server answers in plain text. The port is wrong, or "
            "the backend runs without TLS, as on a developer's machine."
        ),
        remedies=(
            (
                "Remove the port for a hosted backend, so that 443 is used: set "
                "`{url_name}=wss://{host}` in {url_where}."
            ),
            "Ask the backend's team for the port that speaks TLS.",
        ),
        when=Rule(rules.not_tls),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
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
            "The server offers only versions that are too old for this machine, or only newer "
            "ones. TLS 1.0 and 1.1 are deprecated since 2021 (RFC 8996)."
        ),
        remedies=(
            "Tell the backend's team that their server has to offer TLS 1.2 or 1.3.",
            (
                "Check what this machine can do: `edgecheck --version --verbose` names its "
                "OpenSSL; TLS 1.3 needs 1.1.1."
            ),
            (
                "See what the server offers: `openssl s_client -connect {host}:{port} -tls1_2 "
                "</dev/null`."
            ),
        ),
        when=OnKind(Kind.TLS_VERSION),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
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
        cause=(
            "The server sent an alert instead of its certificate; it is shown below. It does not "
            "know the name that was asked for (no site or deployment has it), has no cipher in "
            "common with this client, or is itself broken."
        ),
        remedies=(
            (
                "Tell the backend's team the alert, and this command: `openssl s_client -connect "
                "{host}:{port} -servername {host} </dev/null`."
            ),
            (
                "Check the host in {url_where}: a server with many sites answers like this for a "
                "name that it does not have."
            ),
            (
                "Use the host's name, not its address: hosting platforms need the name (SNI) to "
                "find the deployment."
            ),
        ),
        when=AnyOf(Rule(handshake.rejected), Rule(handshake.broken)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=(
            "sslv3_alert_handshake_failure",
            "handshake failure",
            "tlsv1_unrecognized_name",
            "unrecognized_name",
            "tlsv1_alert_internal_error",
            "no shared cipher",
            "unsafe legacy renegotiation disabled",
            "no_application_protocol",
            "no application protocol",
        ),
        source="RFC 8446, section 6.2",
    ),
    Problem(
        code="tls-client-certificate-required",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{host} requires a client certificate",
        cause=(
            "The server asks every client for a certificate of its own (mutual TLS), and ends the "
            "connection without one. Agents identify themselves with {secret_name}; a certificate "
            "is wanted by a gateway in front of the backend, or this is another service's address."
        ),
        remedies=(
            (
                "Show the certificate, if you have one for this backend:\n"
                "$ edgecheck doctor --cert client.pem --key client.key"
            ),
            (
                "Ask the backend's team for the address that agents use: this one is for clients "
                "with certificates."
            ),
            "Ask them to exempt {endpoint} from mutual TLS, if it is the right address.",
        ),
        when=Rule(client_certificate.required),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
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
        code="tls-client-certificate-rejected",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{host} refuses the client certificate: {meaning}",
        cause=(
            "The server asks every client for a certificate of its own (mutual TLS). It looked at "
            "the one that it was shown, and ended the connection."
        ),
        remedies=(
            (
                "Tell the backend's team whose certificate it is and who issued it, as shown "
                "below: their server's log says why it was refused."
            ),
            (
                "See what the server says to it: `openssl s_client -connect {host}:{port} "
                "-servername {host} -cert client.pem -key client.key`."
            ),
        ),
        when=Rule(client_certificate.rejected, fills=("meaning",)),
        reproduction=NotOnLoopback(
            "a demo has no client certificate to show; a test shows several to nginx and to a "
            "server in Python"
        ),
        confidence=Confidence.LIKELY,
        alternatives=("upgrade-closed",),
        refines=("upgrade-closed", "upgrade-bad-request", "tls-closed", "tls-handshake-rejected"),
        keywords=(
            "tlsv1_alert_unknown_ca",
            "tlsv1 alert unknown ca",
            "sslv3_alert_bad_certificate",
            "sslv3_alert_certificate_expired",
            "sslv3_alert_certificate_revoked",
            "sslv3_alert_unsupported_certificate",
            "the ssl certificate error",
        ),
        source="RFC 8446, sections 4.4.2.4 and 6.2",
    ),
    Problem(
        code="tls-closed",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="{host} closed the connection during the TLS handshake",
        cause=(
            "The connection opened, and closed without an alert as soon as the handshake began. "
            "Firewalls that filter by name do that, and load balancers that have no listener for "
            "the port. A server that does not speak TLS may do it too."
        ),
        remedies=(
            (
                "Ask the operators of the firewall or load balancer in between whether it "
                'filters {host}, and whether it has a listener for port {port}: "the TLS '
                'handshake is cut off".'
            ),
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works there, this network filters {host}."
            ),
            "Check host and port in {url_where}; the usual form is wss://HOST, without a port.",
        ),
        when=Rule(handshake.closed),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
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
        cause=(
            "The connection opened, and the server does not answer the handshake. Something on the "
            "way lets connections through and drops what follows (large packets, or by a filter), "
            "the server hangs, or the port is not a TLS port."
        ),
        remedies=(
            (
                "Ask the operators of the firewall or proxy in between whether it lets TLS to "
                '{host}, port {port}, through: "the ClientHello gets no answer".'
            ),
            "Try from another network, such as a phone's hotspot: `edgecheck doctor`.",
            "Check the port in {url_where}; the usual form is wss://HOST, without a port.",
            (
                "Lower the packet size, if you use a VPN or a tunnel: `sudo ip link set dev "
                "INTERFACE mtu 1280`."
            ),
        ),
        when=Rule(silence.in_handshake),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        keywords=(
            "ssl handshake is taking longer",
            "tls handshake timeout",
            "handshake operation timed out",
        ),
    ),
    Problem(
        code="tls-name-blocked",
        stage=Stage.TLS,
        severity=Severity.ERROR,
        side=Side.NETWORK,
        title="The name {host} is blocked: with another name the same address answers",
        cause=(
            "A TLS handshake that asks for {host} gets no answer or is cut off, and one that asks "
            "for another name at the same address is answered. A filter on the way reads the name "
            "in the handshake and stops it. A proxy that chooses its target by the name, and has "
            "lost the one for {host}, looks the same."
        ),
        remedies=(
            "Ask your network's administrators to allow TLS to {host}, port {port}.",
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works there, this network filters {host}."
            ),
            (
                "Ask the backend's team, if it fails everywhere: does the load balancer have a "
                "target for {host}?"
            ),
        ),
        when=Rule(silence.name_blocked),
        reproduction=NotOnLoopback(
            "nothing is on the way to loopback; a test makes a routed network of namespaces"
        ),
        confidence=Confidence.LIKELY,
        refines=("tls-timeout", "tls-closed", "tcp-stalled"),
        keywords=("sni filtering", "sni blocked"),
        source="RFC 6066, section 3",
    ),
    Problem(
        code="tls-large-hello-dropped",
        stage=Stage.TLS,
        severity=Severity.WARNING,
        side=Side.NETWORK,
        title="{host} does not answer a large TLS handshake",
        cause=(
            "A ClientHello of more than one packet gets no answer, and a small one does. Clients "
            "with post-quantum key shares (OpenSSL 3.5, Go 1.24, Node.js 24, browsers) send such "
            "ones, so they fail where this one works. Something on the way reads only the first "
            "packet, or drops the second."
        ),
        remedies=(
            (
                "Show the evidence to your network's administrators: firewalls and load balancers "
                "have to take a ClientHello in several packets. Their software may need an update."
            ),
            (
                "Leave out the post-quantum groups in the client until then, for OpenSSL in its "
                "configuration: `Groups = X25519:P-256`."
            ),
        ),
        when=Rule(silence.large_hello_dropped),
        reproduction=NotOnLoopback(
            "nothing is on the way to loopback; a test makes a routed network of namespaces"
        ),
        confidence=Confidence.LIKELY,
        keywords=("x25519mlkem768", "kyber", "post-quantum"),
        source="draft-ietf-tls-hybrid-design; RFC 8446, section 4.1.2",
    ),
    Problem(
        code="clock-skewed",
        stage=Stage.TLS,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="This machine's clock is {amount} {direction} the server's",
        cause=(
            "Certificates and tokens carry times. With a wrong clock, good ones look expired or "
            "not yet valid, and scheduled messages go out at the wrong time."
        ),
        remedies=(
            "Compare it with a clock: `date -u`.",
            "Set it, and keep it set: `sudo timedatectl set-ntp true`.",
            "Tell the backend's team, if this machine is right.",
        ),
        when=Rule(rules.clock_skewed, fills=("amount", "direction")),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("clock skew", "date header", "ntp"),
    ),
)
