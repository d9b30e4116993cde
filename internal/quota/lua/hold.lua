-- KEYS: states of concurrency rules. ARGV: this node, how many places it holds
-- of each.
for i, key in ipairs(KEYS) do
  local c = { kind = CONCURRENT }
  load(c, redis.call('GET', key))
  c.nodes[ARGV[1]] = nil
  hold(c, ARGV[1], tonumber(ARGV[i + 1]))
  save(key, c, 0)
end
return #KEYS
