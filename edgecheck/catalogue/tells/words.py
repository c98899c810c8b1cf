"""What servers of any kind say in their own words about a refusal (pure).

These are the ways in which people write such sentences, so they yield to every entry that knows
more than a status.
"""

from __future__ import annotations

from ...terms import Confidence, Side
from .tell import Tell

_REFUSED = (400, 401, 402, 403, 404, 405, 406, 409, 410, 412, 418, 420, 422, 423, 424, 425, 428)
_ANY = (
    *_REFUSED,
    429,
    440,
    444,
    449,
    450,
    451,
    498,
    499,
    *range(500, 512),
    520,
    529,
    540,
    530,
    598,
    999,
)
_NEEDS = (
    r"(?:missing|required|no|needs?|must (?:include|have|provide|specify|contain)|provide|"
    r"expected)\s+(?:(?:a|an|the|valid|required|mandatory|http|request|query|url)\s+){0,5}"
)
# Fields that other entries know, and words that are not names.
_OTHERS = (
    r"(?!(?:upgrade|connection|sec-websocket|authorization|origin|host|user-agent|found|in|was|is|"
    r"and|or|for|the|given|provided|present|of|to|from|with)\b)"
)
_NAME = _OTHERS + r"(?P<missing>[a-z][\w.-]{1,40})"
_IS_MISSING = (
    r"(?:is\s+|was\s+)(?:required|missing|mandatory|not (?:present|set|provided|found|sent))"
)
_QUOTE = "Quote the answer's own words to the backend's team."


def _says(code: str, page: str, title: str, cause: str, *steps: str, **rest: object) -> Tell:
    """Return the tell of a sentence of any server."""
    given: dict[str, object] = {"statuses": _ANY, **rest}
    return Tell(
        code,
        f"{title}: HTTP {{status}}",
        cause,
        steps,
        page=page,
        general=True,
        **given,  # type: ignore[arg-type]
    )


TELLS: tuple[Tell, ...] = (
    _says(
        "upgrade-blocked",
        r"(?:your|client|remote|source|this) (?:public )?(?:ip|address)\b[^<>{}\n]{0,70}\b(?:not "
        r"(?:allowed|permitted|authori[sz]ed|white-?listed|trusted|in)|block|ban|forbidden|denied|"
        r"refused|reject|restrict|black-?listed|deny)|\bip (?:address )?(?:is |was |has been )?"
        r"(?:not (?:allowed|permitted|white-?listed|authori[sz]ed)|blocked|banned|restricted|"
        r"forbidden|denied|black-?listed)|(?<!host )(?<!hostname )(?<!domain )not in (?:the )?"
        r"(?:ip )?(?:white|allow)-?list",
        "The address of this machine is not allowed",
        "The answer's own words refuse the client's address: a list of allowed or banned addresses "
        "of the server, the gateway or the firewall decides, before anybody looks at the secret.",
        "Ask the operators of the server, its gateway or its firewall to allow this machine's "
        "public "
        "address, or to lift the ban. Behind a proxy or VPN they see the proxy's address.",
        "Try from another network: `edgecheck doctor`. If it works there, that is the proof.",
        side=Side.INTERMEDIARY,
    ),
    _says(
        "upgrade-blocked",
        r"\b(?:your|this|from) (?:country|region|location|jurisdiction|area)\b|restricted "
        r"(?:location|region|country|jurisdiction)|(?:country|region|location) (?:is )?(?:not "
        r"(?:allowed|supported|available|permitted)|blocked|restricted|banned)|geo-?(?:block|"
        r"restrict|fenc)|embargo",
        "The country or region of this machine is refused",
        "The answer's own words refuse the country or region of the client's address. A VPN or a "
        "cloud machine may be in another country than you are. The secret is not the reason.",
        "Connect from a region that the service allows: move the agent, or its VPN or proxy.",
        "Ask the backend's team to allow this region or this machine's public address.",
        statuses=(*_REFUSED, 429, 451, 503),
        side=Side.CLIENT,
    ),
    _says(
        "upgrade-blocked",
        r"user-?agent\b[^.<>{}]{0,40}\b(?:not (?:allowed|supported|accepted)|block|ban|forbid|"
        r"denied|invalid|missing|required)|(?:missing|invalid|bad|blocked|no) user-?agent|"
        r"automated (?:requests?|access|traffic|quer)|(?:bot|crawler|scraper)s? (?:detected|are "
        r"not|not allowed|activity|traffic)|unsupported (?:browser|client)",
        "Clients of this kind are refused, by their User-Agent",
        "The answer's own words refuse a client that is not a browser, or whose User-Agent it does "
        "not know. The secret is not the reason.",
        "Ask the operators of the server, its gateway or its firewall to let {endpoint} through "
        "for "
        "agents, whatever their User-Agent.",
        "Try another one meanwhile: `edgecheck doctor -H 'User-Agent: Mozilla/5.0'`, and send the "
        "same from your client if it helps.",
        side=Side.INTERMEDIARY,
    ),
    _says(
        "upgrade-rate-limited",
        r"rate.?limit|too many (?:requests|attempts|failed|tries|log-?ins?)|throttl|slow down|"
        r"quota (?:exceeded|reached|exhausted)|exceeded (?:your |the )?(?:\w+ )?quota|request "
        r"limit",
        "A limit for requests is reached",
        "The answer's own words say that too many requests came, or that a quota is used up. A "
        "client that reconnects without a pause causes this itself.",
        "Stop every client that uses this agent id or network, and wait some minutes, or as long "
        "as the answer says.",
        "Ask the backend's team for the limit, and to raise it if a single client reaches it.",
        # 429 says so by itself, and has an entry that reads how long to wait.
        statuses=tuple(status for status in _ANY if status != 429),
        side=Side.CLIENT,
    ),
    _says(
        "upgrade-rate-limited",
        r"(?:max(?:imum)?|too many|limit (?:of|for|on)) (?:number of )?(?:concurrent |open "
        r"|active |"
        r"simultaneous |websocket )*(?:connections?|sockets|sessions|clients|agents|devices)|"
        r"connection (?:limit|quota)|(?:connections?|sessions?|clients?) (?:limit|maximum)|server "
        r"(?:is )?full|at capacity|no (?:free )?slots",
        "The server takes no more connections",
        "The answer's own words say that the number of open connections has reached its limit: of "
        "the server, of the plan, or of this account. Agents that were not closed count too.",
        "Ask the backend's team to raise the limit of open connections, and whether old ones of "
        "this agent are still counted.",
        "Stop clients that you do not need, and try again: `edgecheck doctor`.",
        side=Side.BACKEND,
    ),
    _says(
        "platform-app-down",
        r"\b(?:service|account|project|app(?:lication)?|tenant|site|subscription|organi[sz]ation|"
        r"workspace|instance|deployment)\b[^.<>{}]{0,30}\b(?:is |was |has been |been )?(?:suspended"
        r"|paused|de-?activated|disabled|stopped|in-?active|expired|blocked|frozen|archived)|"
        r"payment required|billing|trial (?:has )?(?:ended|expired)|subscription (?:required|has)",
        "The service is suspended, paused or not paid for",
        "The answer's own words say that the service or the account behind it is switched off. "
        "Nothing on this machine is the reason.",
        "Ask the backend's team to resume the service, and to look at its plan and billing.",
        _QUOTE,
        side=Side.BACKEND,
        # An account that is switched off is refused; a platform has other words for its services.
        becomes=((401, "auth-forbidden"), (403, "auth-forbidden")),
    ),
    _says(
        "upgrade-unavailable",
        r"overload|too busy|server (?:is )?busy|under (?:heavy|high) load|shedding|try again later",
        "The server has too much to do, and asks to come again later",
        "The answer's own words say that the server refuses work that it cannot do now. Nothing on "
        "this machine is the reason.",
        "Ask the backend's team whether they need more instances, or have too many connections.",
        "Wait {wait} and try again: `edgecheck doctor`. Agents have to wait as long between their "
        "attempts.",
        statuses=(500, 503, 529),
        side=Side.BACKEND,
    ),
    _says(
        "upgrade-unexpected-status",
        r"already (?:connected|in use|registered|online|open|active|logged in|exists)|duplicate "
        r"(?:connection|session|client|agent)|(?:another|other) (?:connection|session|client) "
        r"(?:is |has |with |already )",
        "Another connection already uses the agent id {agent_id}",
        "The answer's own words say that this agent is connected: a second client runs with the "
        "same id, or the backend still holds a connection that is dead.",
        "Stop the other client with the id {agent_id}, or give each its own: `edgecheck doctor "
        "--agent-id OTHER` shows whether that helps.",
        "Wait {wait} and try again, if no other client runs: the backend has to notice that the "
        "old connection is dead. Ask the backend's team how long that takes.",
        statuses=(400, 403, 409, 423, 429),
        side=Side.CLIENT,
    ),
    _says(
        "auth-unauthorized",
        r"\b(?:token|jwt|key|secret|credentials?|password|signature|session token)\b[^.<>{}]{0,40}"
        r"\bexpired\b|\bexpired[_ -](?:token|jwt|key|secret|credential|password)|\b(?:token|jwt|"
        r"credentials?) (?:is |was |has been )?(?:not active\b(?! yet)|inactive|no longer valid|"
        r"revoked)",
        "The secret has expired, says the server",
        "The answer's own words say that the secret or token was valid once. Comparing it does not "
        "help: a new one is needed.",
        "Get a new token where this one was issued, and put it into {secret_where}.",
        "Ask the backend's team how long tokens live, and how agents get the next one by "
        "themselves.",
        statuses=(400, 401, 403),
        side=Side.CLIENT,
    ),
    _says(
        "auth-unauthorized",
        r"\b(?:token|jwt|signature|credential)s?\b[^.<>{}]{0,30}\b(?:not yet (?:valid|active)|not "
        r"active yet|not valid yet|used (?:too early|before issued)|(?:issued|valid) in the "
        r"future)|immature ?signature|jwt not active|\bnbf\b|\biat\b[^.<>{}]{0,20}\bfuture",
        "The token is not valid yet, says the server",
        "The answer's own words say that the token's time begins later. It was issued for later, "
        "or by a machine whose clock is ahead of the server's.",
        "Compare the clocks of this machine and of the one that issues the token with the right "
        "time: `date -u`. Synchronise the one that is wrong: `timedatectl set-ntp true`.",
        "Ask those who issue the token from when it is valid (`nbf` and `iat` in it), and the "
        "backend's team whether their server's clock is right.",
        statuses=(400, 401, 403),
        side=Side.CLIENT,
    ),
    _says(
        "auth-unauthorized",
        r"\A\W*(?:detail\W+)?not authenticated\W*(?:bearer\W*)?\Z",
        "Not authenticated: no secret arrived, or it was not accepted",
        "FastAPI's own classes (HTTPBearer, OAuth2PasswordBearer) say this where no "
        "`Authorization: Bearer` arrives, and an application may say it of a wrong secret, too. "
        "edgecheck sent the secret that is set here.",
        "Ask the backend's team whether their server receives the Authorization field of this "
        "request: if it does not, a proxy on the way removes it.",
        "Compare the secret in {secret_where} with the one that the backend has, if it does.",
        statuses=(401, 403),
        side=Side.CLIENT,
        confidence=Confidence.POSSIBLE,
        alternatives=("auth-header-stripped", "auth-secret-rejected"),
        becomes=((403, "auth-forbidden"),),
    ),
    _says(
        "auth-unauthorized",
        r"\baudiences?\b[^<>{}]{0,60}\b(?:invalid|not (?:valid|allowed|a? ?match)|mismatch|wrong|"
        r"does ?n.t match|validation failed|unexpected)|\b(?:invalid|wrong|unexpected|bad|incorrect"
        r")[_ ](?:jwt |token )?audience|\baud\b\W?[^<>{}]{0,20}\b(?:claim|invalid|mismatch"
        r")|\bIDX102(?:06|08|14)\b",
        "The token is meant for another server (audience), says the server",
        "The answer's own words are about the token's audience (`aud`): the server read the token, "
        "and it was issued for somebody else, such as staging, or another service.",
        "Get a token that is issued for this server, and put it into {secret_where}: ask those who "
        "issue it for the audience that the answer names, or that the backend's team wants.",
        "Ask the backend's team which audience their server accepts, if the token should be right.",
        statuses=(400, 401, 403),
        side=Side.CLIENT,
    ),
    _says(
        "auth-unauthorized",
        # A certificate has an issuer as well.
        r"\b(?<!certificate )(?<!certificate's )(?<!cert )issuer\b(?! (?:of )?(?:the )?(?:client )?"
        r"cert)[^<>{}]{0,60}\b(?:invalid|not (?:valid|allowed|trusted|known|configured)|mismatch|"
        r"wrong|unknown|untrusted|unexpected|validation failed)|\b(?:invalid|wrong|unknown"
        r"|unexpected|untrusted|bad)[_ ](?:jwt |token )?issuer"
        r"(?! (?:of )?(?:the )?(?:client )?cert)|\biss\b\W?[^<>{}]{0,20}\b(?:claim|invalid"
        r"|mismatch)|\bIDX102(?:04|05|11)\b",
        "The token was issued by somebody whom the server does not trust, says the server",
        "The answer's own words are about the token's issuer (`iss`): the server read the token, "
        "and accepts those of another issuer, realm or environment.",
        "Get a token from the issuer that the backend's team names, and put it into "
        "{secret_where}.",
        "Ask the backend's team which issuer their server accepts, letter by letter: one more "
        "slash at the end is another issuer.",
        statuses=(400, 401, 403),
        side=Side.CLIENT,
    ),
    _says(
        "auth-unauthorized",
        r"signature key (?:was )?not found|no (?:applicable|matching|suitable) (?:signing )?keys?\b"
        r"|matching key\(?s|unable to (?:find|match|get) "
        r"(?![^.<>{}]{0,20}\b(?:api|access|license)\b)[^.<>{}]{0,30}\bkey\b"
        r"|\bkid\b[^.<>{}]{0,30}not (?:found|known)|json web key set"
        r"|\bIDX105(?:00|01|03)\b",
        "The server does not know the key that signed the token",
        "The answer's own words are about the key of the token's signature: the token was issued "
        "by another environment, or the issuer has changed its keys, and the server has old ones.",
        "Get a new token from the issuer of this environment, and put it into {secret_where}.",
        "Ask the backend's team whether their server has the issuer's current keys (JWKS): a "
        "restart reads them again.",
        statuses=(400, 401, 403),
        side=Side.CLIENT,
    ),
    _says(
        "auth-unauthorized",
        r"\bjwt\b[^.<>{}]{0,20}\bmalformed|malformed (?:jwt|token)|(?:not enough|number of|three) "
        r"segments|not in the form(?:at)? of header|invalid (?:jwt serialization|compact jws)|"
        r"\bIDX12741\b|token is malformed",
        "The server wants a token (JWT), and gets none that is whole",
        "The answer's own words say that the secret is not a JWT, or was cut: such a token has "
        "three parts with points between them. The server reads an issuer's tokens, not a shared "
        "secret.",
        "Compare the secret in {secret_where} with what the backend's team gave you: a token "
        "begins with `eyJ` and has two points in it. Get a new one if it was cut.",
        "Ask the backend's team whether agents send a token or a shared secret to {endpoint}: "
        "something in front may want a token of its own.",
        statuses=(400, 401, 403),
        side=Side.CLIENT,
    ),
    _says(
        "upgrade-unavailable",
        r"maintenance(?! downtime or capacity)|down for (?:upgrade|update)|be (?:right )?back (?:"
        r"soon|shortly|later)|temporarily (?:offline|closed)",
        "The service is in maintenance",
        "The answer's own words say that somebody switched maintenance on. Nothing on this machine "
        "is the reason.",
        "Ask the backend's team how long the maintenance takes.",
        "Wait until it is over, and try again: `edgecheck doctor`. Let agents try again by "
        "themselves: `edgecheck listen --keep-trying`.",
        side=Side.BACKEND,
    ),
    _says(
        "upgrade-bad-request",
        _NEEDS
        + r"(?:header|field)s?:?\s+['\"`]?"
        + _NAME
        + r"|['\"`]?(?!sec-|user-agent)(?P<missing_2>(?:x|[a-z]{2,20})-"
        r"[\w-]{2,40})['\"`]?\s(?:(?:http|request)\s)?(?:(?:header|field)\s)?" + _IS_MISSING,
        "The server wants the field {missing} in the request",
        "The answer's own words name a field that the request has to have, beside the secret. A "
        "proxy on the way may also have dropped it.",
        "Ask the backend's team for its value, and write `{missing}: VALUE` into a file. Send it: "
        "`edgecheck doctor -H @headers.txt`, and the same from your client.",
        "Check that {endpoint} of {host} is the agents' endpoint: another API may answer there.",
        side=Side.CLIENT,
    ),
    _says(
        "upgrade-bad-request",
        _NEEDS
        + r"(?:parameter|param|argument|query)s?(?: parameter)?:?\s+['\"`]?"
        + _NAME
        + r"|['\"`]?(?!upgrade|origin|host)(?P<missing_2>[a-z][\w.-]{1,40})['\"`]?\s+(?:(?:query|"
        r"url|request|string)\s+){0,3}"
        r"(?:parameter|param|argument)\s+" + _IS_MISSING,
        "The server wants the parameter {missing} in the address",
        "The answer's own words name a parameter that the address of the request has to have. If "
        "it is the secret, the server reads it there, and not in {credential_place}.",
        "Ask the backend's team what belongs into `{missing}`, and say so in a profile: under "
        '`[request.query]`, or for the secret `authorization = "query:{missing}"` '
        "(`edgecheck profile`).",
        "Check that {endpoint} of {host} is the agents' endpoint: another API may answer there.",
        side=Side.CLIENT,
    ),
    _says(
        "auth-forbidden",
        r"\b(?:agent|device|client|node|sensor|charge ?point|charging station|thing)s?\b[^.<>{}]"
        r"{0,40}\b(?:not (?:found|registered|known|enrolled|provisioned|exist|recogni[sz]ed)|"
        r"unknown|unregistered|does not exist|doesn't exist|no such)|(?:unknown|unregistered|no "
        r"such|invalid) (?:agent|device|client|node|charge ?point|thing)\b(?! (?:key|secret|token|"
        r"cred|pass|cert|auth|version|api))",
        "The backend does not know this agent id",
        "The answer's own words name the agent or device: the request arrived, and the backend has "
        "none with the id {agent_id}.",
        "Compare the agent id in {agent_where} with the one that is registered at the backend: it "
        "is {agent_id}. Capital letters and zeros count.",
        "Ask the backend's team to register it.",
        side=Side.CLIENT,
    ),
    _says(
        "auth-forbidden",
        r"insufficient[_ ](?:scope|permission|privilege|right)|(?:lacks?|missing|without|not have) "
        r"(?:the )?(?:required |necessary )?(?:scope|permission|role|privilege|right)s?\b|"
        r"permission denied|not (?:have )?(?:permission|privilege)|role .{0,30}required",
        "The credentials are known, and lack a right",
        "The answer's own words are about rights (role, scope, permission), so the secret itself "
        "was read and belongs to somebody who may not connect here.",
        "Ask the backend's team to give this agent's credentials the right that the answer names.",
        "Check that the secret in {secret_where} is the agent's own, and not another account's.",
        side=Side.BACKEND,
    ),
    _says(
        "auth-forbidden",
        r"\b(?:csrf|xsrf|crumb)\b",
        "The server wants the token of a web form (CSRF)",
        "The answer's own words name CSRF: a check that protects forms in browsers stands before "
        "{endpoint}. Agents have no such token.",
        "Ask the backend's team to exempt {endpoint} from the CSRF check: the agent's secret "
        "protects it.",
        _QUOTE,
        side=Side.BACKEND,
        statuses=(400, 401, 403, 419, 422),
    ),
    _says(
        "upgrade-login-required",
        r"(?:please |must |need to |have to )(?:be )?(?:log(?:ged)?|sign(?:ed)?)[- ]?in\b|not "
        r"logged "
        r"in|log-?in (?:is )?required|session (?:cookie )?(?:is |has )?(?:missing|expired|required|"
        r"invalid|not found)|no (?:active |valid )?session",
        "A log-in of people stands before {host}",
        "The answer's own words ask for a log-in or a session, as people in browsers have. Agents "
        "have neither, so their path has to be let through.",
        "Ask the administrators of the log-in to exempt the path {endpoint}: the backend checks "
        "the "
        "secret itself.",
        "Ask the backend's team for the address that agents use, if it is another one.",
        statuses=(200, 400, 401, 403, 440),
        side=Side.INTERMEDIARY,
    ),
    _says(
        "upgrade-bad-request",
        r"(?:ssl|tls|https|secure connection) (?:is )?(?:required|only|needed)|(?:requires?|use|"
        r"only (?:accepts?|supports?|over)) (?:ssl|tls|https|a secure "
        r"connection)|403\.4\b|insecure "
        r"(?:connection|request)|must use (?:https|ssl|tls|wss)",
        "The server accepts only TLS, and {url_name} says ws://",
        "The answer's own words ask for a secure connection. The secret has travelled in the "
        "clear.",
        "Write wss:// in place of ws:// in {url_where}, and the port that TLS has there.",
        "Ask for a new secret, if the connection left this machine: others on the way could read "
        "it.",
        scheme="ws",
        side=Side.CLIENT,
    ),
    _says(
        "upgrade-redirect-insecure",
        r"(?:ssl|tls|https|secure connection) (?:is )?(?:required|only|needed)|(?:requires?|use|"
        r"only (?:accepts?|supports?|over)) (?:ssl|tls|https|a secure "
        r"connection)|403\.4\b|insecure "
        r"(?:connection|request)|must use (?:https|ssl|tls|wss)",
        "The backend believes that the request came without TLS",
        "The request came over TLS, and the answer's own words ask for a secure connection. TLS "
        "ends at a proxy that speaks plain HTTP to the backend, and the backend does not know "
        "that the request was secure. Keep wss://.",
        "Ask the administrators of the proxy to say that the request was secure: nginx "
        "`proxy_set_header X-Forwarded-Proto $scheme;`.",
        "Ask the backend's team to believe this field of the proxy: uvicorn `--proxy-headers "
        "--forwarded-allow-ips=ADDRESS` with the proxy's address, Django "
        "SECURE_PROXY_SSL_HEADER.",
        scheme="wss",
        side=Side.INTERMEDIARY,
    ),
    _says(
        "upgrade-unexpected-status",
        r"(?:client|agent|app|api|protocol|sdk) version[^.<>{}]{0,40}(?:not supported|unsupported|"
        r"too old|out-?dated|deprecated|required)|(?:client|agent|app) (?:is )?(?:too old|"
        r"out-?dated)|(?:upgrade|update) your (?:client|app|agent|sdk)|unsupported (?:api|client|"
        r"protocol) version",
        "The server does not accept this version of client or protocol",
        "The answer's own words are about a version: the server wants a newer client, or a field "
        "that names another version of its protocol.",
        "Ask the backend's team which version agents have to name, and where (a field, a "
        "subprotocol, the path).",
        "Check that {endpoint} is the current path: a version may be part of it.",
        statuses=(*_ANY, 426),
        side=Side.CLIENT,
    ),
    _says(
        "auth-forbidden",
        r"(?:time ?stamp|clock|time)\b[^.<>{}]{0,40}\b(?:skew|too (?:far|old|new)|out of (?:range|"
        r"sync)|outside|in the (?:future|past)|drift)|requesttimetooskewed|recvwindow",
        "The server finds that this machine's clock is wrong",
        "The answer's own words are about time: a signature or token that was made here bears a "
        "moment that the server does not accept.",
        "Set the clock of this machine: `timedatectl set-ntp true`, and look at `timedatectl`.",
        "Make a new token afterwards, if the old one was made with the wrong time.",
        side=Side.CLIENT,
    ),
    _says(
        "upgrade-bad-gateway",
        r"(?:could not|couldn't|cannot|can't|failed to|unable to|error) (?:be )?(?:resolv\w+|look "
        r"?up|find) (?:the )?(?:host|name|address|upstream|backend|server|dns)|no such host|"
        r"enotfound|eai_again|name or service not known|host not found in upstream|no resolver",
        "The proxy does not find the backend's name",
        "The answer's own words say that a name cannot be resolved: the proxy works, and its "
        "configuration names a host that its name server does not know, as after a rename or "
        "outside of the container network.",
        "Ask the administrators of the proxy to correct the backend's host, and whether proxy and "
        "backend are on one network.",
        "Ask the backend's team whether the process runs: a container that is stopped loses its "
        "name.",
        statuses=(500, 502, 503, 504, 520, 530),
        side=Side.INTERMEDIARY,
    ),
    _says(
        "upgrade-origin-tls",
        r"x509|certificate (?:verify|has expired|is not|signed by|unknown)|self[- ]signed|ssl "
        r"handshake|tls(?: handshake)?[: ] ?(?:failed|error|failure|bad|unrecogni)|"
        r"unable_to_verify|depth_zero|cert_",
        "The proxy cannot open a TLS connection to the backend",
        "The answer's own words are about a certificate or handshake behind the proxy. The "
        "connection from here to the proxy is fine.",
        "Tell the backend's team to repair the certificate of the server behind the proxy, or to "
        "give the proxy the authority that issued it.",
        "Ask the administrators of the proxy whether the backend speaks TLS on that port at all.",
        statuses=(495, 500, 502, 503, 504, 520, 525, 526),
        side=Side.BACKEND,
    ),
    _says(
        "upgrade-bad-gateway",
        r"econnrefused|connection refused|connect(?:ion)? (?:to \S+ )?failed|no (?:available|live|"
        r"healthy) (?:server|upstream|backend|node|instance|target)s?|upstream (?:is )?(?:down|"
        r"unavailable|not available)|dial tcp|backend (?:is )?(?:down|unreachable|not available)",
        "The proxy cannot connect to the backend",
        "The answer's own words say that the connection behind the proxy was refused, or that no "
        "server is there. The process does not run, or listens on another port or address than "
        "the proxy uses.",
        "Tell the backend's team what the answer says: does the process run, and does it listen on "
        "the address and port that the proxy uses (in containers 0.0.0.0, not 127.0.0.1)?",
        "Wait a minute and try again: `edgecheck doctor`. A deployment that restarts looks like "
        "this.",
        statuses=(500, 502, 503, 504, 520, 530),
        side=Side.BACKEND,
    ),
    _says(
        "upgrade-blocked",
        r"\bvpn\b|(?:internal|corporate|office) network (?:only|required)|only (?:available|"
        r"reachable|accessible) (?:from|within|inside|via)",
        "The service is open to a network or VPN only",
        "The answer's own words ask for another network. The secret is not the reason.",
        "Connect the VPN, or run the agent inside that network.",
        "Ask the backend's team to allow this machine's public address otherwise.",
        side=Side.CLIENT,
    ),
)
