-- KEYS: states. ARGV: this node, then for each key two: a check with the slices
-- that it may have settled, and the numbers of those that it knows of. What
-- else it was given it has not learned of: that goes back.
local now = clock()
for i, key in ipairs(KEYS) do
  local c = check(ARGV[2 * i])
  local value = unchecked(key, c, now)
  settle_all(key, c, ARGV[1])
  local known, numbers = {}, ARGV[2 * i + 1]
  for k = 1, #numbers, 8 do known[string.format('%.0f', (unpack_('<d', numbers, k)))] = true end
  for name, n in pairs(given(key)) do
    local window, owner, id = name:match('^([^|]*)|(.*)|([^|]*)$')
    if owner == ARGV[1] and not known[id] then
      -- All of it is left; of a rate none has come into the state.
      settle(key, c, owner, pack('<ddddddd', tonumber(id), n, n, tonumber(window), 0, 0, 0))
    end
  end
  save_unchecked(key, c, now, value)
end
return #KEYS
