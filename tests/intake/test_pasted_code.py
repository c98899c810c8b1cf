"""Settings in a program, a manifest or a request that somebody pasted."""

from __future__ import annotations

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.frozen import replace
from edgecheck.intake.answers import read
from edgecheck.settings.model import BACKEND_URL, EDGE_AGENT_ID, EDGE_SECRET

SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
HOST, ID = "gw.acme-edge.io", "edge_42"
PASTED = {
    "curl with a token": (
        f"curl --oauth2-bearer {SECRET} 'wss://{HOST}/edge/ws?edge_agent_id={ID}'"
    ),
    "curl with a user": f"curl -u {ID}:{SECRET} https://{HOST}/edge/ws",
    "wscat with a user": f"wscat -c wss://{HOST}/edge/ws --auth {ID}:{SECRET}",
    "HTTPie": (
        f"http GET https://{HOST}/edge/ws Authorization:'Bearer {SECRET}' X-Edge-Agent-Id:{ID}"
    ),
    "docker": (
        f"docker run -d -e BACKEND_URL=wss://{HOST} -e EDGE_SECRET={SECRET} "
        f"-e EDGE_AGENT_ID={ID} acme/agent:1.2"
    ),
    "docker in quotes": (
        f"docker run --env=BACKEND_URL=wss://{HOST} --env 'EDGE_SECRET={SECRET}' "
        f'--env EDGE_AGENT_ID="{ID}" acme/agent'
    ),
    "compose": (
        "services:\n  agent:\n    image: acme/agent\n    environment:\n"
        f'      BACKEND_URL: wss://{HOST}\n      EDGE_SECRET: "{SECRET}"\n'
        f"      EDGE_AGENT_ID: {ID}\n"
    ),
    "Kubernetes": (
        f"env:\n- name: BACKEND_URL\n  value: wss://{HOST}\n- name: EDGE_SECRET\n"
        f"  value: {SECRET}\n- name: EDGE_AGENT_ID\n  value: {ID}\n"
    ),
    "helm": (
        f"helm upgrade agent ./chart --set env.BACKEND_URL=wss://{HOST} "
        f"--set env.EDGE_SECRET={SECRET} --set env.EDGE_AGENT_ID={ID}"
    ),
    "systemd": (
        f"[Service]\nEnvironment=BACKEND_URL=wss://{HOST}\n"
        f"Environment=EDGE_SECRET={SECRET} EDGE_AGENT_ID={ID}"
    ),
    "PowerShell": (
        f'$env:BACKEND_URL = "wss://{HOST}"\n$env:EDGE_SECRET = "{SECRET}"\n'
        f'$env:EDGE_AGENT_ID = "{ID}"'
    ),
    "Python": (
        f'async with connect("wss://{HOST}/edge/ws", additional_headers={{"Authorization": '
        f'"Bearer {SECRET}", "X-Edge-Agent-Id": "{ID}"}}) as ws:\n    pass'
    ),
    "JavaScript": (
        f"const ws = new WebSocket('wss://{HOST}/edge/ws?edge_agent_id={ID}', {{ headers: "
        f"{{ Authorization: `Bearer {SECRET}` }} }});"
    ),
    "Postman": (
        f'{{"item":[{{"request":{{"auth":{{"bearer":[{{"key":"token","value":"{SECRET}"}}]}},'
        f'"header":[{{"key":"X-Edge-Agent-Id","value":"{ID}"}}],"url":{{"raw":"wss://{HOST}"}}'
        "}}]}"
    ),
    "a request": (
        f"GET /edge/ws HTTP/1.1\nHost: {HOST}\nAuthorization: Bearer {SECRET}\n"
        f"X-Edge-Agent-Id: {ID}\nUpgrade: websocket"
    ),
    "prose": (
        f"Hi,\nyour agent connects to {HOST}. The shared secret is {SECRET} and your id is {ID}."
    ),
    "a number in prose": f"Endpoint is wss://{HOST}. The token is {SECRET}. You are agent no. 42.",
}


@pytest.mark.parametrize("name", PASTED)
def test_all_three_are_found(name: str) -> None:
    """Whatever stands around them."""
    values = read(PASTED[name], BACKEND_URL).values

    assert HOST in values[BACKEND_URL]
    assert values[EDGE_SECRET] == SECRET
    assert values[EDGE_AGENT_ID] == ID


def test_two_that_differ_are_not_chosen_between() -> None:
    """Somebody has to say which."""
    secrets = f"-e EDGE_SECRET={SECRET} -e EDGE_SECRET={SECRET[::-1]}"
    text = f"docker run {secrets} -e BACKEND_URL=wss://{HOST} a"

    assert EDGE_SECRET not in read(text, BACKEND_URL).values


def test_a_word_to_fill_in_is_no_secret() -> None:
    """In an export of Postman, a variable may stand in place of the token."""
    pasted = PASTED["Postman"].replace(SECRET, "{{token}}")

    assert EDGE_SECRET not in read(pasted, BACKEND_URL).values


def test_an_agents_number_is_its_id_only_where_ids_have_numbers() -> None:
    """A profile may have ids of another form."""
    text = f"const key = 'Bearer {SECRET}' // for agent no. 42 at wss://{HOST}"
    named = replace(EDGE, agent_id=replace(EDGE.agent_id, form="[a-z]+", example="porch"))

    assert read(text, BACKEND_URL).values[EDGE_AGENT_ID] == ID
    assert EDGE_AGENT_ID not in read(text, BACKEND_URL, named).values
