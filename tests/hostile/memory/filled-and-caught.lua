-- expect: any
-- No memory is left, not even for the error message.
local kept, size = {}, 1 << 20
while size > 8 do
  if not pcall(function() kept[#kept + 1] = ("x"):rep(size) .. #kept end) then size = size // 2 end
end
while true do kept = { kept } end
