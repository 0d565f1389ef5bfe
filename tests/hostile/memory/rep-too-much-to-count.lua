-- expect: error
("xx"):rep(math.maxinteger)
