-- KEYS: the states, then the epoch. ARGV: this node, the checks, the epoch as
-- the node knows it.
-- Returns nothing if that is another, else now and for each check: 0, 0, moment, count, 0.
local now = clock()
local n = #KEYS - 1
local values = redis.call('MGET', unpack(KEYS))
if values[n + 1] ~= ARGV[n + 2] then return '' end
local checks = {}
for i = 1, n do
  local c = check(ARGV[i + 1])
  if (c.kind == LIMIT or c.kind == BYTES) and not window(c, now) then
    return pack('<d', now)
  end
  checks[i] = c
end
local reply = { pack('<d', now) }
for i, c in ipairs(checks) do
  load(c, values[i])
  if c.kind == RATE then
    local tat = (c.moment > now and c.moment or now) + c.a * (c.cost < c.max and c.cost or c.max)
    if tat > now + c.b then tat = now + c.b end
    if tat > c.moment then
      if c.count > 0 then c.count = c.count + c.a * c.cost end
      c.moment = tat
    end
  elseif c.kind == CONCURRENT then
    hold(c, ARGV[1], c.cost)
  elseif c.kind == INTERVAL then
    c.moment, c.count = now, 0
  else
    c.count = c.count + c.cost
    if c.count < 0 then c.count = 0 end
  end
  save(KEYS[i], c, now)
  reply[i + 1] = pack('<ddddd', 0, 0, c.moment, c.count, 0)
end
return table.concat(reply)
