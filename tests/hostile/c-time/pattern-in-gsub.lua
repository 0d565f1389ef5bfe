-- expect: out of time
string.gsub(("ab"):rep(2000), "(.-)(.-)(.-)(.-)(.-)c", "%5%4%3%2%1")
