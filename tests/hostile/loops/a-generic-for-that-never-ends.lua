-- expect: out of time
for _ in function() return true end do end
