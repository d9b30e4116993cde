-- KEYS: the states, then the epoch and the set of living nodes. ARGV: this
-- node, the checks, how many nodes there are, whether they are given some ahead,
-- the epoch as the node knows it.
-- Returns nothing if that is another, else now and for each check: whether it is
-- refused (2: for want of what nodes have ahead), how long, moment, count, and
-- how much this node was given ahead.
local now = clock()
local node, n = ARGV[1], #KEYS - 2
local nodes = tonumber(ARGV[n + 2])
local leases = ARGV[n + 3] == '1'
local values = redis.call('MGET', unpack(KEYS, 1, n + 1))
if values[n + 1] ~= ARGV[n + 4] then return '' end
local checks, refuse, recall = {}, false, false

-- alive tells the nodes that have been heard of lately.
local alive_
local function alive(name)
  if not alive_ then
    alive_ = {}
    for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[n + 2], now - 5 * SECOND, '+inf')) do
      alive_[name] = true
    end
  end
  return alive_[name]
end

-- outstanding is what nodes were given and have not settled: nobody knows how
-- much of it they have used. They use nothing for longer than a second, and tell
-- within another: who does not is dead or late, and only what it used in one
-- second is not counted, or not yet.
local function outstanding(key, c)
  local sum, since = 0, string.format('%.0f', c.till and c.moment or 0)
  for name, slice in pairs(given(key)) do
    local window = name:match('^[^|]*')
    local age = now - slice[2]
    if age > 60 * SECOND then redis.call('HDEL', key .. ':ahead', name)
    elseif window == since and age <= 2 * SECOND then sum = sum + slice[1]
    end
  end
  return sum
end

-- ahead is how much of what is left a node may have ahead: its share of half.
local function ahead(c)
  local left
  if c.kind == RATE then left = (now + c.b - c.tat - c.ahead) / c.a
  elseif c.kind == CONCURRENT then left = c.max - c.count
  else left = c.max - c.count - c.ahead end
  left = math.floor(left / (2 * nodes))
  if left < 1 then return 0 end
  return left < c.want and left or c.want
end

-- living drops the places of nodes that have not been heard of for a while.
local function living(c)
  for name in pairs(c.nodes) do
    if name ~= node and not alive(name) then
      c.nodes[name] = nil
      c.changed = true
    end
  end
  hold(c, node, 0)
end

for i = 1, n do
  local c = check(ARGV[i + 1])
  if (c.kind == LIMIT or c.kind == BYTES) and not window(c, now) then
    return pack('<d', now)
  end
  checks[i] = c
end

for i, c in ipairs(checks) do
  load(c, values[i])
  c.wait, c.given, c.ahead = 0, 0, 0
  if leases then
    c.now = now
    settle_all(KEYS[i], c, node)
    c.ahead = outstanding(KEYS[i], c)
  end
  if c.kind == RATE then
    if c.moment > now + c.b + SECOND then c.moment, c.changed = now + c.b, true end
    c.tat = c.moment > now and c.moment or now
    if c.ask * c.a > c.b then c.refused = true
    else
      local wait = c.tat + c.ahead + c.a * c.ask - c.b - now
      if wait > 0 then c.refused, c.wait = true, wait end
    end
  elseif c.kind == INTERVAL then
    if c.moment + 86400 * SECOND <= now then c.moment, c.count = NONE, 0 end
    if c.moment ~= NONE then
      local wait = step(c, c.count)
      local left = c.moment + wait - now
      if left > 0 and left <= 2 * wait then c.refused, c.wait = true, left end
    end
  else
    if c.kind == CONCURRENT and c.count > c.max - c.ask then living(c) end
    if c.count + (c.till and c.ahead or 0) > c.max - c.ask then
      c.refused, c.wait = true, c.till and c.till - now or SECOND
    end
  end
  if c.refused and c.flags % 2 == 0 then
    refuse = true
    if c.ahead > 0 then c.recall, recall = true, true end
  end
end

local reply = { pack('<d', now) }
for i = 1, n do
  local c = checks[i]
  local peek, punish = c.flags % 4 >= 2, c.flags >= 4
  if recall or peek or c.cost == 0 then
  elseif refuse and punish then
    c.changed = true
    if c.kind == RATE then
      local tat = c.tat + c.a * (c.cost < c.max and c.cost or c.max)
      if tat > now + c.b then tat = now + c.b end
      if tat > c.moment then c.moment, c.count = tat, leases and c.count + tat - c.tat or 0 end
    else
      local count = c.count + c.cost
      if count > c.max then count = c.max end
      if count > c.count then c.count = count end
    end
  elseif not refuse and not c.refused then
    c.changed = true
    if c.kind == RATE then
      c.tat = c.tat + c.a * c.cost
      c.moment, c.count = c.tat, leases and c.count + c.a * c.cost or 0
    elseif c.kind == CONCURRENT then hold(c, node, c.cost)
    elseif c.kind ~= INTERVAL then c.count = c.count + c.cost
    elseif c.moment ~= NONE then c.moment, c.count = now, c.count + 1
    end
  end
  if c.want > 0 and not refuse and not c.refused then
    c.given = ahead(c)
  end
  if c.given > 0 then
    if c.kind == CONCURRENT then
      hold(c, node, c.given)
      c.changed = true
    end
    redis.call('HSET', KEYS[i] .. ':ahead', field(c.till and c.moment or 0, node, c.id),
      pack('<dd', c.kind == RATE and c.given * c.a or c.given, now))
    redis.call('EXPIRE', KEYS[i] .. ':ahead', 60)
  end
  if c.changed then save(KEYS[i], c, now) end
  reply[i + 1] = pack('<ddddd', c.recall and 2 or c.refused and 1 or 0, c.wait, c.moment, c.count, c.given)
end
return table.concat(reply)
