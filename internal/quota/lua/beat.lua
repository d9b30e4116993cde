-- KEYS: the living nodes, those that decide alone, the epoch. ARGV: this node,
-- whether it has charges that it has not told yet, whether it may begin an
-- epoch, a name for that.
-- Returns now, the epoch ('' if there is none), the living nodes with the times
-- they were heard of, and those that decide alone.
local now = clock()
redis.call('ZADD', KEYS[1], now, ARGV[1])
local gone = '(' .. string.format('%.0f', now - 5 * SECOND)
for i = 1, 2 do redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', gone) end
if ARGV[2] == '1' then redis.call('ZADD', KEYS[2], now, ARGV[1])
else redis.call('ZREM', KEYS[2], ARGV[1]) end
-- An epoch is of one process of the server, and begins with the time.
local run, epoch = process(), redis.call('GET', KEYS[3])
if epoch and epoch:sub(9, 8 + #run) ~= run then
  redis.call('DEL', KEYS[3])
  epoch = nil
end
if not epoch and ARGV[3] == '1' then
  epoch = pack('<d', now) .. run .. ARGV[4]
  redis.call('SET', KEYS[3], epoch)
end
local nodes = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 2, #nodes, 2 do nodes[i] = pack('<d', nodes[i]) end
return { pack('<d', now), epoch or '', nodes, redis.call('ZRANGE', KEYS[2], 0, -1) }
