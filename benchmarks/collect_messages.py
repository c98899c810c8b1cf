"""What client libraries really print for each fault of the simulator.

    make messages                       # write benchmarks/messages.tsv
    git diff benchmarks/messages.tsv    # what a new release of a library says differently

Each client of `clients/` connects to a simulated backend with each fault, with the authority of
the simulator trusted, and the line with its error is kept. Clients whose language or library is not
installed are left out, and their lines stay as they are. At the end stands how many of the lines
`explain` answers with the fault that caused them, or with one of the entries that look the same to
that client; this is no target, because some clients say the same for several faults.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from edgecheck.catalogue import PROBLEMS
from edgecheck.explain.find import find
from edgecheck.simulator.faults import TABLE
from tests.doctor import simulated

HERE = Path(__file__).parent
CLIENTS = HERE / "clients"
MESSAGES = HERE / "messages.tsv"
LIMIT = 30
HEAD = "fault\tclient\tline"
# Faults of the session's content, of which a client of a library prints nothing.
SILENT = re.compile(r"pong-|message-|command-|clock-|tls-certificate-expiring|upgrade-captive")
# What differs from run to run.
VARYING = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:8787"),
    (re.compile(r"localhost:\d+"), "localhost:8787"),
    (re.compile(r"\('127\.0\.0\.1', \d+\)"), "('127.0.0.1', 8787)"),
    (re.compile(r"port([ =])\d+"), r"port\g<1>8787"),
    (re.compile(r"(['\"])127\.0\.0\.1\1, ?\d+"), r"\g<1>127.0.0.1\g<1>, 8787"),
    (re.compile(r"\d{4}([-/])\d\d\1\d\d \d\d:\d\d:\d\d(?:\.\d+|\+0000)?"), "2026-11-28 09:12:44"),
    (re.compile(r"\(\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\)"), "Sat, 28 Nov 2026 09:12:44 GMT"),
    (re.compile(r"\(_ssl\.c:\d+\)"), "(_ssl.c:1006)"),
    (re.compile(r"tcp \S+->"), "tcp 127.0.0.1:40000->"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "2026-11-28T09:12:44Z"),
    (re.compile(r"[0-9a-f]{32,}"), "…"),
)
# What only says where an error was noticed.
NOISE = re.compile(
    r"Logging initialized|Main loop|Stopping factory|Log opened|^\s+at |^\s+File |^Traceback"
    r"|^\s*\^|^node:|^Node\.js|^\s+[~^]+|^\s*throw|^\s*[{}]|^exit "
    r"|^Exception in thread .*CompletionException: java.net.http.WebSocketHandshakeException$"
)
ERROR = re.compile(r"[A-Za-z_][\w.]*(?:: |$)")


@dataclass(frozen=True)
class Client:
    """A program that connects.

    Args:
        name: with its release.
        command: to which the address and the secret are added.
    """

    name: str
    command: tuple[str, ...]


def clients(folder: Path) -> Iterator[Client]:
    """Yield the clients that can run here."""
    for name, file in (
        ("websockets", "websockets_client.py"),
        ("websockets", "websockets_sync.py"),
        ("aiohttp", "aiohttp_client.py"),
        ("websocket-client", "websocket_client.py"),
    ):
        version = importlib.metadata.version(name)
        yield Client(f"{Path(file).stem} {version}", (sys.executable, str(CLIENTS / file)))
    modules = Path(os.environ.get("NODE_PATH", ""))
    for name in ("ws", "undici"):
        if shutil.which("node") and (modules / name).is_dir():
            yield Client(f"node {name}", ("node", str(CLIENTS / f"{name}_client.mjs")))
    if shutil.which("curl"):
        yield Client("curl", ("curl", "--silent", "--show-error", "--fail", "--max-time", "3"))
    if shutil.which("java"):
        yield Client("java.net.http", ("java", str(CLIENTS / "JavaClient.java")))
    yield from python_clients()
    yield from node_clients()
    for language, file, libraries in SCRIPTS:
        if shutil.which(language):
            for library in libraries:
                yield Client(f"{language} {library}", (language, str(CLIENTS / file), library))
    if shutil.which("escript"):
        yield Client("erlang httpc", ("escript", str(CLIENTS / "erlang_client.escript")))
    if shutil.which("php"):
        yield Client("php", ("php", str(CLIENTS / "php_client.php")))
    yield from java_clients()
    yield from compiled_clients(folder)


# Languages whose clients are one file that takes the name of the library first.
SCRIPTS = (
    ("ruby", "ruby_clients.rb", ("faye", "net-http", "socket")),
    ("perl", "perl_clients.pl", ("mojo", "anyevent", "ssl")),
)
NODE_LIBRARIES = (
    *("websocket", "faye", "socketio", "signalr", "graphqlws", "mqtt", "rpc", "axios", "got"),
    *("nodefetch", "fetch"),
)
PYTHON_LIBRARIES = (
    *("tornado", "trio_websocket", "httpx_ws", "niquests", "curl_cffi", "picows", "lomond"),
    *("simple_websocket", "ws4py", "autobahn", "livekit", "rnet", "pysocketio", "signalrcore"),
)
JARS = Path("/usr/share/java")


def python_clients() -> Iterator[Client]:
    """Yield libraries of Python that stand in an environment of their own."""
    if python := os.environ.get("CLIENTS_PYTHON"):
        for library in PYTHON_LIBRARIES:
            yield Client(library, (python, str(CLIENTS / "python_clients.py"), library))


def node_clients() -> Iterator[Client]:
    """Yield libraries of Node.js, and its relatives."""
    modules = os.environ.get("NODE_PATH")
    script = str(CLIENTS / "node_clients.mjs")
    if not modules or not shutil.which("node"):
        return
    for library in NODE_LIBRARIES:
        yield Client(f"node {library}", ("node", script, library))
    if (bun := Path(modules, ".bin/bun")).exists():
        yield Client("bun", (str(bun), script, "bun"))
    if (deno := Path(modules, ".bin/deno")).exists():
        yield Client("deno", (str(deno), "run", "--allow-all", script, "deno"))


def java_clients() -> Iterator[Client]:
    """Yield libraries of Java, from Debian's packages."""
    for file, patterns in (
        ("OkHttpClientMain.java", ("okhttp.jar", "okio.jar")),
        ("JettyClient.java", ("jetty9-*.jar", "servlet-api.jar")),
        ("TomcatClient.java", ("tomcat10-*.jar",)),
    ):
        jars = [str(jar) for pattern in patterns for jar in JARS.glob(pattern)]
        if jars and shutil.which("java"):
            yield Client(Path(file).stem, ("java", "-cp", ":".join(jars), str(CLIENTS / file)))


def compiled_clients(folder: Path) -> Iterator[Client]:
    """Yield clients in Go, C++ and C#, compiled into a folder."""
    go = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode"}
    for name, program, build in (
        ("gorilla/websocket", "gorilla", ("go", "build", "-o", "{}", "gorilla_client.go")),
        ("nhooyr.io/websocket", "nhooyr", ("go", "build", "-o", "{}", "nhooyr_client.go")),
        ("Boost.Beast", "beast", ("g++", "-o", "{}", "beast_client.cpp", "-lssl", "-lcrypto")),
        ("Mono", "mono.exe", ("mcs", "-r:System.Net.Http.dll", "-out:{}", "MonoClient.cs")),
    ):
        if not shutil.which(build[0]):
            continue
        path = str(folder / program)
        command = [part.format(path) for part in build]
        if subprocess.run(command, cwd=CLIENTS, env=go, check=False).returncode == 0:
            yield Client(name, ("mono", path) if program.endswith(".exe") else (path,))


def said(client: Client, url: str, secret: str, environ: Mapping[str, str]) -> str:
    """Return the line with the error that a client printed; empty without one."""
    arguments = (url.replace("ws", "http", 1),) if client.name == "curl" else (url, secret)
    try:
        done = subprocess.run(
            [*client.command, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            env=dict(environ),
            timeout=LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    lines = [line for line in done.stderr.splitlines() if line.strip() and not NOISE.search(line)]
    if not lines:
        return ""
    # A traceback of Python ends with its error, the others begin with it.
    named = [line for line in lines if ERROR.match(line)]
    line = (named or lines)[-1] if "python" in client.command[0] else lines[0]
    for pattern, words in VARYING:
        line = pattern.sub(words, line.replace(secret, "<secret>"))
    return line.strip().replace("\t", " ")[:400]


def collected(folder: Path) -> dict[tuple[str, str], str]:
    """Return the line for each fault and client."""
    lines = {}
    found = list(clients(folder))
    for fault in TABLE:
        if SILENT.match(fault):
            continue
        with simulated(fault) as backend:
            given = dict(zip(backend.arguments[::2], backend.arguments[1::2], strict=False))
            environ = dict(os.environ)
            if authority := given.get("--ca-file"):
                names = (
                    *("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE", "DENO_CERT"),
                    *("MOJO_CA_FILE", "REQUESTS_CA_BUNDLE"),
                )
                environ |= dict.fromkeys(names, authority)
            if proxy := given.get("--proxy"):
                environ |= dict.fromkeys(("https_proxy", "http_proxy"), proxy)
            url = f"{backend.url.rstrip('/')}/edge/ws?edge_agent_id=edge_1"
            with ThreadPoolExecutor(min(len(found), 12)) as pool:
                jobs = {
                    client.name: pool.submit(said, client, url, backend.secret, environ)
                    for client in found
                }
                lines |= {(fault, name): job.result() for name, job in jobs.items()}
        print(f"{fault}: {sum(1 for key in lines if key[0] == fault)}", file=sys.stderr)
    return lines


def main() -> int:
    """Collect, write, and say how many lines are answered."""
    with tempfile.TemporaryDirectory() as folder:
        new = collected(Path(folder))
    rows = [line.split("\t") for line in MESSAGES.read_text(encoding="utf-8").splitlines()[1:]]
    kept = {(fault, client): line for fault, client, line in rows}
    merged = {**kept, **{key: line for key, line in new.items() if line}}
    text = "\n".join([HEAD, *("\t".join((*key, line)) for key, line in sorted(merged.items()))])
    MESSAGES.write_text(f"{text}\n", encoding="utf-8")
    answers = [
        (fault, client, line, [match.problem.code for match in find(line, PROBLEMS)])
        for (fault, client), line in sorted(merged.items())
    ]
    first = sum(codes[:1] == [fault] for fault, _, _, codes in answers)
    shown = sum(fault in codes for fault, _, _, codes in answers)
    for fault, client, line, codes in answers:
        if codes[:1] != [fault]:
            print(f"{fault} ({client}): {codes}\n    {line}")
    print(f"{len(answers)} lines: the fault first for {first}, shown for {shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
