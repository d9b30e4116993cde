-- KEYS: states, then the epoch. ARGV: this node, then for each a check with the
-- slices it settles, and nothing else, then the epoch as the node knows it.
-- Returns nothing if that is another, else moment and count of each.
local now, n = clock(), #KEYS - 1
if redis.call('GET', KEYS[n + 1]) ~= ARGV[n + 2] then return '' end
local reply = {}
for i = 1, n do reply[i] = return_all(KEYS[i], check(ARGV[i + 1]), ARGV[1], now) end
return table.concat(reply)
