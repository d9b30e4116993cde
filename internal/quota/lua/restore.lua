-- KEYS: the epoch, then states. ARGV: for each state its kind, moment, count and
-- the moment it is at rest.
--
-- A server that has lost its data is told the states that nodes have seen, and
-- what they have charged since, in whatever order they come. Seen states are
-- different views of one, so the one furthest ahead counts: it is kept beside
-- the state as its base. A view beyond the base moves base and state alike, so
-- that what was charged on top of the base stays on top. Returns moment and
-- count of each.
local now, run = clock(), process()
local begun = redis.call('GET', KEYS[1])
begun = begun and unpack_('<d', begun) or nil

-- beyond is by how much b is more than a, at least nothing.
local function beyond(b, a) return b > a and b - a or 0 end

local function restore(key, kind, moment, count, rest)
  local value, base = redis.call('GET', key), redis.call('GET', key .. ':base')
  if base and base:sub(17) ~= run then base = nil end
  -- What is there before an epoch begins is left of the last one: a view, too.
  if value and not base and not begun then base = value end
  local m, n, bm, bn = NONE, 0, NONE, 0
  if value then m, n = unpack_('<dd', value) end
  if base then bm, bn = unpack_('<dd', base) end
  if kind == INTERVAL then
    if moment > m or moment == m and count > n then m, n = moment, count end
  elseif kind == RATE then
    -- Before the epoch began nothing was charged on top.
    if begun and bm < begun then bm, bn = begun, begun end
    if not value and not base then m, n = moment, count
    else
      if m < now then m = now end
      m = m + beyond(moment, bm)
      if count > 0 then n = n > 0 and n + beyond(count, bn) or count end
    end
  elseif moment > m then m, n = moment, base and bm == moment and beyond(count, bn) or count
  elseif moment == m then n = n + beyond(count, bm == moment and bn or 0)
  end
  if moment > bm or moment == bm and count > bn then
    bm, bn = moment, count
  end
  redis.call('SET', key .. ':base', pack('<dd', bm, bn) .. run, 'PX', lifetime(rest, now))
  if kind == RATE then rest = m end
  if rest > now then redis.call('SET', key, pack('<dd', m, n), 'PX', lifetime(rest, now)) end
  return m, n
end

local reply = {}
for i = 2, #KEYS do
  local kind, moment, count, rest = unpack_('<dddd', ARGV[i - 1])
  if rest > now then moment, count = restore(KEYS[i], kind, moment, count, rest) end
  reply[i - 1] = pack('<dd', moment, count)
end
return table.concat(reply)
