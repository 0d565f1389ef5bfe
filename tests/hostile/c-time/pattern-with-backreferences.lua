-- expect: out of time
string.find(("a"):rep(3000), "(a*)(a*)%1%2%1%2b")
