-- expect: done
-- The C library reads these by itself.
print(os.getenv("TZ"), os.setlocale(), os.setlocale(""), os.date("%Z"), os.date("*t").isdst)
print(pcall(os.setlocale, "../../canary/file"), pcall(time.now().format, time.now(), "%Z", "../../canary/file"))
print(pcall(function() return time.now():format("%c", ":canary/file") end))
