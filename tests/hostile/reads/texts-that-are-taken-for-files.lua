-- expect: done
-- Readers of texts, in case that one of them takes a name.
for _, name in ipairs { ".aws/credentials", "file://canary/file", "@canary/file", "canary/data.csv", "fileb://canary/file" } do
  for _, read in ipairs { json.decode, csv.decode, time.parse, access.parse, time.duration, sh.quote, load } do
    local ok, result = pcall(read, name)
    print(ok, ok and type(result) == "table" and json.encode(result) or result)
  end
end
