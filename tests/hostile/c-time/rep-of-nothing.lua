-- expect: out of time
(""):rep(math.maxinteger)
