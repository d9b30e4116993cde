-- KEYS: the GUID's, the signature's and the signer's key. ARGV: digest of the
-- signature, how long to remember in ticks, most marks of the signer, whether
-- there is a GUID, whether to ask ('1') or only to insert ('0').
-- Returns what replay.go calls Seen.
local now = clock()
local keep = tonumber(ARGV[2])
local ms = math.ceil(keep / 10000)
local function seen(key)
  local value = redis.call('GET', key)
  return value and unpack_('<d', value) > now
end
if ARGV[5] == '1' then
  if seen(KEYS[2]) then return 1 end
  if ARGV[4] == '1' and seen(KEYS[1]) then return 2 end
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', string.format('%.0f', now))
  if redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[3]) then return 3 end
end
local till = pack('<d', now + keep)
redis.call('SET', KEYS[2], till, 'PX', ms)
if ARGV[4] == '1' then redis.call('SET', KEYS[1], till .. ARGV[1], 'PX', ms) end
redis.call('ZADD', KEYS[3], now + keep, ARGV[1])
redis.call('PEXPIRE', KEYS[3], ms)
return 0
