-- expect: done or error or out of time
for _, topic in ipairs { "*", "**********************************************************x", ("*a"):rep(10000), ("ec2."):rep(100000), "*\0*" } do print(pcall(help, topic)) end
