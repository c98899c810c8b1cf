"""What the reason of a close frame speaks of, whatever the close code is (pure).

Servers choose close codes loosely: a limit of connections comes as 1008, 1013, 4008 or 4429, and a
token that has ended as 1000, 1008 or 4001. Their own words are what tells.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from ..escapes import unescape
from ..late import compiled
from . import Facts, Message


class Topic(StrEnum):
    """What a close reason speaks of."""

    REPLACED = "another connection has this id"
    EXPIRED = "the token has ended"
    FIRST_MESSAGE = "a message was due first"
    RATE = "too many requests or messages"
    SLOW_READER = "the client reads too slowly"
    LIFETIME = "a connection may last only so long"
    LIMIT = "too many connections, or a quota"
    TOO_BIG = "a message is too big"
    HEARTBEAT = "a ping or a pong did not come"
    IDLE = "nothing was sent for too long"
    RESTART = "the server, or a proxy, restarts"
    OVERLOADED = "the server has too much to do"
    UNKNOWN_AGENT = "the agent id is not known, or not active"
    VERSION = "the client's version is not accepted"
    REFUSED = "the credentials are refused"
    NOT_UNDERSTOOD = "a message was not understood"
    FAILED = "something failed in the server"


# That the same connection may be accepted later: these do not question who the client is.
PASSING = frozenset(
    {Topic.RATE, Topic.SLOW_READER, Topic.LIFETIME, Topic.LIMIT, Topic.HEARTBEAT, Topic.IDLE}
    | {Topic.RESTART, Topic.OVERLOADED, Topic.FAILED}
)

# The first one that is found counts, so what is more exact stands before what is more general.
_WORDS = {
    Topic.REPLACED: compiled(
        r"""(?ix)
        replac | supersed | duplicate | another\ (?:connection|client|session|agent|instance|device)
        | new(?:er)?\ (?:connection|session)\ (?:opened|took|from|with|establish)
        | already\ (?:connected|registered|in\ use|online) | connected\ (?:elsewhere|from\ another)
        | session\ (?:taken\ over|conflict) | taken\ over | logged\ in\ (?:elsewhere|from\ another)
        | same\ (?:agent|edge|client)[ _]?(?:agent)?[ _]?id | kicked
        | (?:disconnecting|closing|dropping)\ (?:the\ )?
            (?:other|old|previous|existing)\ (?:conn|sess)
        """
    ),
    Topic.EXPIRED: compiled(
        r"""(?ix)
        \b(?:jwt|token|credentials?|ticket|access|auth\w*|session|api[ -]?key|login)\b[^.;]{0,30}
            (?:\bexpir|no\ longer\ valid|not\ valid\ any|\brevoked)
        | \bexpired\ (?:jwt|\w*\ ?token|credentials?|ticket|session|signature|login)
        | (?:token|jwt|session)[ _-]?expired
        """
    ),
    Topic.FIRST_MESSAGE: compiled(
        r"""(?ix)
        \b(?:auth(?:entication|orization)?|log[ -]?in|identif\w*|hello|handshake|regist\w+|init\w*
            |greeting|join|subscri\w+|start)\b[^.;]{0,20}
            (?:time[d ]*[ -]?out|timeout|not\ (?:received|sent)|deadline|within\b)
        | (?:expected|waiting\ for|send|missing|no)\b[^.;]{0,12}\b
            (?:hello|identify|auth(?:entication)?\ message|login\ message|connection_init
            |connect\ message|register\ message)
        | \bfirst\ message | did\ not\ (?:authenticate|identify|log\ ?in|register|say\ hello)
        | not\ (?:yet\ )?(?:identified|initiali[sz]ed|joined)
        """
    ),
    Topic.RATE: compiled(
        r"""(?ix)
        rate[ _-]?limit | \b(?:message|request|event)s?\ rate\b | throttl | \bflood | slow\ down
        | too\ (?:many\ (?:requests|messages|attempts|commands|pings|events)|fast|frequent)
        """
    ),
    Topic.SLOW_READER: compiled(
        r"""(?ix)
        slow[ -](?:consumer|client|reader|receiver) | back-?pressure
        | (?:client|consumer|reader|receiver|reading)\b.{0,10}\btoo\ slow
        | (?:send|write|out\w*)[ -]?(?:buffer|queue)\b.{0,20}(?:full|overflow|exceed|limit)
        """
    ),
    Topic.LIFETIME: compiled(
        r"""(?ix)
        (?:max\w*\.?\ )(?:connection\ |session\ |socket\ )?(?:age|life ?time|duration|time)\b
        | (?:connection|session|socket)\ (?:life ?time|duration|age|time\ limit)
        | life ?time\ (?:limit|exceeded|reached) | reached\ the\ 24
        """
    ),
    Topic.LIMIT: compiled(
        r"""(?ix)
        too\ many\ (?:\w+\ ){0,2}(?:connections|sessions|clients|sockets|devices|agents|users|peers
            |subscriptions|open)
        | \b(?:connection|session|client|socket|device|agent|user|tenant|peer|concurren\w+)s?[ ]
            (?:count\ |number\ )?limit
        | limit\ (?:of|for|on)\ (?:\w+\ ){0,2}(?:connection|session|client|socket|device|agent)
        | \bmax(?:imum)?\.?\ (?:number\ of\ )?(?:\w+\ ){0,2}(?:connections|sessions|clients|sockets
            |devices|agents|users)
        | (?:connections|sessions|clients|server|room|pool)\ (?:is\ |are\ )?full\b | quota
        """
    ),
    Topic.TOO_BIG: compiled(
        r"""(?ix)
        \b(?:message|frame|payload|packet|data|body|text)\b[^.;]{0,40}
            (?:too\ (?:big|large|long)|exceed|oversize)
        | too\ (?:big|large|long)\ (?:a\ )?(?:message|frame|payload)
        | max\w*\.?\ (?:accepted\ |allowed\ )?(?:message|frame|payload|content)\b[^.;]{0,20}
            (?:size|length|exceed)
        """
    ),
    Topic.HEARTBEAT: compiled(
        r"""(?ix)
        \b(?:ping|pong|heart[ -]?beat|keep[ -]?alive|liveness)s?\b[^.;]{0,40}
            (?:time[d ]*[ -]?out|timeout|miss|fail|late|expire|lost|overdue
            |not\ (?:received|answered))
        | \b(?:miss\w*|no|lost|without|unanswered|expected)\ (?:a\ |any\ |the\ |\d+\ )?
            (?:ping|pong|heart[ -]?beat|keep[ -]?alive)
        | (?:client|peer|connection|session|agent)\ (?:is\ |seems\ |was\ )?
            (?:unresponsive|not\ responding|not\ alive|stale|dead) | zombie | stale\ (?:conn|sess)
        """
    ),
    Topic.IDLE: compiled(
        r"""(?ix)
        \bidle\b | inactiv | no\ (?:activity|data|traffic|messages?)\b
        | (?:read|receive|socket|session|connection|websocket)\ (?:time[d ]*[ -]?out|timeout)
        """
    ),
    Topic.RESTART: compiled(
        r"""(?ix)
        restart | reboot | shut(?:ting|s)?[ -]?down | \b(?:re)?deploy | maintenance | \bdrain
        | (?:server|service|process|worker|instance|container|node|pod|host|application|proxy
            |gateway)\ (?:is\ |was\ |has\ been\ )?
            (?:going|stopp|terminat|exit|recycl|evict|scal|mov|migrat|updat|upgrad)
        | sigterm | fail-?over | rolling\ update
        """
    ),
    Topic.OVERLOADED: compiled(
        r"""(?ix)
        overload | (?:at|over|no|out\ of|insufficient)\ (?:\w+\ )?(?:capacity|resources|memory)
        | \bbusy\b | try\ (?:again\ )?later | temporar\w+\ unavailable | service\ unavailable
        | resources?\ exhausted
        """
    ),
    Topic.UNKNOWN_AGENT: compiled(
        r"""(?ix)
        \b(?:agent|device|edge|client|station|charge ?point|robot|machine|thing)s?(?:[ _-]?id)?\b
            [^.;]{0,25}(?:unknown|not\ (?:found|registered|known|recogni[sz]ed|allowed|enrolled
            |provisioned|active\b)|unregistered|disabled|deleted|revoked|suspended|deactivated
            |does\ ?n.t\ exist|does\ not\ exist)
        | (?:unknown|unregistered|no\ such|disabled|unrecogni[sz]ed)[ ]
            (?:agent|device|edge|client|station|charge ?point|robot|machine|thing)\b
        """
    ),
    Topic.VERSION: compiled(
        r"""(?ix)
        (?:client|agent|protocol|api|app|sdk|firmware|software)\ version
        | version\ (?:mismatch|not\ supported|too\ old|outdated|unsupported)
        | (?:unsupported|outdated|old|incompatible|deprecated)\ (?:\w+\ )?version
        | (?:client|agent)\ (?:is\ )?(?:too\ old|outdated) | (?:update|upgrade)\ (?:required|your)
        """
    ),
    Topic.REFUSED: compiled(
        r"""(?ix)
        un-?authori[sz]ed | not\ authori[sz]ed | unauthenticated | not\ authenticated
        | \bauth\w*[ _-](?:is\ |has\ )?(?:fail|error|denied|rejected|refused|required)
        | (?:access|permission)\ denied | \bforbidden\b | \blog[ -]?in\ required
        | \b(?:invalid|wrong|bad|incorrect|unknown|missing|no|unrecogni[sz]ed)\ (?:\w+\ ){0,2}
            (?:token|secret|credentials?|api[ _-]?key|jwt|signature|password|bearer)\b
        | \b(?:token|secret|credentials?|api[ _-]?key|jwt|signature|password)\b[^.;]{0,24}
            (?:invalid|incorrect|reject|not\ (?:valid|found|accepted|recogni[sz]ed)|mismatch|wrong
            |fail|missing|required|unknown)
        """
    ),
    Topic.NOT_UNDERSTOOD: compiled(
        r"""(?ix)
        \b(?:invalid|malformed|bad|unexpected|unknown|unsupported|unrecogni[sz]ed|illegal)\b
            [^.;]{0,20}\b(?:json|messages?|payload|command|op ?code|action|event|method|format|data
            |packet|schema)\b
        | \b(?:pars\w+|decod\w+|deseriali\w+|syntax|schema|validation)\b[^.;]{0,15}(?:error|fail)
        | (?:not|could\ not|cannot|can't|failed\ to)\ (?:be\ )?(?:parse|decode|understand|deserial)
        | \bjson\b
        """
    ),
    Topic.FAILED: compiled(
        r"""(?ix)
        internal\ (?:server\ )?error | exception | traceback | unexpected\ (?:error|condition)
        | unhandled | server\ error | \bcrash | \bpanic | something\ went\ wrong
        """
    ),
}


# What stands in a reason and only repeats the close code's name.
_EMPTY = compiled(
    r"""(?ix)
    \W*
    (?: (?:(?:normal|session|connection|socket|websocket|server)\ )?
        (?:close[ds]?|closure|closing)(?:\ normally)?
    | going\ ?away | goodbye | bye | ok | done | normal | disconnect(?:ed)? | end
    )?
    \W*
    """
)


def says_nothing(reason: str) -> bool:
    """Tell whether a close reason is empty, or only repeats what its code says."""
    return _EMPTY.fullmatch(unescape(reason)) is not None


def topic_of(reason: str) -> Topic | None:
    """Return what a close reason speaks of; None for one that is empty or says nothing known.

    Args:
        reason: of a close frame, escaped or not.
    """
    said = unescape(reason)
    return next((topic for topic, words in _WORDS.items() if words.search(said)), None)


# A message with which a server says that it refuses: `{"type":"error","message":"unauthorized"}`.
_COMPLAINT = compiled(
    r"""(?ix) "error(?:_?(?:code|message|type))?"\s*: | "(?:success|ok|authenticated)"\s*:\s*false
    | "(?:type|event|op|status|action|kind|result)"\s*:\s*
        "[^"]*(?:error|fail|reject|denied|unauthor|refus|invalid)"""
)


def complaint_in(facts: Facts) -> str:
    """Return the last message with which the server complains, escaped; empty without one.

    Args:
        facts: of one connection.
    """
    return _complaint_among(facts.session.messages) if facts.session is not None else ""


# Two dozen rules ask this of one failed diagnosis.
@lru_cache(maxsize=1)
def _complaint_among(messages: tuple[Message, ...]) -> str:
    said = (message.excerpt for message in reversed(messages))
    return next((each for each in said if _COMPLAINT.search(unescape(each))), "")


def topic_in(facts: Facts) -> Topic | None:
    """Return what the server's close reason speaks of; None if it did not close, or said nothing.

    A server that closes without a reason may have said it in a message before.

    Args:
        facts: of one connection.
    """
    session = facts.session
    if session is None or session.failure is None or session.closed_by != "server":
        return None
    if says_nothing(session.close_reason):
        return topic_of(complaint_in(facts))
    return topic_of(session.close_reason)
