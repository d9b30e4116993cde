-- decide.lua for nothing but rates and windows, of which nothing is ahead and
-- no refusal is charged: what most passes are. Tables that grow are slow, so
-- these begin with room for three checks.
-- KEYS: the states, then the epoch. ARGV: the first eight numbers of each check,
-- the epoch as the node knows it.
-- Returns the same.
local call, pack, unpack_, ceil = redis.call, struct.pack, struct.unpack, math.ceil
local t = call('TIME')
local now = (t[1] - 1767225600) * 10000000 + t[2] * 10
local n, arg = #KEYS - 1, ARGV[1]
local values = call('MGET', unpack(KEYS))
if values[n + 1] ~= ARGV[2] then return '' end
local reply = { now, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
local moments, counts, rests = { 0, 0, 0 }, { 0, 0, 0 }, { false, false, false }
local refuse = false

for i = 1, n do
  local kind, flags, cost, max, a, b, c, d = unpack_('<dddddddd', arg, 64 * i - 63)
  local ask = cost > 1 and cost or 1
  local moment, count, wait = -9223372036854775808, 0, 0
  if values[i] then moment, count = unpack_('<dd', values[i]) end
  local moved, spent, rest
  if kind == 0 then
    if moment > now + b + 10000000 then
      moment = now + b
      call('SET', KEYS[i], pack('<dd', moment, 0), 'PX', ceil(b / 10000))
    end
    count = 0
    local tat = moment > now and moment or now
    wait = tat + a * ask - b - now
    moved, spent = tat + a * cost, 0
    rest = moved
    if ask * a > b then wait = 1 end
  else
    local from
    if now < a or now >= d then return pack('<d', now)
    elseif now < b then from, rest = a, b
    elseif now < c then from, rest = b, c
    else from, rest = c, d end
    if moment < from or moment > rest then moment, count = from, 0 end
    if count > max - ask then wait = rest - now end
    moved, spent = moment, count + cost
    if moment > rest then rest = moment end
  end
  local k = 5 * i - 3
  local refused = wait > 0
  reply[k], reply[k + 1], reply[k + 2], reply[k + 3], reply[k + 4] = refused and 1 or 0, refused and wait or 0, moment, count, 0
  if refused then
    if flags % 2 == 0 then refuse = true end
    rests[i] = false
  elseif flags < 2 and cost > 0 then
    moments[i], counts[i], rests[i] = moved, spent, rest
  else
    rests[i] = false
  end
end

if not refuse then
  for i = 1, n do
    if rests[i] then
      call('SET', KEYS[i], pack('<dd', moments[i], counts[i]), 'PX', ceil((rests[i] - now) / 10000))
      reply[5 * i - 1], reply[5 * i] = moments[i], counts[i]
    end
  end
end
return pack('<d' .. ('ddddd'):rep(n), unpack(reply, 1, 5 * n + 1))
