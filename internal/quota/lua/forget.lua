-- KEYS: the GUID's and the signature's key. ARGV: digest of the signature.
redis.call('DEL', KEYS[2])
local guid = redis.call('GET', KEYS[1])
if guid and guid:sub(9) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
