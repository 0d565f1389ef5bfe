-- Objects of S3 and files: list, copy and synchronize them, many at the same time. `aws.service("s3")` and the S3 of a
-- session have the same functions: `prod.s3.sync{…}`.

local host = require "moonfleet.host"
local options = require "options"
local tags = require "tags"

local files = host.files

local objects = {}

local MIB = 1024 * 1024
-- Larger files are sent in parts.
local MULTIPART_FROM = 16 * MIB
local PART = 8 * MIB
-- S3's own limits.
local MOST_PARTS = 10000
local LARGEST_COPY = 5 * 1024 * MIB
local MOST_DELETED = 1000
local PART_ATTEMPTS = 3

local function s3_of(settings) return settings.s3 or aws.service "s3" end

-- Returns the bucket and the key of a URL of S3; nil for the path of a file.
local function parsed(url)
  local bucket, key = url:match "^s3://([^/]+)/?(.*)$"
  if not bucket and url:match "^s3:" then
    error("the URL '" .. url .. "' has no bucket; write s3://bucket/key", 0)
  end
  return bucket, key
end

local function url_of(bucket, key) return "s3://" .. bucket .. "/" .. key end

-- The encoding of a copy's source, which is the path of a URL.
local function encoded(bucket, key)
  return (bucket .. "/" .. key):gsub("[^%w%-%._~/]", function(char) return ("%%%02X"):format(char:byte()) end)
end

local function joined(folder, name)
  if folder == "" or folder:sub(-1) == "/" then return folder .. name end
  return folder .. "/" .. name
end

local function base_name(path) return path:match "([^/]*)$" end

local function folder_of(path)
  local folder = path:match "^(.*)/[^/]*$"
  return folder == "" and "/" or folder
end

-- Lists.

---@class objects.ListOptions
---@field url? string `s3://bucket/prefix`. Default: the buckets of the account.
---@field recursive? boolean List all objects below the prefix, instead of those up to the next slash. Default: false.
---@field s3? table The S3 of a session. Default: that of the default session.

---@class objects.Listed
---@field name string The URL of an object or of a prefix, or the name of a bucket.
---@field kind "bucket"|"prefix"|"object"
---@field bytes? integer
---@field modified? Time
---@field storage_class? string

---Lists the buckets of the account, or the objects and prefixes below a URL of S3.
---@param opts? objects.ListOptions
---@return objects.Listed[]
function objects.ls(opts)
  local settings = options.read("objects.ls", opts, {
    url = { "string" },
    recursive = { "boolean", default = false },
    s3 = { "any" },
  })
  local s3, rows = s3_of(settings), {}
  if not settings.url then
    for bucket in s3.list_buckets.items {} do
      rows[#rows + 1] = { name = bucket.name, kind = "bucket", modified = bucket.creation_date }
    end
    return rows
  end
  local bucket, prefix = parsed(settings.url)
  if not bucket then error("objects.ls: the URL '" .. settings.url .. "' must begin with s3://", 0) end
  local request = { bucket = bucket, prefix = prefix, delimiter = not settings.recursive and "/" or nil }
  for page in s3.list_objects_v2.pages(request) do
    for _, one in ipairs(page.common_prefixes) do
      rows[#rows + 1] = { name = url_of(bucket, one.prefix), kind = "prefix" }
    end
    for _, one in ipairs(page.contents) do
      rows[#rows + 1] = {
        name = url_of(bucket, one.key),
        kind = "object",
        bytes = one.size,
        modified = one.last_modified,
        storage_class = one.storage_class,
      }
    end
  end
  return rows
end

-- One object or file. Each side of a copy is { path = … } or { bucket = …, key = … }, with bytes and the time in seconds
-- since 1970 if they are known.

local function side_of(url)
  local bucket, key = parsed(url)
  return bucket and { bucket = bucket, key = key } or { path = url }
end

local function name_of(side) return side.path or url_of(side.bucket, side.key) end

local function merged(base, more)
  local all = {}
  for _, part in ipairs { base, more } do
    for name, value in pairs(part) do all[name] = value end
  end
  return all
end

---Returns the size of each part but the last: an upload has at most MOST_PARTS.
---@param bytes integer
---@return integer
local function part_size(bytes)
  local least = -(-bytes // MOST_PARTS)
  return least > PART and least or PART
end

---Returns the length of the part that begins at an offset.
---@param bytes integer
---@param offset integer
---@return integer
local function part_length(bytes, offset)
  local size, left = part_size(bytes), bytes - offset
  return left < size and left or size
end

local function is_changed(path, before)
  local now = files.about(path)
  return not now or now.bytes ~= before.bytes or now.modified ~= before.modified
end

-- Returns the id of an interrupted upload of the same file and its parts by number; nil without such an upload. A part counts
-- if its ETag is the MD5 of the same bytes.
local function interrupted(s3, to, path, bytes)
  local newest
  for page in s3.list_multipart_uploads.pages { bucket = to.bucket, prefix = to.key } do
    for _, upload in ipairs(page.uploads) do
      if upload.key == to.key and (not newest or upload.initiated > newest.initiated) then newest = upload end
    end
  end
  if not newest then return nil end
  local size, known = part_size(bytes), {}
  for part in s3.list_parts.items { bucket = to.bucket, key = to.key, upload_id = newest.upload_id } do
    local number = part.part_number --[[@as integer]]
    local offset = (number - 1) * size
    local length = part_length(bytes, offset)
    if length == part.size and part.e_tag == '"' .. files.md5(path, offset, length) .. '"' then
      known[number] = { part_number = number, e_tag = part.e_tag, checksum_crc32 = part.checksum_crc32 }
    end
  end
  return newest.upload_id, known
end

-- Sends a part. The same part can be sent again: the last one counts.
local function send_part(s3, request)
  for attempt = 1, PART_ATTEMPTS do
    local ok, sent = pcall(s3.upload_part, request)
    if ok then return sent end
    if attempt == PART_ATTEMPTS or type(sent) == "string" or not sent.retryable then error(sent, 0) end
    task.sleep(0.25 * 2 ^ attempt)
  end
end

-- Sends a file in parts. An upload that fails stays, and the next copy of the same file continues it.
local function upload_parts(s3, from, to, settings)
  local before = assert(files.about(from.path))
  -- A caller that may not list uploads can still make one.
  local is_listed, id, known = pcall(interrupted, s3, to, from.path, before.bytes)
  if not is_listed or not id then
    local request = merged(settings.request, { bucket = to.bucket, key = to.key, checksum_algorithm = "CRC32" })
    id, known = s3.create_multipart_upload(request).upload_id, {}
  end
  local size, numbers = part_size(before.bytes), {}
  for number = 1, -(-before.bytes // size) do numbers[number] = number end
  local bar = settings.bar and host.bar(#numbers)
  local parts = task.map(numbers, function(number)
    ---@cast number integer
    if not known[number] then
      local offset = (number - 1) * size
      local body = { file = from.path, offset = offset, length = part_length(before.bytes, offset) }
      local request = { bucket = to.bucket, key = to.key, upload_id = id, part_number = number, body = body }
      local sent = send_part(s3, merged(request, { checksum_algorithm = "CRC32" }))
      known[number] = { part_number = number, e_tag = sent.e_tag, checksum_crc32 = sent.checksum_crc32 }
    end
    if bar then
      bar:advance()
      bar:message(("%s, %d MiB parts"):format(name_of(to), size // MIB))
    end
    return known[number]
  end, { limit = settings.parallel })
  if bar then bar:clear() end
  if is_changed(from.path, before) then
    error("the file " .. from.path .. " has changed while it was sent; copy it again", 0)
  end
  s3.complete_multipart_upload { bucket = to.bucket, key = to.key, upload_id = id, multipart_upload = { parts = parts } }
  return "done"
end

local function upload(s3, from, to, settings)
  local request = merged({ content_type = files.content_type(from.path) }, settings.request)
  settings = merged(settings, { request = request })
  -- A plan has one change for each file.
  if from.bytes >= MULTIPART_FROM and not host.is_planned() then return upload_parts(s3, from, to, settings) end
  local sent = s3.put_object(merged(request, { bucket = to.bucket, key = to.key, body = { file = from.path } }))
  return type(sent) == "userdata" and "planned" or "done"
end

local function download(s3, from, to)
  if host.is_planned() then return "planned" end
  local folder = folder_of(to.path)
  if folder then files.make_folder(folder) end
  local got = s3.get_object { bucket = from.bucket, key = from.key, to = to.path }
  files.set_modified(to.path, got.last_modified:unix() // 1)
  return "done"
end

local function copy(s3, from, to, settings)
  if from.bytes and from.bytes > LARGEST_COPY then
    error("S3 copies at most 5 GiB at once; download " .. name_of(from) .. " and upload it", 0)
  end
  local source = encoded(from.bucket, from.key)
  local copied = s3.copy_object(merged(settings.request, { bucket = to.bucket, key = to.key, copy_source = source }))
  return type(copied) == "userdata" and "planned" or "done"
end

local function action_of(from, to) return from.path and "upload" or to.path and "download" or "copy" end

local TRANSFERS = { upload = upload, download = download, copy = copy }

-- Why a key cannot be the path of a file below a folder; nil if it can. `..` would lead out of the folder.
local function unsafe(key)
  if key:find "%z" then return "the key has a NUL" end
  if key:sub(1, 1) == "/" or key:find("//", 1, true) then return "the key has an empty part between slashes" end
  for part in key:gmatch "[^/]+" do
    if part == ".." or part == "." then return "the key has the part '" .. part .. "'" end
  end
end

---@class objects.Result
---@field action "upload"|"download"|"copy"|"delete"
---@field from string
---@field to string
---@field bytes? integer
---@field status "done"|"planned"|"failed"|"skipped"
---@field detail string The reason if nothing was done, or "".

local function result(action, from, to, status, detail)
  local row = { action = action, from = from and name_of(from) or "", to = to and name_of(to) or "" }
  row.bytes, row.status, row.detail = from and from.bytes, status, detail or ""
  return row
end

local function transferred(s3, from, to, settings)
  local action = action_of(from, to)
  if settings.dry_run then return result(action, from, to, "planned") end
  local ok, status = pcall(TRANSFERS[action], s3, from, to, settings)
  if ok then return result(action, from, to, status) end
  -- A refusal concerns the whole run.
  if type(status) ~= "string" and status.code == "Refused" then error(status, 0) end
  return result(action, from, to, "failed", tostring(status))
end

---@class objects.CopyOptions
---@field from string The path of a file, or `s3://bucket/key`.
---@field to string The same. A path or a key that ends with a slash is a folder, and the name stays.
---@field request? table Further parameters of the request that stores the object: `{storage_class = "STANDARD_IA"}`.
---@field parallel? integer The number of parts that are sent at the same time. Default: 8.
---@field s3? table The S3 of a session. Default: that of the default session.

local function with_name(side, from)
  local name = base_name(from.path or from.key)
  if side.bucket then
    if side.key == "" or side.key:sub(-1) == "/" then side.key = side.key .. name end
  else
    local about = files.about(side.path)
    if side.path:sub(-1) == "/" or about and about.kind == "folder" then
      local problem = unsafe(name)
      if problem or name == "" then error("objects.cp: " .. (problem or "the key has no name") .. "; name the file", 0) end
      side.path = joined(side.path, name)
    end
  end
  return side
end

---Copies a file to S3, an object to a file, or an object to another one. A file of 16 MiB or more is sent in parts, several
---at the same time; if that is interrupted, the next call continues it. Checksums are compared.
---@param opts objects.CopyOptions
---@return objects.Result
function objects.cp(opts)
  local settings = options.read("objects.cp", opts, {
    from = { "string", required = true },
    to = { "string", required = true },
    request = { "map", default = {} },
    parallel = { "integer", default = 8 },
    s3 = { "any" },
  })
  local s3, from, to = s3_of(settings), side_of(settings.from), side_of(settings.to)
  if from.path and to.path then error("objects.cp: one of `from` and `to` must be a URL such as s3://bucket/key", 0) end
  to = with_name(to, from)
  if from.path then
    local about = files.about(from.path)
    if not about or about.kind ~= "file" then
      error("objects.cp: " .. from.path .. (about and " is not a file; objects.sync copies folders" or " does not exist"), 0)
    end
    from.bytes = about.bytes
  else
    from.bytes = s3.head_object({ bucket = from.bucket, key = from.key }).content_length
  end
  local action = action_of(from, to)
  return result(action, from, to, TRANSFERS[action](s3, from, to, merged(settings, { bar = true })))
end

-- Many objects.

local function wanted(path, settings)
  local function matches(patterns) return tags.matches({ path = path }, { path = patterns }) end
  return (not settings.include or matches(settings.include)) and not (settings.exclude and matches(settings.exclude))
end

-- Returns the files below a folder by their paths from there, and the results for those that cannot be read.
local function local_files(folder, settings, action)
  local found, problems = {}, {}
  -- What links in a target lead to may be outside of it, and `delete` must not reach it.
  local follows = action == "upload" and settings.follow_links
  local about = files.about(folder)
  if about and about.kind ~= "folder" then error("objects.sync: " .. folder .. " is not a folder; objects.cp copies files", 0) end
  if not about then
    if action == "upload" then error("objects.sync: the folder " .. folder .. " does not exist", 0) end
    return found, problems
  end
  for _, file in ipairs(files.walk(folder, follows)) do
    if wanted(file.path, settings) then
      local side = { path = joined(folder, file.path), bytes = file.bytes, modified = file.modified }
      if file.problem then
        problems[#problems + 1] = result(action, side, nil, "skipped", file.problem)
      else
        found[file.path] = side
      end
    end
  end
  return found, problems
end

-- Returns the objects below a prefix by their keys from there.
local function remote_objects(s3, bucket, prefix, settings)
  local found = {}
  if prefix ~= "" and prefix:sub(-1) ~= "/" then prefix = prefix .. "/" end
  for one in s3.list_objects_v2.items { bucket = bucket, prefix = prefix } do
    local path = one.key:sub(#prefix + 1)
    if path ~= "" and wanted(path, settings) then
      found[path] = { bucket = bucket, key = one.key, bytes = one.size, modified = one.last_modified:unix() // 1 }
    end
  end
  return found, {}
end

local function listed(s3, side, settings, action)
  if side.path then return local_files(side.path, settings, action) end
  return remote_objects(s3, side.bucket, side.key, settings)
end

-- Whether a copy has the bytes already, by the rule of the AWS CLI: the same size, and no newer source. A downloaded file
-- gets the time of its object, so that a file with a later time was changed.
local function is_same(from, to)
  if not to or from.bytes ~= to.bytes then return false end
  if to.path then return to.modified <= from.modified end
  return from.modified <= to.modified
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function target_of(side, path)
  if side.path then return { path = joined(side.path, path) } end
  return { bucket = side.bucket, key = side.key == "" and path or joined(side.key, path) }
end

-- Returns the copies to make, and the results for the objects that cannot be files.
local function copies(sources, targets, to)
  local wanted_copies, skipped = {}, {}
  for _, path in ipairs(sorted_keys(sources)) do
    local from, target = sources[path], target_of(to, path)
    local problem = to.path and unsafe(path)
    local is_folder = to.path and path:sub(-1) == "/"
    if problem or is_folder and from.bytes > 0 then
      problem = problem or "the key ends with a slash, which is the name of a folder"
      skipped[#skipped + 1] = result(action_of(from, target), from, target, "skipped", problem)
    elseif not is_folder and not is_same(from, targets[path]) then
      -- The AWS console shows folders by empty objects whose keys end with a slash. They are not copied to files.
      wanted_copies[#wanted_copies + 1] = { from = from, to = target }
    end
  end
  return wanted_copies, skipped
end

local function delete_local(gone, settings, rows)
  if host.is_read_only() and not settings.dry_run then
    error(("objects.sync: refused: the run is read-only, and `delete` would remove %d files, the first is %s"):format(#gone, gone[1].path), 0)
  end
  for _, side in ipairs(gone) do
    local is_planned = settings.dry_run or host.is_planned()
    -- A plan lists calls of AWS only.
    if host.is_planned() then log.info("would delete the file " .. side.path) end
    local ok, problem = true, nil
    if not is_planned then
      ok, problem = pcall(files.remove, side.path)
    end
    local status = is_planned and "planned" or ok and "done" or "failed"
    rows[#rows + 1] = result("delete", nil, side, status, problem and tostring(problem))
  end
end

local function delete_remote(s3, gone, settings, rows)
  for first = 1, #gone, MOST_DELETED do
    local batch, keys, failed = table.move(gone, first, math.min(first + MOST_DELETED - 1, #gone), 1, {}), {}, {}
    for at, side in ipairs(batch) do keys[at] = { key = side.key } end
    local status = "planned"
    if not settings.dry_run then
      local answer = s3.delete_objects { bucket = batch[1].bucket, delete = { objects = keys, quiet = true } }
      if type(answer) ~= "userdata" then
        status = "done"
        for _, one in ipairs(answer.errors) do failed[one.key] = one.message or one.code end
      end
    end
    for _, side in ipairs(batch) do
      local problem = failed[side.key]
      rows[#rows + 1] = result("delete", nil, side, problem and "failed" or status, problem)
    end
  end
end

-- Deletes the targets without a source.
local function delete_extra(s3, sources, targets, settings, rows)
  local gone = {}
  for _, path in ipairs(sorted_keys(targets)) do
    -- An object whose key ends with a slash is a folder, which no file has as its name.
    if not sources[path] and path:sub(-1) ~= "/" then gone[#gone + 1] = targets[path] end
  end
  if #gone == 0 then return end
  if not next(sources) then
    error(("objects.sync: %s has nothing to copy, so that `delete` would remove all %d of the target; check the path"):format(settings.from, #gone), 0)
  end
  if gone[1].path then return delete_local(gone, settings, rows) end
  return delete_remote(s3, gone, settings, rows)
end

---@class objects.SyncOptions
---@field from string A folder, or `s3://bucket/prefix`.
---@field to string The same.
---@field delete? boolean Delete files or objects of the target that the source does not have. An empty source is an error.
---Default: false.
---@field dry_run? boolean Return the rows with the status "planned", and copy and delete nothing. Default: false.
---@field include? string|string[] Copy only these paths below `from`; `*` matches any text, `?` any character.
---@field exclude? string|string[] Leave these paths out, in the source and in the target.
---@field follow_links? boolean Send the files that symbolic links lead to. Default: true.
---@field request? table Further parameters of the requests that store objects: `{storage_class = "STANDARD_IA"}`.
---@field parallel? integer The number of files that are copied at the same time. Default: 16.
---@field s3? table The S3 of a session. Default: that of the default session.

---Copies the files or objects that the target does not have, or has with another size or an older time. Returns a row for
---each copy and deletion. A call that was interrupted is continued by the next one. If a row has failed, or a file could not
---be read, the second result is false, and the run exits with 3.
---@param opts objects.SyncOptions
---@return objects.Result[] rows
---@return boolean complete
function objects.sync(opts)
  local settings = options.read("objects.sync", opts, {
    from = { "string", required = true },
    to = { "string", required = true },
    delete = { "boolean", default = false },
    dry_run = { "boolean", default = false },
    include = { "list" },
    exclude = { "list" },
    follow_links = { "boolean", default = true },
    request = { "map", default = {} },
    parallel = { "integer", default = 16 },
    s3 = { "any" },
  })
  local s3, from, to = s3_of(settings), side_of(settings.from), side_of(settings.to)
  if from.path and to.path then error("objects.sync: one of `from` and `to` must be a URL such as s3://bucket/prefix", 0) end
  local action = action_of(from, to)
  local sources, problems = listed(s3, from, settings, action)
  local targets = listed(s3, to, settings, action)
  local planned, skipped = copies(sources, targets, to)
  local bar = #planned > 0 and not settings.dry_run and host.bar(#planned)
  local rows, done = {}, 0
  local copied = task.map(planned, function(one)
    local row = transferred(s3, one.from, one.to, settings)
    done = done + 1
    if bar then
      bar:advance()
      bar:message(("%d of %d, %s"):format(done, #planned, row.to))
    end
    return row
  end, { limit = settings.parallel })
  if bar then bar:clear() end
  for _, part in ipairs { copied, skipped, problems } do table.move(part, 1, #part, #rows + 1, rows) end
  if settings.delete and #problems == 0 then
    delete_extra(s3, sources, targets, settings, rows)
  elseif settings.delete then
    -- The files of a folder that cannot be read would look deleted.
    report.incomplete "objects.sync: nothing was deleted, because a part of the source cannot be read"
  end
  local missing = 0
  for _, row in ipairs(rows) do
    if row.status == "failed" or row.status == "skipped" then missing = missing + 1 end
  end
  if missing > 0 then
    report.incomplete(("objects.sync: %d of %d copies and deletions were not made"):format(missing, #rows))
  end
  return rows, missing == 0
end

return objects
