"""tls: who issues certificates that systems trust, and what to do about the others."""

from __future__ import annotations

import re

from ...facts import Certificate

# Authorities that operating systems and browsers trust, by the names in what they issue.
_AUTHORITIES = (
    r"(?i)\b(?:let.?s encrypt|digicert|sectigo|comodo|usertrust|globalsign|godaddy|starfield"
    r"|amazon|google trust services|entrust|zerossl|ssl\.com|ssl corp|geotrust|rapidssl|thawte"
    r"|verisign|identrust|internet security research group|isrg|buypass|actalis|certum|asseco"
    r"|quovadis|harica|swisssign|telekom security|t-systems|d-trust|certigna|twca|naver"
    r"|trustwave|securetrust|wisekey|oiste|microsoft (?:azure|rsa|ecc|tls)|cloudflare tls"
    r"|gandi|ovh|network solutions|trustasia|gdca|cfca|secom|jprs|e-tugra|izenpe|firmaprofesional"
    r"|camerfirma|microsec|netlock|disig|certsign|emsign|viking cloud|sslcom|trust provider)\b"
)
PRIVATE = (
    "The server sent its own certificate, which {issuer} issued. That is none of the authorities "
    "that systems trust by default, so it is probably the private authority of a company or of "
    "this backend, and this machine does not have its root certificate. The server may also lack "
    "an intermediate certificate."
)
# OpenSSL's verify code 2 is the lack of an issuer of a certificate that was found in the store.
ONLY_INTERMEDIATE = (
    "What is trusted here holds an intermediate certificate, and not the root that issued it. "
    "Python before 3.13, Node.js and OpenSSL's own tools want the root as well; curl and browsers "
    "are content with the intermediate, so they may work with the same file."
)
ADD_ROOT = (
    "Get the root certificate as well, from whoever gave you the intermediate, and put it into the "
    "same file: `cat intermediate.pem root.pem > authority.pem`."
)


def is_public(certificate: Certificate) -> bool:
    """Tell whether the issuer is an authority that systems trust by default, by its name."""
    return re.search(_AUTHORITIES, certificate.issuer) is not None
