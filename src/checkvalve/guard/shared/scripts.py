"""The Lua scripts of a shared memory. Every key that one touches is named to it, and all of them share one hash tag."""

from hashlib import sha1
from typing import NamedTuple


class Script(NamedTuple):
    """A script and the digest under which a server keeps it."""

    text: str
    sha: str


def _script(text: str) -> Script:
    return Script(text, sha1(text.encode(), usedforsecurity=False).hexdigest())


DECIDE = _script("""
-- KEYS: journal, flights, budgets.., records..
-- ARGV: entry, how many budgets, price in millionths, seconds to keep budgets, counters of flights..
local budgets = tonumber(ARGV[2])
local got = redis.call('MGET', unpack(KEYS, 3 + budgets))
local count, at = {'BITFIELD', KEYS[2]}, 2
for i = 5, #ARGV do
  count[at + 1], count[at + 2], count[at + 3], count[at + 4] = 'INCRBY', 'u16', ARGV[i], 1
  at = at + 4
end
local n = #KEYS - 2 - budgets
got[n + 1] = redis.call(unpack(count))
got[n + 2] = redis.call('RPUSH', KEYS[1], ARGV[1])
for i = 3, 2 + budgets do
  local spent = redis.call('INCRBY', KEYS[i], ARGV[3])
  if spent == tonumber(ARGV[3]) then redis.call('EXPIRE', KEYS[i], ARGV[4]) end
  got[n + i] = spent
end
return got
""")
"""Read what a decision needs and reserve the message: in the counters of flights, in budgets, and in the journal."""

HEAR = _script("""
-- KEYS: journal, the attempt's number; ARGV: entry
local known = redis.call('EXISTS', KEYS[2])
if known == 1 then redis.call('RPUSH', KEYS[1], ARGV[1]) end
return known
""")
"""Note what became of a message, if there was one."""

TELL = _script("""
-- KEYS: verdicts, attempts..; ARGV: seconds to keep attempts, then for each: number, token, verdict
for i = 2, #KEYS do
  local at = 3 * i - 4
  redis.call('SET', KEYS[i], ARGV[at], 'EX', ARGV[1])
  redis.call('HSET', KEYS[1], ARGV[at + 1], ARGV[at + 2])
end
return #KEYS - 1
""")
"""Tell of messages that were sent: to which number, and what was decided."""

REFUSE = _script("""
-- KEYS: verdicts, flights, unanswered, challenges..; ARGV, for each: token, verdict, seconds to keep a challenge or 0,
-- how many counters of flights, these; where there is a challenge: until when, its name, its value
local at, challenge = 1, 4
while at <= #ARGV do
  local kept, counters = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local back = {'BITFIELD', KEYS[2], 'OVERFLOW', 'SAT'}
  for i = at + 4, at + 3 + counters do
    local n = #back
    back[n + 1], back[n + 2], back[n + 3], back[n + 4] = 'INCRBY', 'u16', ARGV[i], -1
  end
  redis.call(unpack(back))
  local token, verdict = ARGV[at], ARGV[at + 1]
  at = at + 4 + counters
  if kept > 0 then
    redis.call('SET', KEYS[challenge], ARGV[at + 2], 'EX', kept)
    redis.call('ZADD', KEYS[3], ARGV[at], ARGV[at + 1])
    at, challenge = at + 3, challenge + 1
  end
  redis.call('HSET', KEYS[1], token, verdict)
end
return challenge - 4
""")
"""Tell of messages that were not sent: they give back what they reserved, and some leave a challenge open."""

NOTE = _script("""
-- KEYS: journal; ARGV: entry
return redis.call('RPUSH', KEYS[1], ARGV[1])
""")
"""Note something that is known to be so."""

TAKE = _script("""
-- KEYS: challenges by their end, the challenge; ARGV: its name there
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return false end
return redis.call('GETDEL', KEYS[2])
""")
"""Take a challenge that is open: nobody else can."""

BEGIN = _script("""
-- KEYS: lease, journal, verdicts, due, unanswered, whole
-- ARGV: who, ms, how many entries, how many due, bytes of a token, which round
local holder = redis.call('GET', KEYS[1])
if holder and string.sub(holder, 1, #ARGV[1]) ~= ARGV[1] then return false end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[6], 'PX', ARGV[2])
local last = tonumber(ARGV[4]) - 1
local entries, tokens, told = redis.call('LRANGE', KEYS[2], 0, tonumber(ARGV[3]) - 1), {}, {}
for i = 1, #entries do tokens[i] = string.sub(entries[i], 1, tonumber(ARGV[5])) end
if #tokens > 0 then told = redis.call('HMGET', KEYS[3], unpack(tokens)) end
return {
  entries,
  told,
  redis.call('ZRANGE', KEYS[4], 0, last, 'WITHSCORES'),
  redis.call('ZRANGE', KEYS[5], 0, last, 'WITHSCORES'),
  redis.call('GET', KEYS[6]),
  redis.call('TIME')[1],
  redis.call('LLEN', KEYS[2])
}
""")
"""Become the one who learns, and read what there is to learn."""

COMMIT = _script("""
-- KEYS: lease, journal, verdicts, flights, due, unanswered, to be set.., budgets.., to be deleted..
-- ARGV: who and which round, entries done, seconds to keep budgets, then six counts, then so many: values with seconds,
-- millionths, times with numbers, numbers, challenges, tokens; the rest are counters of flights
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] .. '!' then return 1 end
if holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. '!', 'KEEPTTL')
local at, set, owed = 10, tonumber(ARGV[4]), tonumber(ARGV[5])
for i = 1, set do
  redis.call('SET', KEYS[6 + i], ARGV[at], 'EX', ARGV[at + 1])
  at = at + 2
end
for i = 7 + set, 6 + set + owed do
  redis.call('INCRBY', KEYS[i], ARGV[at])
  if redis.call('TTL', KEYS[i]) < 0 then redis.call('EXPIRE', KEYS[i], ARGV[3]) end
  at = at + 1
end
for i = 7 + set + owed, #KEYS do redis.call('DEL', KEYS[i]) end
for i = 1, tonumber(ARGV[6]) do
  redis.call('ZADD', KEYS[5], ARGV[at], ARGV[at + 1])
  at = at + 2
end
for i = 1, tonumber(ARGV[7]) do redis.call('ZREM', KEYS[5], ARGV[at]) at = at + 1 end
for i = 1, tonumber(ARGV[8]) do redis.call('ZREM', KEYS[6], ARGV[at]) at = at + 1 end
for i = 1, tonumber(ARGV[9]) do redis.call('HDEL', KEYS[3], ARGV[at]) at = at + 1 end
for i = at, #ARGV do redis.call('BITFIELD', KEYS[4], 'OVERFLOW', 'SAT', 'INCRBY', 'u16', ARGV[i], -1) end
redis.call('LTRIM', KEYS[2], tonumber(ARGV[2]), -1)
if redis.call('LLEN', KEYS[2]) == 0 then redis.call('DEL', KEYS[4], KEYS[3]) end
return 1
""")
"""Write what was learned, unless somebody else has begun to learn; a round that was written (``!``) is not again.

With an empty journal nothing is in flight.
"""

LEAVE = _script("""
-- KEYS: lease; ARGV: who
local holder = redis.call('GET', KEYS[1])
if holder and string.sub(holder, 1, #ARGV[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
""")
"""Let somebody else learn."""
