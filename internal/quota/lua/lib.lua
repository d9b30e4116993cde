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

-- A check: kind, flags (1 observe, 2 peek, 4 charge refused), cost, max, four
-- numbers more - of a rate every and burst, of a window the bounds of the
-- previous, the present and the next one, of an interval how many steps
-- follow -, how much this node wants to be given ahead, the number it will know
-- it by, and how many slices follow that it settles.
local function check(arg)
  local c = {}
  c.kind, c.flags, c.cost, c.max, c.a, c.b, c.c, c.d, c.want, c.id, c.slices = unpack_('<ddddddddddd', arg)
  c.arg = arg
  c.ask = c.cost > 1 and c.cost or 1
  return c
end

local HEAD, SLICE = 89, 56

local function step(c, n)
  if n >= c.a then n = c.a - 1 end
  return (unpack_('<d', c.arg, HEAD + 8 * n))
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

-- process names the server's process: what another has left is a snapshot's or a
-- replica's, and may be behind.
local function process()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and info:match('run_id:(%x+)') or ''
end

local function lifetime(rest, now) return math.ceil((rest - now) / 10000) end

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
    redis.call('SET', key, pack('<dd', c.moment, c.count), 'PX', lifetime(rest, now))
  end
end

-- hold adds n to the places of a node.
local function hold(c, node, n)
  n = (c.nodes[node] or 0) + n
  c.nodes[node] = n > 0 and n or nil
  c.count = 0
  for _, n in pairs(c.nodes) do c.count = c.count + n end
end

-- What nodes were given and have not settled lies in a hash beside the state:
-- window, node and number of the slice to how much it was, and when.
local function field(since, node, id) return string.format('%.0f|%s|%.0f', since, node, id) end

local function given(key)
  local all, list = redis.call('HGETALL', key .. ':ahead'), {}
  for i = 1, #all, 2 do list[all[i]] = { unpack_('<dd', all[i + 1]) } end
  return list
end

-- settle counts what a node has used of a slice, unless that has been done. A
-- slice: number, how much is left of how much (of a rate in ticks), which
-- window; then of a rate the arrival time as the node knows it, of a window its
-- end; of a rate the total when it was given, and when it was last used. The
-- count of a rate is the total of all charges: at most what others were charged
-- since has moved the arrival time the node knows, and at most what it used has
-- moved that of the others.
local function settle(key, c, node, slice)
  local id, left, was, since, known, total, last = unpack_('<ddddddd', slice)
  if redis.call('HDEL', key .. ':ahead', field(since, node, id)) == 0 then return end
  local used = was - left
  if c.kind == CONCURRENT then
    if left ~= 0 then
      hold(c, node, -left)
      c.changed = true
    end
  elseif used <= 0 then
  elseif c.kind == RATE then
    local tat = (c.moment > last and c.moment or last) + used
    known = known + c.count - total
    if c.count >= total and known < tat then tat = known end
    if tat > c.moment then c.moment = tat end
    c.count = c.count + used
    c.changed = true
  elseif since >= c.moment and known > c.now then
    if since > c.moment then c.moment, c.count = since, 0 end
    c.count, c.till, c.changed = c.count + used, known, true
  end
end

local function settle_all(key, c, node)
  -- A total that begins with the clock never runs back: it is at most the
  -- arrival time, behind which the state is forgotten.
  if c.kind == RATE and c.count == 0 then c.count = c.now end
  if c.kind == INTERVAL then return end
  for i = 0, c.slices - 1 do settle(key, c, node, c.arg:sub(HEAD + SLICE * i, HEAD + SLICE * (i + 1) - 1)) end
end

-- return_all settles slices outside of a decision, whatever window the state is
-- of, and returns the state.
local function return_all(key, c, node, now)
  c.now = now
  load(c, redis.call('GET', key))
  settle_all(key, c, node)
  if c.changed then save(key, c, now) end
  return pack('<dd', c.moment, c.count)
end
