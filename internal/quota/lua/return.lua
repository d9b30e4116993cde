-- KEYS: states. ARGV: this node, then for each a check with the slices it
-- settles, and nothing else.
local now = clock()
for i, key in ipairs(KEYS) do
  local c = check(ARGV[i + 1])
  local value = unchecked(key, c, now)
  settle_all(key, c, ARGV[1])
  save_unchecked(key, c, now, value)
end
return #KEYS
