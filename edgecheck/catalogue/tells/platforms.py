"""Error codes and pages of hosting platforms and tunnels (pure)."""

from __future__ import annotations

from ...terms import Confidence, Side
from .tell import Tell

_AGAIN = "Wait a minute and try again, in case it is being deployed: `edgecheck doctor`."


def _down(
    name: str,
    why: str,
    cause: str,
    *steps: str,
    sure: Confidence = Confidence.LIKELY,
    **sign: object,
) -> Tell:
    """Return the tell of a platform that has the deployment, and cannot reach it."""
    return Tell(
        "platform-app-down",
        f"{name}: {why} (HTTP {{status}})",
        cause,
        steps,
        side=Side.BACKEND,
        confidence=sure,
        **sign,  # type: ignore[arg-type]
    )


def _ngrok(
    number: str,
    code: str,
    title: str,
    cause: str,
    *steps: str,
    side: Side,
    sure: Confidence = Confidence.LIKELY,
) -> Tell:
    """Return the tell of one of ngrok's error codes; a field or the page has it."""
    return Tell(
        code,
        f"{title}: {{ngrok}}",
        cause,
        steps,
        fields=(("ngrok-error-code", rf"(?P<ngrok>ERR_NGROK_(?:{number}))\b"),),
        side=side,
        confidence=sure,
    )


TELLS: tuple[Tell, ...] = (
    # --- tunnels ----------------------------------------------------------------------------------
    _ngrok(
        "3200|3208",
        "platform-app-missing",
        "No ngrok agent serves {host}",
        "ngrok knows no agent that is online for this name. The agent was stopped, or a free "
        "address changed when it was started again.",
        "Start the ngrok agent where the backend runs: `ngrok http PORT`.",
        "Compare the host in {url_where} with the address that the agent shows (Forwarding).",
        side=Side.BACKEND,
    ),
    _ngrok(
        "8012|8013|803|804",
        "platform-app-down",
        "ngrok's agent cannot reach the backend",
        "The tunnel works, and nothing answers at the local address that the ngrok agent was given "
        "(`ngrok http PORT`): the backend does not run, or listens on another port or address.",
        "Start the backend, and compare the port in `ngrok http PORT` with the one where it "
        "listens.",
        "Name the address, if localhost means IPv6 there: `ngrok http 127.0.0.1:PORT`.",
        side=Side.BACKEND,
    ),
    _ngrok(
        "3004",
        "upgrade-bad-gateway",
        "The backend's answer is not valid HTTP for ngrok",
        "The tunnel works, and the backend sent ngrok an invalid or incomplete answer: it speaks "
        "TLS where ngrok speaks plain HTTP, or it crashed.",
        "Let ngrok speak TLS to the backend, if it expects that: `ngrok http https://localhost:"
        "PORT`.",
        "Ask the backend's team for their log at this moment.",
        side=Side.BACKEND,
    ),
    _ngrok(
        "6024",
        "upgrade-blocked",
        "ngrok shows its warning page for browsers",
        "Free ngrok addresses show a page of their own to what looks like a browser, until a field "
        "or another User-Agent skips it.",
        "Send the field that skips it: `edgecheck doctor -H 'ngrok-skip-browser-warning: 1'`, and "
        "the same from your client.",
        side=Side.CLIENT,
    ),
    _ngrok(
        "3205|3206",
        "upgrade-blocked",
        "ngrok's IP restrictions refuse this machine",
        "The endpoint's owner allows only some addresses, and this machine's is none of them.",
        "Ask the owner of the ngrok endpoint to allow this machine's public address (traffic "
        "policy `restrict-ips`).",
        side=Side.INTERMEDIARY,
    ),
    _ngrok(
        "72[4-9]|73[0-9]",
        "upgrade-rate-limited",
        "A limit of the ngrok account is reached",
        "ngrok counts requests, connections and traffic of an account, and refuses what exceeds "
        "its plan.",
        "Ask the owner of the ngrok account to look at its usage, and to raise the plan.",
        "Let clients wait 1, 2, 4, … 60 seconds between attempts meanwhile.",
        side=Side.BACKEND,
    ),
    _ngrok(
        r"\d+",
        "upgrade-unexpected-status",
        "ngrok refuses the request",
        "ngrok itself answers, not the backend. Its documentation has a page for each code: "
        "ngrok.com/docs/errors, with the code in lower case.",
        "Ask the backend's team to look up the code in ngrok's documentation, and to do what it "
        "says.",
        "Run `edgecheck doctor` again afterwards.",
        side=Side.BACKEND,
    ),
    Tell(
        "upgrade-blocked",
        "localtunnel shows its reminder page: HTTP {status}",
        "loca.lt shows a page to visitors first, with a password. Your network is not the reason. "
        "A field skips it.",
        (
            (
                "Send the field that skips it: `edgecheck doctor -H 'bypass-tunnel-reminder: "
                "1'`, and "
                "the same from your client."
            ),
            "Use another tunnel for agents, if you can: this one is meant for demonstrations.",
        ),
        page=r"bypass-tunnel-reminder|tunnel website ahead|loca\.lt/mytunnelpassword",
        side=Side.CLIENT,
    ),
    Tell(
        "platform-app-missing",
        "No localtunnel client serves {host}: HTTP {status}",
        "The tunnel's server knows no client for this name: it was stopped, or has another name "
        "now.",
        (
            "Start the client where the backend runs: `lt --port PORT --subdomain NAME`.",
            "Compare the host in {url_where} with the address that the client shows.",
        ),
        page=r"503 - tunnel unavailable|tunnel unavailable",
        side=Side.BACKEND,
    ),
    Tell(
        "upgrade-login-required",
        "The forwarded port is private: a log-in comes first (Codespaces, dev tunnels)",
        "The port of this development environment is visible to its owner alone, so a log-in page "
        "answers. Agents cannot log in.",
        (
            (
                "Set the port's visibility to public in the environment's list of ports: `gh "
                "codespace "
                "ports visibility PORT:public`, or `devtunnel access create NAME --anonymous`."
            ),
            "Let the backend check the secret of every connection then: the port is open to all.",
        ),
        fields=(
            (
                "location",
                (
                    r"(?:github\.dev|githubpreview\.dev|devtunnels\.ms|visualstudio\.com|"
                    r"gitpod\.io)\b|"
                    r"/signin\?cid=|/auth/postback/tunnel"
                ),
            ),
        ),
        statuses=(301, 302, 303, 307, 308),
        side=Side.BACKEND,
    ),
    Tell(
        "upgrade-login-required",
        "The tunnel is private: a log-in comes first (dev tunnels)",
        "The tunnel lets its owner in alone: the answer's challenge is the tunnel's own, not the "
        "backend's.",
        (
            (
                "Allow anonymous access to the tunnel: `devtunnel access create NAME "
                "--anonymous`, or "
                "the port's visibility Public in VS Code."
            ),
        ),
        fields=(("www-authenticate", r"^tunnel\b"),),
        side=Side.BACKEND,
        confidence=Confidence.CERTAIN,
    ),
    # --- platforms --------------------------------------------------------------------------------
    _down(
        "Heroku",
        "the application crashed, or no dyno runs",
        "Heroku shows this one page for every failure of an application: a crash (H10), a boot "
        "that took too long (H20), no web dyno (H14), no answer in time (H12). Its log has the "
        "code.",
        "Ask the backend's team for the code in Heroku's log: `heroku logs --tail`. H14 means "
        "`heroku ps:scale web=1`; H10 a crash, often because it does not listen on $PORT.",
        _AGAIN,
        page=r"herokucdn\.com/error-pages/(?!no-such-app)",
        statuses=(502, 503, 504),
    ),
    _down(
        "Render",
        "the service is suspended",
        "Render's field x-render-routing says so. A service is suspended by its owner, and by "
        "Render when free hours are used up or a bill is not paid.",
        "Ask the backend's team to resume the service on its page at Render, and to look at the "
        "workspace's billing.",
        "Run `edgecheck doctor` again afterwards.",
        fields=(("x-render-routing", "suspend"),),
        sure=Confidence.CERTAIN,
    ),
    _down(
        "Render",
        "the service does not answer ({render})",
        "Render's field x-render-routing names the failure: the service crashed, is being "
        "deployed or woken up, or does not listen on 0.0.0.0 and $PORT (10000).",
        "Ask the backend's team for the service's events and log. It has to listen on 0.0.0.0 and "
        "$PORT.",
        "Try again in a minute, with more time, in case it was asleep: `edgecheck doctor --timeout "
        "60`.",
        fields=(("x-render-routing", r"(?P<render>[\w-]{0,40}(?:error|wake)[\w-]{0,40})"),),
        statuses=(502, 503, 504),
    ),
    Tell(
        "upgrade-not-found",
        "The deployment at Vercel has nothing at {endpoint}: HTTP {status}",
        "Vercel itself answers NOT_FOUND: the name has a deployment, and no page or function of it "
        "has this path. A WebSocket server of a Node.js process does not run on Vercel: only a "
        "function that is written for it opens WebSockets.",
        (
            (
                "Ask the backend's team where their WebSocket server runs: it is usually hosted "
                "elsewhere, under another name, beside a site at Vercel."
            ),
            (
                "Ask them for a function at {endpoint} that upgrades WebSockets, if it has to be "
                "Vercel (it needs Fluid compute)."
            ),
        ),
        fields=(("x-vercel-error", r"^not_found$"),),
        side=Side.BACKEND,
    ),
    _down(
        "Vercel",
        "the function fails ({vercel})",
        "Vercel's field x-vercel-error names the failure: the function raised an error, did not "
        "answer in time, or its target does not answer. An ordinary function opens no WebSockets.",
        "Ask the backend's team for the function's log at this moment, and whether it is one that "
        "upgrades WebSockets: other servers have to be hosted elsewhere.",
        _AGAIN,
        fields=(
            (
                "x-vercel-error",
                r"(?i)(?P<vercel>FUNCTION_\w+|ROUTER_\w+|EDGE_FUNCTION_\w+|\w{0,40}DNS_\w+)",
            ),
        ),
    ),
    _down(
        "Vercel",
        "the deployment is disabled or paused ({vercel})",
        "Vercel's field x-vercel-error says so. A deployment is paused by its owner, and by Vercel "
        "when a limit of the plan is reached.",
        "Ask the backend's team to look at the project's usage and billing at Vercel.",
        fields=(
            ("x-vercel-error", r"(?i)(?P<vercel>DEPLOYMENT_(?:DISABLED|PAUSED|BLOCKED|DELETED))"),
        ),
        sure=Confidence.CERTAIN,
    ),
    Tell(
        "upgrade-login-required",
        "Vercel's deployment protection asks for a log-in: HTTP {status}",
        "Previews and protected deployments at Vercel show a log-in before anything else. The "
        "backend has not seen the request.",
        (
            (
                "Ask the backend's team for the production address, or for a bypass for "
                "automation: "
                "write `x-vercel-protection-bypass: VALUE` into a file, and send it with "
                "`edgecheck "
                "doctor -H @headers.txt`."
            ),
            "Ask them to add the agents' domain to the Deployment Protection Exceptions otherwise.",
        ),
        page=r"<title>authentication required</title>.{0,4000}vercel|_vercel_sso_nonce",
        fields=(("server", "vercel"),),
        statuses=(401, 403),
        side=Side.BACKEND,
    ),
    _down(
        "Azure App Service",
        "the web app is stopped",
        "Azure's own page says that the app is stopped.",
        "Ask the backend's team to start it: `az webapp start --resource-group GROUP --name APP`. "
        "A quota of the free plan that is used up stops it, too.",
        page=r"this web app is stopped|web app you have attempted to reach is currently stopped",
        sure=Confidence.CERTAIN,
    ),
    Tell(
        "upgrade-blocked",
        "Azure App Service's access restrictions refuse this machine: HTTP {status}",
        "Azure's own page or field says that the app's list of allowed addresses does not have "
        "this one.",
        (
            (
                "Ask the backend's team to allow this machine's public address: Networking, Access "
                "restrictions."
            ),
        ),
        page=r"web app you have attempted to reach has blocked your access|(?:^|403 )ip forbidden",
        statuses=(403,),
        side=Side.BACKEND,
    ),
    Tell(
        "upgrade-blocked",
        "Azure App Service's access restrictions refuse this machine: HTTP {status}",
        "Azure's field x-ms-forbidden-ip says that the app's list of allowed addresses does not "
        "have {address_of_it}.",
        ("Ask the backend's team to allow {address_of_it}: Networking, Access restrictions.",),
        fields=(("x-ms-forbidden-ip", r"(?P<address_of_it>[0-9a-f.:]+)"),),
        side=Side.BACKEND,
        confidence=Confidence.CERTAIN,
    ),
    _down(
        "Azure App Service",
        "the application does not start",
        "Azure's own page: the container of the app failed to start, or does not listen on the "
        "port that Azure expects (WEBSITES_PORT, $PORT).",
        "Ask the backend's team for the log: `az webapp log tail --resource-group GROUP --name "
        "APP`, and for the port that the app listens on (WEBSITES_PORT).",
        _AGAIN,
        page=r":\( application error|if you are the application administrator, you can access the "
        r"diagnostic resources",
        statuses=(500, 502, 503, 504),
    ),
    _down(
        "Azure Container Apps",
        "the app is stopped, or does not exist",
        "Azure's own page says so.",
        "Ask the backend's team whether the app has external ingress and an active revision: `az "
        "containerapp revision list`.",
        "Check the host in {url_where}.",
        _AGAIN,
        page=r"container app is stopped or does not exist",
        sure=Confidence.LIKELY,
    ),
    _down(
        "DigitalOcean App Platform",
        "the app does not answer",
        "The page is the platform's: the app crashed, is being deployed, or does not listen on "
        "http_port.",
        "Ask the backend's team for the app's runtime log, and whether it listens on 0.0.0.0 and "
        "the port in `http_port`.",
        _AGAIN,
        page=r"check the logs for your application in the app platform dashboard|"
        r"via_upstream|upstream_reset_before_response_started",
    ),
    Tell(
        "platform-app-missing",
        "Google knows no service at {host}, or none for this network: HTTP {status}",
        "The page is Google's own. Cloud Run shows it for an address that no service has (another "
        "project or region, a service that was deleted), and for a service whose ingress is "
        "internal, to requests from outside.",
        (
            (
                "Compare the host in {url_where} with the service's own address: `gcloud run "
                "services "
                "describe SERVICE`."
            ),
            (
                "Ask the backend's team whether the service lets the internet in: `gcloud run "
                "services "
                "update SERVICE --ingress=all`."
            ),
        ),
        page=r"error 404 \([^)]{0,20}not found\)!!1",
        statuses=(404,),
        side=Side.CLIENT,
        alternatives=("upgrade-not-found",),
    ),
    _down(
        "Koyeb",
        "no active service is behind {host}",
        "Koyeb's own words: the service is paused, failed its health check, or sleeps.",
        "Ask the backend's team to resume the service, and to look at its health check and port.",
        _AGAIN,
        page=r"no active service",
        statuses=(404, 502, 503),
    ),
    _down(
        "Hugging Face",
        "the Space does not run",
        "The page is that of Hugging Face: the Space is paused, sleeps, builds, or failed.",
        "Ask the owner to restart the Space, and look at its log.",
        _AGAIN,
        page=r"your space is in error|space (?:is )?(?:sleeping|paused|building)",
    ),
    Tell(
        "platform-app-missing",
        "The platform has no site for {host}: HTTP {status}",
        "The page is a platform's own: no site has this name, or the domain is not attached to it. "
        "It serves files; a WebSocket server cannot run there.",
        (
            (
                "Check the host in {url_where}: the WebSocket server has another name than a "
                "site of "
                "files."
            ),
            "Ask the backend's team for the address that agents use.",
        ),
        page=r"there isn't a github pages site here|<title>site not found|project not found.{0,80}"
        r"surge|not found - request id: 01",
        statuses=(404,),
        side=Side.CLIENT,
    ),
    Tell(
        "upgrade-not-found",
        "A site of files at Netlify answers, which opens no WebSockets: HTTP {status}",
        "Netlify serves files and short functions, and does not pass WebSockets on, not even "
        "through a rewrite to another host.",
        (
            (
                "Ask the backend's team for the WebSocket server's own address: agents have to "
                "connect "
                "to it directly, not through Netlify."
            ),
            "Set {url_name} in {url_where} to that address.",
        ),
        fields=(("server", "netlify"),),
        statuses=(404, 405),
        side=Side.CLIENT,
    ),
)
