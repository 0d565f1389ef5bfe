-- Runs a command on every running instance with a tag, in several regions at once, and
-- reports what each one answered. An instance that could not be reached is a row too.

-- What Systems Manager allows in one call.
local BATCH = 50
-- Right after sending, an invocation may not be visible yet; this is no result.
local VISIBLE_WITHIN = time.duration("30s")
local DELIVERY = time.duration("2m")
-- Polling faster than this throttles a fleet's account.
local FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5

-- Every final status of an invocation in one word; what is not known here is not a success.
---@type table<string, string>
local VERDICTS = {
  Success = "ok",
  Failed = "failed",
  ExecutionTimedOut = "failed",
  TimedOut = "failed",
  Cancelled = "cancelled",
  Terminated = "cancelled",
  Undeliverable = "unreached",
  DeliveryTimedOut = "unreached",
  ["Delivery Timed Out"] = "unreached",
  AccessDenied = "unreached",
  InvalidPlatform = "unreached",
}
---@type table<string, boolean>
local RUNNING = { Pending = true, InProgress = true, ["In Progress"] = true, Delayed = true, Cancelling = true }

-- The exit code that says: done, but not with all of them.
local INCOMPLETE = 3

local COLUMNS = { "name", "instance_id", "region", "type", "state", "status", "exit_code", "output" }

local function first_line(text)
  return text:match("^%s*([^\r\n]*)")
end

-- `App=App20` as key and value; a value may hold further equals signs.
local function split_tag(tag)
  local key, value = tag:match("^([^=]+)=(.*)$")
  if not key then error("tag must be KEY=VALUE, such as App=App20, not '" .. tag .. "'", 0) end
  return key, value
end

-- The running instances with the tag, in a stable order.
---@param session Session
local function targets(session, key, value)
  local found = session.ec2.describe_instances.all {
    filters = { ["tag:" .. key] = value, ["instance-state-name"] = "running" },
  }
  table.sort(found, function(a, b)
    local left, right = a.tags.Name or "", b.tags.Name or ""
    if left ~= right then return left < right end
    return a.instance_id < b.instance_id
  end)
  return found
end

-- The resource group of the tag: used where it is there, created where it is not. The command
-- goes to the instances by their ids, so a group that cannot be made loses none of them.
---@param session Session
local function ensure_group(session, key, value)
  local name = (value .. "-RG"):gsub("[^%w_.-]", "-")
  local there, e = pcall(session.resource_groups.get_group, { group = name })
  if there then return true end
  local made = false
  if e.code == "NotFoundException" then
    made, e = pcall(session.resource_groups.create_group, {
      name = name,
      description = "Made by moonfleet fleet-report",
      resource_query = {
        type = "TAG_FILTERS_1_0",
        query = json.encode {
          ResourceTypeFilters = { "AWS::AllSupported" },
          TagFilters = { { Key = key, Values = { value } } },
        },
      },
    })
  end
  if made or e.message:find "already exists" then return true end
  log.warn("the resource group " .. name .. " is not there: " .. tostring(e))
  return false
end

-- What became of an instance: the command that was sent to it, or why none was; its answer.
---@class fleet_report.Result
---@field command_id? string
---@field status? string
---@field reason? string
---@field detail? string
---@field exit_code? integer
---@field output? string

-- SendCommand refuses a whole batch for one bad id. The halves are tried, so that the bad
-- ones stand alone with their reason and the others run, once.
---@param session Session
---@param ids string[]
---@param command string
---@param sent table<string, fleet_report.Result>
local function send(session, ids, command, sent)
  local ok, answer = pcall(session.ssm.send_command, {
    instance_ids = ids,
    document_name = "AWS-RunShellScript",
    parameters = { commands = { command } },
    timeout_seconds = DELIVERY,
    comment = "moonfleet fleet-report",
  })
  if ok then
    for _, id in ipairs(ids) do sent[id] = { command_id = answer.command.command_id } end
  elseif answer.code == "InvalidInstanceId" and #ids > 1 then
    local middle = #ids // 2
    send(session, { table.unpack(ids, 1, middle) }, command, sent)
    send(session, { table.unpack(ids, middle + 1) }, command, sent)
  elseif answer.code == "InvalidInstanceId" then
    sent[ids[1]] = { status = "unreached", reason = "not managed by Systems Manager" }
  else
    -- What a lost answer did cannot be known from here, so it must not be done again.
    local refused = answer.status and answer.status < 500 or answer.code == "NotSent"
    local status = refused and "unreached" or "unknown"
    for _, id in ipairs(ids) do sent[id] = { status = status, reason = tostring(answer) } end
  end
end

---@param session Session
---@param instances ec2.DescribeInstancesItem[]
---@param command string
---@return table<string, fleet_report.Result>
local function send_all(session, instances, command)
  local sent, batch = {}, {}
  for at, instance in ipairs(instances) do
    batch[#batch + 1] = instance.instance_id
    if #batch == BATCH or at == #instances then
      send(session, batch, command, sent)
      batch = {}
    end
  end
  return sent
end

-- Waits until one instance is done, and gives its answer.
---@param session Session
---@param id string
---@param command_id string
---@return fleet_report.Result
local function gather(session, id, command_id)
  local started, pause = time.clock(), FIRST_PAUSE
  while true do
    local ok, answer = pcall(session.ssm.get_command_invocation, { command_id = command_id, instance_id = id })
    local waited = time.clock() - started
    if ok then
      -- Some servers give only the status and not its details.
      local status = answer.status_details or answer.status
      if not RUNNING[status] then
        local text = answer.standard_output_content or ""
        if text == "" then text = answer.standard_error_content or "" end
        -- -1 means that it never started.
        local exit_code = answer.response_code ~= -1 and answer.response_code or nil
        return { status = VERDICTS[status] or "unknown", detail = status, exit_code = exit_code, output = text }
      end
      if waited > DELIVERY + VISIBLE_WITHIN then
        return { status = "unknown", reason = "still " .. status .. " when the time was up" }
      end
    elseif answer.code ~= "InvocationDoesNotExist" then
      return { status = "unknown", reason = tostring(answer) }
    elseif waited > VISIBLE_WITHIN then
      return { status = "unknown", reason = "its invocation never appeared" }
    end
    task.sleep(pause)
    pause = math.min(pause * 1.5, LONGEST_PAUSE)
  end
end

-- Phase one: nothing is changed before every region has said what it has.
local function find(regions, key, value)
  local found, errors = task.map(regions, function(region)
    local session = region and aws.session { region = region } or aws
    return { session = session, instances = targets(session, key, value) }
  end, { on_error = "collect" })
  local parts = {}
  for _, part in ipairs(found) do
    if part and #part.instances > 0 then parts[#parts + 1] = part end
  end
  return parts, errors
end

-- Phase two: the command in one region, a row for every instance.
local function run_in(part, command, key, value)
  local session = part.session
  local grouped = ensure_group(session, key, value)
  local sent = send_all(session, part.instances, command)
  local rows = task.map(part.instances, function(instance)
    local result = sent[instance.instance_id]
    if result.command_id then result = gather(session, instance.instance_id, result.command_id) end
    local text = result.output or result.reason or ""
    if text == "" and result.status ~= "ok" then text = result.detail or "" end
    return {
      name = instance.tags.Name or "",
      instance_id = instance.instance_id,
      region = session.region,
      type = instance.instance_type,
      state = instance.state.name,
      status = result.status,
      detail = result.detail,
      exit_code = result.exit_code,
      output = first_line(text),
      text = text,
    }
  end, { limit = 20 })
  return { rows = rows, grouped = grouped }
end

local function summary(rows)
  local counts, order = {}, { "ok", "failed", "unreached", "cancelled", "unknown" }
  for _, row in ipairs(rows) do counts[row.status] = (counts[row.status] or 0) + 1 end
  local parts = {}
  for _, status in ipairs(order) do
    if counts[status] then parts[#parts + 1] = counts[status] .. " " .. status end
  end
  return #rows .. " instances: " .. table.concat(parts, ", ")
end

return script {
  summary = "Run a command on a tagged fleet and report every instance's answer.",
  risk = "write",
  args = {
    tag = { "string", default = "App=App20", help = "The tag that chooses the instances, as KEY=VALUE." },
    command = { "string", default = "uptime", help = "The shell command to run on each." },
    regions = { "list", help = "The regions to look in; without it, the session's own." },
    out = { "string", help = "Write the report to this file too: .csv, .json or .md." },
  },
  example = { args = { regions = { "eu-central-1", "eu-west-1", "us-east-1" } } },
  run = function(args)
    local key, value = split_tag(args.tag)
    -- Found out now, and not after the fleet has run the command.
    if args.out then report.check(args.out) end

    -- Without regions it is the session's own.
    local parts, errors = find(args.regions or { false }, key, value)
    local by_region, failed = task.map(parts, function(part)
      return run_in(part, args.command, key, value)
    end, { on_error = "collect" })
    for _, failure in ipairs(failed) do errors[#errors + 1] = failure end

    local rows, answers = {}, {}
    local all_ok = true
    for at = 1, #parts do
      local done = by_region[at]
      if done then
        table.move(done.rows, 1, #done.rows, #rows + 1, rows)
        all_ok = all_ok and done.grouped
      end
    end
    for _, row in ipairs(rows) do
      answers[#answers + 1] = { name = row.name ~= "" and row.name or row.instance_id, text = row.text }
    end
    for _, failure in ipairs(errors) do log.error(tostring(failure.error)) end
    if #rows == 0 then
      if #errors > 0 then error("nothing was run, because of the errors above", 0) end
      error("nothing was run: no running instance has the tag " .. args.tag, 0)
    end

    if args.out then report.write(args.out, rows, { columns = COLUMNS }) end
    report.print(rows, { columns = COLUMNS })
    if report.format() == "table" then
      print()
      print(report.grouped(answers))
      print(summary(rows))
    end
    all_ok = all_ok and #errors == 0
    for _, row in ipairs(rows) do all_ok = all_ok and row.status == "ok" end
    return all_ok and 0 or INCOMPLETE
  end,
}
