"""Texts that do not tell what happened to the connection, whatever words stand in them (pure).

A line of source code names the errors that it provides for, a list of changes those that were
mended, and the log of a server those of its database. None of them happened to us.
"""

from __future__ import annotations

from ..late import compiled
from .excerpt import Excerpt

# Other services, by their names or by what only they say: looked for first, without a pattern.
_SERVICES = (
    *("redis", "valkey", "memcache", "postgres", "pg_", "psycopg", "asyncpg", "mysql"),
    *("mariadb", "sqlstate", "mongo", "kafka", "amqp", "rabbitmq", "pika", "celery", "smtp"),
    *("imap", "pop3", "ldap", "ssh", "ftp", "elasticsearch", "zookeeper", "etcd", "cassandra"),
    *("clickhouse", "influxdb", "bluetooth", "bluez", "hci", "grpc", "rpc error", "loopywriter"),
    *("password authentication failed for user", "(using password:", "publickey", "host key"),
    *("dial ", "docker.sock", "docker daemon", "connect e", "connect to ", "scheme", "resolving '"),
)
_SERVICE = compiled(
    # Any host may have such a name: in an address, and where its own address was looked for.
    r"(?<![a-z0-9.-])(?!(?:(?<=://)|(?<=enotfound )|(?<=lookup ))\w+\.)(?:redis|valkey|memcached?"
    r"|postgres(?:ql)?|pg_(?:hba|isready|dump|restore)|psycopg\d?|asyncpg|mysql\w*|mariadb"
    r"|sqlstate|(?:py)?mongo\w*|kafka|amqps?|rabbitmq|pika|celery|smtp\w*|imap|pop3|ldaps?|sshd?"
    r"|s?ftp(?!://)|elasticsearch|zookeeper|etcd|cassandra|clickhouse|influxdb|bluetooth|bluez"
    r"|hci\d|grpc|rpc error|loopywriter|password authentication failed for user)(?![a-z])"
    r"|\(using password: |\bdial unix\b|docker\.sock\b|\bdocker daemon\b|\bpublickey\b"
    r"|\bhost keys?\b"
    # Databases, by their ports in IANA's registry, as the remote end and nowhere else: a line of a
    # source file and the local end have numbers likewise. No backend listens on these.
    r"|\b(?:dial tcp|connect e[a-z]+) [\w.:\[\]-]{1,255}:(?:3306|5432|6379|11211|27017)"
    r"(?=: |[\"',)]|$)"
    # Not a server of ours, unless what follows could make it one: "printer gateway".
    r"|\bconnect to (?:the |a |your )?(?:printer|scanner|camera|display|headset|keyboard"
    r"|serial port|database)(?![\w-]| (?!at |on )[a-z])"
    # Files and their stores: nobody would open a WebSocket with their schemes.
    r"|\bscheme:? ['\"]?(?:s3[an]?|gc?s|hdfs|abfss?|wasbs?|git|svn|s?ftp|ssh|jdbc)(?=['\"]|$)"
    # apt, within its own lines.
    r"|\bresolving '(?:[\w-]{1,63}\.){1,4}(?:debian|ubuntu)\.(?:org|com)'"
)
# How lines of programs begin that connect to something else: to a repository, a host of their own.
_PROGRAMS = (
    *("npm err", "npm warn", "pip._vendor", "fatal: unable to access", "e: failed to fetch"),
    *("fatal: authentication failed for 'http", "fatal: could not read username for"),
    *("fatal: could not read password for", "fatal: could not read from remote repository"),
    *(f"err:{number} http" for number in range(1, 10)),
    *("w: failed to fetch", "psql:", "kex_exchange_identification", "rsync:", "ssh: connect to"),
)
# What stands before a test that passed, in most programs and in TAP.
_PASSED = ("\u2713", "\u2714", "\u221a")
_PASSED_IN_TAP = compiled(r"ok \d+ - ")
# What is said of a WebSocket, or of what leads to one; and an agent that is named after what it
# serves: "smtp-relay-agent".
_OURS = compiled(
    r"websocket|(?<![a-z])wss?(?![a-z])|http(?!s?://)|upgrad|(?<![a-z])edge|backend|socket\.io|mqtt"
    r"|ssh-\d|unexpected server response|opening handshake|connectionclosed(?:ok|error)"
    r"|close (?:code|frame)|[a-z](?<!ssh)(?<!gpg)[-_]agent(?![a-z])"
    # The ports of the web and of what is being developed, as those of a host or an address. No
    # service of those above has one of them.
    r"|(?<=[\w\])]):(?:443|8443|80|8000|8080|3000|5000)(?!\d|[.:]\d)"
)
# The same where a repository or a package may have any name.
_SURELY_OURS = ("websocket", "ws://", "wss://", "unexpected server response")
# The machine on which a line was written, whatever it is named after: before the program in a
# system's log, and in a shell's prompt.
_MACHINE = compiled(
    r"^(?:<\d{1,3}>)?(?:[a-z]{3} \d{1,2} \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dt[\d:.,+z-]{5,30}) "
    r"[\w.-]+ (?=[\w./@-]+(?:\[\d+\])?: )"
    r"|^[\w.-]+@[\w.-]+(?: ?[:~][\w./~-]*)? ?[#$%>] "
)
# How a statement ends: in languages with braces, and in Python.
_ENDS = (";", "{", "(", ":", ")", "},", "],")
# What a statement begins with, and what it ends with then.
_STATEMENT = compiled(
    r"^(?:\} ?)?(?:(?:except|elif|else|finally|with|while|if|for|class|def|async def|try|match"
    r"|case|default)\b.*:"
    r"|(?:func|fn|pub fn|switch|match|catch|try|impl|struct|enum|interface|type|export|public"
    r"|private|protected|static|class|if|else|for|while)\b.*\{"
    r"|(?:const|let|var|final|val|auto|return|throw new|await|yield|using|package|typedef|static"
    r"|export|import|public|private|protected)\b.*[;{(]|assert\b.*"
    r"|raise [\w.]+\([\"'].*[\"']\))$"
)
# A call, or an assignment, that a text is as a whole: "logger.warning("connection lost")". What a
# class is called begins with a capital: "ConnectionResetError(104, '…')" was printed, and so was
# "socket.timeout('timed out')", whose names are older than that.
_CALL = compiled(
    r"^(?!socket\.(?:timeout|gaierror|herror|error)\()[a-z_$][\w$]*(?:\.|->|::)"
    r"(?:[\w$]+(?:\.|->|::))*[a-z_]\w*\([^()]*(?:\([^()]*\)[^()]*)*\);?$"
    r"|^(?:[a-z_]\w*)\([^()]*[\"'][^()]*(?:\([^()]*\)[^()]*)*\);$"
    r"|^[\w$.]+(?:\[\w+\])? :?= .*[;({]$|(?:=>|\bfunction \w*\([^)]*\)) ?\{$|^[\[{][^:]*[\]}],$"
)
_COMMENTS = ("// ", "/* ", "<!-- ", "from __future__ ", "#include ")
# An entry of a list of changes.
_CHANGE = compiled(
    r"^(?:[-+\u2022*] )?(?:fix(?:ed|es)?|feat|add(?:ed|s)?|bug(?:fix)?|chore|docs?|chang(?:ed|es?)"
    r"|improved?|removed?|handled?|support(?:ed)?|refactor|test|perf|build|ci)\b(?:\([\w, -]+\))?"
)
# What an entry without a mark before it ends with: the number of a change, or its hash.
_NUMBERED = compiled(r"\([^()]*(?:#\d|gh-\d)[^()]*\)$|\([0-9a-f]{7,40}\)$")
# A kind of change that no program, job or container is named after.
_ONLY_CHANGES = ("fix", "feat", "chore", "refactor")
# What a program prints behind such a name: "test: Error: connect ECONNREFUSED".
_PRINTED = compiled(
    r"(?:error|exception|failed): |errno|os error|dial tcp|\be[a-z]{4,} \S*\d"
    r"|(?<!\d)[45]\d\d(?!\d)"
)
# What the help of a program and its documentation say. A person says "returns 401", too, and "when
# I connect it throws …".
_HELP = compiled(
    r"^usage: |^(?:-\w, )?--[a-z][\w-]* (?!(?:SSL|TLS|HTTPS?|DNS|TCP|WSS|EOF|ERROR) )[A-Z]{3,} "
    r"|^See also[: ]"
    r"|^(?:Raises|Returns|Throws)\b(?!.*\b[45]\d\d\b)(?=.*(?:\.$|\b(?:if|when)\b))"
    r"|^(?i:if|when) (?!(?:.* )?(?:I|[Mm]y|[Ww]e|[Oo]ur) )[^:\"]*"
    r"\b(?:raises?|throws?|is (?:raised|thrown|returned)) [^:]*\.$|^\|.*\|$"
)
_HELPS = ("-", "usage", "raises", "returns", "throws", "see also", "if ", "when ", "|")
_CHANGES = (
    *("- ", "+ ", "\u2022 ", "* ", "fix", "feat", "add", "bug", "chore", "doc", "chang", "improv"),
    *("remov", "handle", "support", "refactor", "test", "perf", "build", "ci"),
)
_BULLETS = ("- ", "* ", "+ ", "\u2022 ")


def is_elsewhere(excerpt: Excerpt) -> bool:
    """Tell whether a text is source code or a list of changes, or is about another service.

    Args:
        excerpt: the text.
    """
    return (
        _is_source(excerpt)
        or _is_change(excerpt)
        or (excerpt.lower.startswith(_HELPS) and _HELP.search(excerpt.shown) is not None)
        or _is_of_program(excerpt.lower)
        or excerpt.shown.startswith(_PASSED)
        or (excerpt.shown.startswith("ok ") and _PASSED_IN_TAP.match(excerpt.shown) is not None)
        or _is_of_service(excerpt.lower)
    )


def _is_source(excerpt: Excerpt) -> bool:
    """Tell whether a text is a line of source code."""
    if excerpt.shown.startswith(_COMMENTS):
        return True
    statement, comment, _ = excerpt.shown.partition(" // ")
    if comment and statement.endswith(")"):
        statement += ";"  # in languages that may leave it out
    if not statement.endswith(_ENDS):
        return False
    return any(pattern.search(statement) is not None for pattern in (_STATEMENT, _CALL))


def _is_change(excerpt: Excerpt) -> bool:
    """Tell whether a text is an entry of a list of changes."""
    change = _CHANGE.match(excerpt.lower) if excerpt.lower.startswith(_CHANGES) else None
    if change is None:
        return False
    rest = excerpt.lower[change.end() :]
    if rest.startswith((": ", "!:")):
        return excerpt.lower.startswith(_ONLY_CHANGES) or _PRINTED.search(rest) is None
    return excerpt.shown.startswith(_BULLETS) or _NUMBERED.search(rest) is not None


def _is_of_program(lower: str) -> bool:
    """Tell whether a program printed a text that connects to something else."""
    return lower.startswith(_PROGRAMS) and not any(words in lower for words in _SURELY_OURS)


def _is_of_service(lower: str) -> bool:
    """Tell whether a text names another service, and nothing of a WebSocket.

    A name alone is typed by a person who looks for it.
    """
    if " " not in lower or not any(word in lower for word in _SERVICES):
        return False
    said = _MACHINE.sub("", lower, count=1)
    return _SERVICE.search(said) is not None and _OURS.search(said) is None
