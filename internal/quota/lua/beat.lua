-- KEYS: the living nodes, the epoch. ARGV: this node, an epoch to begin with
-- if there is none, whether one may be begun.
-- Returns now, the number of living nodes and the epoch ('' if there is none).
local now = clock()
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', now - 5 * SECOND))
if ARGV[3] == '1' then redis.call('SET', KEYS[2], ARGV[2], 'NX') end
return { pack('<d', now), redis.call('ZCARD', KEYS[1]), redis.call('GET', KEYS[2]) or '' }
