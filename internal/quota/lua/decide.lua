-- KEYS: the states, then the set of living nodes. ARGV: this node, the checks.
-- Returns now and for each check: refused, wait, moment, count.
local now = clock()
local node, n = ARGV[1], #KEYS - 1
local values = redis.call('MGET', unpack(KEYS, 1, n))
local checks, refuse = {}, false

-- living drops the places of nodes that have not been heard of for a while.
local function living(c)
  local alive = {}
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[n + 1], now - 5 * SECOND, '+inf')) do
    alive[name] = true
  end
  for name in pairs(c.nodes) do
    if name ~= node and not alive[name] then
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
  load(c, values[i])
  c.wait = 0
  if c.kind == RATE then
    if c.moment > now + c.b + SECOND then c.moment, c.changed = now + c.b, true end
    local tat = c.moment > now and c.moment or now
    if c.ask * c.a > c.b then c.refused = true
    else
      local wait = tat + c.a * c.ask - c.b - now
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
    if c.count > c.max - c.ask then
      c.refused, c.wait = true, c.till and c.till - now or SECOND
    end
  end
  if c.refused and c.flags % 2 == 0 then refuse = true end
  checks[i] = c
end

local reply = { pack('<d', now) }
for i = 1, n do
  local c = checks[i]
  local peek, punish = c.flags % 4 >= 2, c.flags >= 4
  if peek or c.cost == 0 then
  elseif refuse and punish then
    c.changed = true
    if c.kind == RATE then
      local tat = (c.moment > now and c.moment or now) + c.a * (c.cost < c.max and c.cost or c.max)
      if tat > now + c.b then tat = now + c.b end
      if tat > c.moment then c.moment = tat end
    else
      local count = c.count + c.cost
      if count > c.max then count = c.max end
      if count > c.count then c.count = count end
    end
  elseif not refuse and not c.refused then
    c.changed = true
    if c.kind == RATE then c.moment = (c.moment > now and c.moment or now) + c.a * c.cost
    elseif c.kind == CONCURRENT then hold(c, node, c.cost)
    elseif c.kind ~= INTERVAL then c.count = c.count + c.cost
    elseif c.moment ~= NONE then c.moment, c.count = now, c.count + 1
    end
  end
  if c.changed then save(KEYS[i], c, now) end
  reply[i + 1] = pack('<dddd', c.refused and 1 or 0, c.wait, c.moment, c.count)
end
return table.concat(reply)
