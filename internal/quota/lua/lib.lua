-- What all scripts share. The decision is that of decide.go, line for line;
-- a test plays random schedules against both.
--
-- Times are ticks of 100 ns since 2026-01-01, which doubles hold exactly.
-- A state is two doubles, moment and count; that of a concurrency rule is the
-- counts of the nodes.
local RATE, LIMIT, BYTES, CONCURRENT, INTERVAL = 0, 1, 2, 3, 4
local SECOND = 10000000
local NONE = -9223372036854775808
local pack, unpack_ = struct.pack, struct.unpack

local function clock()
  local t = redis.call('TIME')
  return (t[1] - 1767225600) * SECOND + t[2] * 10
end

-- A check: kind, flags (1 observe, 2 peek, 4 charge refused), cost, max and
-- four numbers more: of a rate every and burst, of a window the bounds of the
-- previous, the present and the next one, of an interval how many steps
-- follow.
local function check(arg)
  local c = {}
  c.kind, c.flags, c.cost, c.max, c.a, c.b, c.c, c.d = unpack_('<dddddddd', arg)
  c.arg = arg
  c.ask = c.cost > 1 and c.cost or 1
  return c
end

local function step(c, n)
  if n >= c.a then n = c.a - 1 end
  return (unpack_('<d', c.arg, 65 + 8 * n))
end

-- The window the server's clock is in. Nothing if the caller's clock is so far
-- off that it is none of those it knows.
local function window(c, now)
  if now < c.a or now >= c.d then return false end
  if now < c.b then c.from, c.till = c.a, c.b
  elseif now < c.c then c.from, c.till = c.b, c.c
  else c.from, c.till = c.c, c.d end
  return true
end

local function load(c, value)
  if c.kind == CONCURRENT then
    c.nodes = value and cmsgpack.unpack(value) or {}
    c.moment, c.count = 0, 0
    for _, n in pairs(c.nodes) do c.count = c.count + n end
  elseif value then
    c.moment, c.count = unpack_('<dd', value)
  else
    c.moment, c.count = NONE, 0
  end
  if c.from and (c.moment < c.from or c.moment > c.till) then
    c.moment, c.count = c.from, 0
  end
end

local function save(key, c, now)
  local rest
  if c.kind == CONCURRENT then
    if next(c.nodes) == nil then
      redis.call('DEL', key)
    else
      redis.call('SET', key, cmsgpack.pack(c.nodes), 'EX', 86400)
    end
    return
  elseif c.kind == RATE then rest = c.moment
  elseif c.kind == INTERVAL then rest = c.moment + 86400 * SECOND
  else rest = c.till > c.moment and c.till or c.moment end
  if rest > now then
    redis.call('SET', key, pack('<dd', c.moment, c.count), 'PX', math.ceil((rest - now) / 10000))
  end
end

-- hold adds n to the places of a node.
local function hold(c, node, n)
  n = (c.nodes[node] or 0) + n
  c.nodes[node] = n > 0 and n or nil
  c.count = 0
  for _, n in pairs(c.nodes) do c.count = c.count + n end
end
