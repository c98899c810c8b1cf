"""The plainest configuration of each reverse proxy of `make field`, in a folder of its own.

Each listens on one port of loopback, and has a path for every situation: `/` leads to a backend,
`/down` to a port that refuses, `/hangs` to one that never answers, `/cuts` to one that closes
without an answer, `/garbage` to one that is no HTTP. Waits are limited to three seconds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ports:
    """Where everything listens.

    Args:
        own: of the proxy.
        backend: works.
        down: refuses connections.
        hangs: never answers.
        cuts: closes without an answer.
        garbage: does not speak HTTP.
    """

    own: int
    backend: int
    down: int
    hangs: int
    cuts: int
    garbage: int

    @property
    def paths(self) -> tuple[tuple[str, int], ...]:
        """The paths that do not lead to the backend, and where they lead."""
        return (
            ("down", self.down),
            ("hangs", self.hangs),
            ("cuts", self.cuts),
            ("garbage", self.garbage),
        )


def nginx(folder: Path, ports: Ports, upgrade: bool) -> None:
    """Write nginx' configuration."""
    fields = (
        "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"
        ' proxy_set_header Connection "upgrade";'
        if upgrade
        else ""
    )
    wrong = "".join(
        f"location /{name}/ {{ proxy_pass http://127.0.0.1:{port}; }}\n"
        for name, port in ports.paths
    )
    (folder / "nginx.conf").write_text(
        f"""daemon off; pid {folder}/pid; error_log {folder}/error;
        events {{}}
        http {{
          access_log off; proxy_read_timeout 3s; {fields}
          client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;
          fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
          server {{
            listen 127.0.0.1:{ports.own};
            {wrong}
            location / {{ proxy_pass http://127.0.0.1:{ports.backend}; }}
            location /static/ {{ root {folder}; }}
            location /denied/ {{ deny all; }}
            location /secure/ {{ return 301 https://$host$request_uri; }}
            location /basic/ {{ auth_basic "Staff"; auth_basic_user_file {folder}/users; }}
            location /often/ {{ return 429; }}
          }}
        }}"""
    )
    (folder / "users").write_text("staff:{PLAIN}x\n")


def apache(folder: Path, ports: Ports, upgrade: bool) -> None:
    """Write Apache's configuration."""
    modules = "/usr/lib/apache2/modules"
    names = [
        "mpm_event",
        "authz_core",
        "authz_host",
        "authn_core",
        "authn_file",
        "auth_basic",
        "authz_user",
        "alias",
        "rewrite",
        "proxy",
        "proxy_http",
        "proxy_wstunnel",
        "dir",
        "mime",
    ]
    loaded = "\n".join(f"LoadModule {name}_module {modules}/mod_{name}.so" for name in names)
    how = " upgrade=websocket" if upgrade else ""
    wrong = "\n".join(
        f"ProxyPass /{name}/ http://127.0.0.1:{port}/{how}" for name, port in ports.paths
    )
    own = "\n".join(f"ProxyPass /{name}/ !" for name in ("static", "denied", "basic", "secure"))
    (folder / "users").write_text("staff:{SHA}x\n")
    (folder / "httpd.conf").write_text(
        f"""ServerRoot {folder}
        {loaded}
        ServerName localhost
        PidFile {folder}/pid
        ErrorLog {folder}/error
        Listen 127.0.0.1:{ports.own}
        DocumentRoot {folder}
        TypesConfig /dev/null
        User www-data
        Group www-data
        ProxyTimeout 3
        RedirectMatch permanent ^/secure/(.*)$ https://localhost/secure/$1
        <Location /denied>
          Require all denied
        </Location>
        <Location /basic>
          AuthType Basic
          AuthName "Staff"
          AuthUserFile {folder}/users
          Require valid-user
        </Location>
        {own}
        {wrong}
        ProxyPass / http://127.0.0.1:{ports.backend}/{how}
        """
    )


def haproxy(folder: Path, ports: Ports, _: bool) -> None:
    """Write HAProxy's configuration."""
    rules = "\n".join(
        f"  use_backend {name} if {{ path_beg /{name}/ }}" for name, _port in ports.paths
    )
    backends = "\n".join(
        f"backend {name}\n  server one 127.0.0.1:{port}" for name, port in ports.paths
    )
    (folder / "haproxy.cfg").write_text(
        f"""defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 3s
userlist staff
  user staff insecure-password x
frontend all
  bind 127.0.0.1:{ports.own}
  http-request deny if {{ path_beg /denied/ }}
  http-request deny deny_status 429 if {{ path_beg /often/ }}
  http-request redirect scheme https if {{ path_beg /secure/ }}
  http-request auth realm Staff if {{ path_beg /basic/ }}
{rules}
  use_backend nobody if {{ path_beg /unknown/ }}
  default_backend works
backend works
  server one 127.0.0.1:{ports.backend}
backend nobody
{backends}
"""
    )


def caddy(folder: Path, ports: Ports, _: bool) -> None:
    """Write Caddy's configuration."""
    wrong = "\n".join(
        f"""handle /{name}/* {{
            reverse_proxy 127.0.0.1:{port} {{
              transport http {{
                response_header_timeout 3s
              }}
            }}
          }}"""
        for name, port in ports.paths
    )
    (folder / "static").mkdir(exist_ok=True)
    (folder / "Caddyfile").write_text(
        f"""{{
          admin off
          auto_https off
        }}
        http://127.0.0.1:{ports.own}, http://localhost:{ports.own} {{
          {wrong}
          handle /denied/* {{
            respond 403
          }}
          handle /static/* {{
            root * {folder}
            file_server
          }}
          handle /basic/* {{
            basic_auth {{
              staff $2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG
            }}
          }}
          handle /secure/* {{
            redir https://localhost{{uri}}
          }}
          handle /unknown/* {{
          }}
          handle {{
            reverse_proxy 127.0.0.1:{ports.backend}
          }}
        }}
        """
    )


def lighttpd(folder: Path, ports: Ports, upgrade: bool) -> None:
    """Write lighttpd's configuration."""
    how = '"upgrade" => "enable"' if upgrade else ""
    wrong = "\n".join(
        f'$HTTP["url"] =^ "/{name}/" {{ proxy.server = ( "" => (( "host" => "127.0.0.1", '
        f'"port" => {port}, "read-timeout" => 3 )) ) }}'
        for name, port in ports.paths
    )
    (folder / "users").write_text("staff:x\n")
    (folder / "lighttpd.conf").write_text(
        f"""server.modules = ( "mod_access", "mod_auth", "mod_authn_file", "mod_redirect",
          "mod_proxy" )
        server.document-root = "{folder}"
        server.port = {ports.own}
        server.bind = "127.0.0.1"
        server.errorlog = "{folder}/error"
        proxy.header = ( {how} )
        auth.backend = "plain"
        auth.backend.plain.userfile = "{folder}/users"
        $HTTP["url"] =^ "/denied/" {{ url.access-deny = ("") }}
        $HTTP["url"] =^ "/secure/" {{ url.redirect = ( "" => "https://localhost${{url.path}}" ) }}
        $HTTP["url"] =^ "/basic/" {{ auth.require = ( "" => ( "method" => "basic",
          "realm" => "Staff", "require" => "valid-user" ) ) }}
        {wrong}
        $HTTP["url"] !~ "^/(static|denied|secure|basic|down|hangs|cuts|garbage)/" {{
          proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => {ports.backend} )) ) }}
        """
    )


def varnish(folder: Path, ports: Ports, upgrade: bool) -> None:
    """Write Varnish's configuration."""
    backends = "\n".join(
        f'backend {name} {{ .host = "127.0.0.1"; .port = "{port}"; .first_byte_timeout = 3s; '
        ".between_bytes_timeout = 3s; }"
        for name, port in (("works", ports.backend), *ports.paths)
    )
    rules = "\n".join(
        f'if (req.url ~ "^/{name}/") {{ set req.backend_hint = {name}; }}'
        for name, _ in ports.paths
    )
    pipe = 'if (req.http.Upgrade ~ "(?i)websocket") { return (pipe); }' if upgrade else ""
    (folder / "default.vcl").write_text(
        f"""vcl 4.1;
        {backends}
        sub vcl_recv {{
          set req.backend_hint = works;
          {rules}
          if (req.url ~ "^/denied/") {{ return (synth(403)); }}
          if (req.url ~ "^/unknown/") {{ return (synth(404)); }}
          if (req.url ~ "^/secure/") {{ return (synth(301, "Moved")); }}
          {pipe}
        }}
        sub vcl_synth {{
          if (resp.status == 301) {{
            set resp.http.Location = "https://localhost" + req.url;
            return (deliver);
          }}
        }}
        sub vcl_pipe {{
          if (req.http.upgrade) {{
            set bereq.http.upgrade = req.http.upgrade;
            set bereq.http.connection = req.http.connection;
          }}
        }}
        """
    )


def squid(folder: Path, ports: Ports, upgrade: bool) -> None:
    """Write the configuration of Squid as an accelerator."""
    peers = "\n".join(
        f"cache_peer 127.0.0.1 parent {port} 0 no-query originserver name={name} "
        f"login=PASSTHRU connect-fail-limit=1\n"
        f"acl to_{name} urlpath_regex ^/{name}/\ncache_peer_access {name} allow to_{name}\n"
        f"cache_peer_access {name} deny all\ncache_peer_access works deny to_{name}"
        for name, port in ports.paths
    )
    how = "http_upgrade_request_protocols websocket allow all" if upgrade else ""
    folder.chmod(0o777)
    (folder / "squid.conf").write_text(
        f"""http_port 127.0.0.1:{ports.own} accel no-vhost defaultsite=localhost
        cache_peer 127.0.0.1 parent {ports.backend} 0 no-query originserver name=works \\
          login=PASSTHRU
        {peers}
        acl denied urlpath_regex ^/denied/
        http_access deny denied
        http_access allow all
        never_direct allow all
        {how}
        read_timeout 3 seconds
        connect_timeout 2 seconds
        connect_retries 0
        forward_timeout 5 seconds
        cache deny all
        pid_filename {folder}/pid
        access_log none
        cache_log {folder}/log
        coredump_dir {folder}
        shutdown_lifetime 0 seconds
        """
    )


def nghttpx(folder: Path, ports: Ports, _: bool) -> None:
    """Write nghttpx' configuration."""
    lines = [
        f"frontend=127.0.0.1,{ports.own};no-tls",
        f"backend=127.0.0.1,{ports.backend};/",
        *(f"backend=127.0.0.1,{port};/{name}/" for name, port in ports.paths),
        "backend-read-timeout=3",
        "backend-connect-timeout=2",
        f"errorlog-file={folder}/log",
        f"pid-file={folder}/pid",
        "workers=1",
    ]
    (folder / "nghttpx.conf").write_text("\n".join(lines) + "\n")


def traefik(folder: Path, ports: Ports, _: bool) -> None:
    """Write Traefik's configuration."""
    to = {"works": ports.backend, **dict(ports.paths)}
    wait = {"forwardingTimeouts": {"responseHeaderTimeout": "3s"}}
    routers: dict[str, object] = {
        name: {"rule": f"PathPrefix(`/{name}/`)", "service": name} for name, _ in ports.paths
    }
    routers["works"] = {"rule": "PathPrefix(`/edge`) || PathPrefix(`/none`)", "service": "works"}
    for name in ("basic", "secure", "denied", "often"):
        routers[name] = {
            "rule": f"PathPrefix(`/{name}/`)",
            "service": "works",
            "middlewares": [name],
        }
    document = {
        "http": {
            "serversTransports": {"short": wait},
            "services": {
                name: {
                    "loadBalancer": {
                        "servers": [{"url": f"http://127.0.0.1:{port}"}],
                        "serversTransport": "short",
                    }
                }
                for name, port in to.items()
            },
            "routers": routers,
            "middlewares": {
                "basic": {"basicAuth": {"users": ["staff:{SHA}x"], "realm": "Staff"}},
                "secure": {"redirectScheme": {"scheme": "https", "permanent": True}},
                "denied": {"ipAllowList": {"sourceRange": ["192.0.2.1/32"]}},
                "often": {"rateLimit": {"average": 1, "period": "1h", "burst": 1}},
            },
        }
    }
    (folder / "dynamic.yml").write_text(json.dumps(document))


def envoy(folder: Path, ports: Ports, upgrade: bool) -> None:
    """Write Envoy's configuration."""
    to = {"works": ports.backend, **dict(ports.paths)}
    routes: list[object] = [
        {"match": {"prefix": f"/{name}/"}, "route": {"cluster": name, "timeout": "3s"}}
        for name, _ in ports.paths
    ]
    routes += [
        {"match": {"prefix": "/denied/"}, "direct_response": {"status": 403}},
        {"match": {"prefix": "/secure/"}, "redirect": {"https_redirect": True}},
        {"match": {"prefix": "/edge"}, "route": {"cluster": "works", "timeout": "3s"}},
        {"match": {"prefix": "/none"}, "route": {"cluster": "works", "timeout": "3s"}},
    ]
    kind = "type.googleapis.com/envoy.extensions.filters"
    manager = {
        "@type": f"{kind}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "all",
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{kind}.http.router.v3.Router"},
            }
        ],
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        **({"upgrade_configs": [{"upgrade_type": "websocket"}]} if upgrade else {}),
    }

    def address(port: int) -> dict[str, object]:
        return {"socket_address": {"address": "127.0.0.1", "port_value": port}}

    clusters = [
        {
            "name": name,
            "connect_timeout": "1s",
            "load_assignment": {
                "cluster_name": name,
                "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(port)}}]}],
            },
        }
        for name, port in to.items()
    ]
    filters = [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
    listener = {"address": address(ports.own), "filter_chains": [{"filters": filters}]}
    document = {"static_resources": {"listeners": [listener], "clusters": clusters}}
    (folder / "envoy.json").write_text(json.dumps(document))


def h2o(folder: Path, ports: Ports, upgrade: bool) -> None:
    """Write H2O's configuration."""
    how = "ON" if upgrade else "OFF"
    wrong = "\n".join(
        f'      "/{name}/":\n        proxy.reverse.url: "http://127.0.0.1:{port}/"'
        for name, port in ports.paths
    )
    (folder / "h2o.conf").write_text(
        f"""listen:
  host: 127.0.0.1
  port: {ports.own}
proxy.timeout.io: 3000
proxy.websocket: {how}
hosts:
  default:
    paths:
{wrong}
      "/static/":
        file.dir: {folder}
      "/secure/":
        redirect:
          url: "https://localhost/"
          status: 301
      "/":
        proxy.reverse.url: "http://127.0.0.1:{ports.backend}/"
"""
    )
