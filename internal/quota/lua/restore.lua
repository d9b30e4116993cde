-- KEYS: states. ARGV: for each moment, count and the moment it is at rest.
-- Of two states of a key the one further ahead is kept.
local now = clock()
local values = redis.call('MGET', unpack(KEYS))
for i, key in ipairs(KEYS) do
  local moment, count, rest = unpack_('<ddd', ARGV[i])
  if rest > now then
    local m, n = NONE, 0
    if values[i] then m, n = unpack_('<dd', values[i]) end
    if moment > m or (moment == m and count > n) then
      redis.call('SET', key, pack('<dd', moment, count), 'PX', math.ceil((rest - now) / 10000))
    end
  end
end
return #KEYS
