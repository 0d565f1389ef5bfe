-- Session Manager: who is, or was, logged in where, and how to get a session.

local nodes = require "nodes"
local options = require "options"
local rows = require "rows"

local sessions = {}

---@class sessions.Session
---@field name string The machine's.
---@field instance_id string
---@field session_id string
---@field owner string The ARN of whose it is.
---@field status string
---@field reason string
---@field document_name string
---@field age integer Seconds since it began.
---@field start_date Time
---@field end_date? Time

---@class sessions.Options
---@field target? string The id of a machine.
---@field owner? string An ARN.
---@field max_age? string|integer Only those that began in this time.

local SPECS = { target = { "string" }, owner = { "string" }, max_age = { "duration" } }

local function of_state(state, asked)
  local filters = {}
  local function filter(key, value)
    if value then filters[#filters + 1] = { key = key, value = value } end
  end
  filter("Target", asked.target)
  filter("Owner", asked.owner)
  filter("InvokedAfter", asked.max_age and (time.now() - asked.max_age):format "%Y-%m-%dT%H:%M:%SZ")
  local name_of, found = nodes.namer(), {}
  for session in ssm.describe_sessions.items { state = state, filters = #filters > 0 and filters or nil } do
    found[#found + 1] = {
      name = name_of(session.target or ""),
      instance_id = session.target,
      session_id = session.session_id,
      owner = session.owner,
      status = session.status,
      reason = session.reason or "",
      document_name = session.document_name,
      start_date = session.start_date,
      end_date = session.end_date,
      age = rows.age(session.start_date),
    }
  end
  return rows.sorted(found, "age", "session_id")
end

---The sessions that are open, the newest first.
---@param given? sessions.Options
---@return sessions.Session[]
function sessions.open(given)
  return of_state("Active", options.read("sessions.open", given, SPECS))
end

---Those of the last month that have ended, the newest first.
---@param given? sessions.Options
---@return sessions.Session[]
function sessions.past(given)
  return of_state("History", options.read("sessions.past", given, SPECS))
end

---@class sessions.StartOptions
---@field port? integer Forwards this port of the machine instead of opening a shell.
---@field local_port? integer The port here; without it, the same.
---@field profile? string

---The command that opens a session: AWS's own tool and its session-manager-plugin do, as the data
---channel is theirs. Nothing is started here, so no session is left open behind.
---@param instance_id string
---@param given? sessions.StartOptions
---@return string
function sessions.command(instance_id, given)
  local asked = options.read("sessions.command", given, {
    port = { "integer" },
    local_port = { "integer" },
    profile = { "string" },
  })
  local words = { "aws ssm start-session --target", sh.quote(instance_id), "--region", sh.quote(aws.region or "") }
  local function add(...)
    for _, word in ipairs { ... } do words[#words + 1] = word end
  end
  if asked.profile then add("--profile", sh.quote(asked.profile)) end
  if asked.port then
    local here = tostring(asked.local_port or asked.port)
    local parameters = { portNumber = { tostring(asked.port) }, localPortNumber = { here } }
    add("--document-name AWS-StartPortForwardingSession --parameters", sh.quote(json.encode(parameters)))
  end
  return table.concat(words, " ")
end

---Says on standard output how to open a session, where the machine can have one.
---@param instance_id string
---@param given? sessions.StartOptions
function sessions.start(instance_id, given)
  local node = nodes.managed({ ids = { instance_id } })[1]
  if not node then error("Systems Manager does not know " .. instance_id .. ": it can have no session", 0) end
  if node.ping_status ~= "Online" then
    error("the agent of " .. instance_id .. " was last heard of " .. time.ago(node.last_ping_date_time) .. " ago", 0)
  end
  print(sessions.command(instance_id, given))
end

---Ends sessions.
---@param ids string[] Not empty: none is not all.
---@return { session_id: string, status: string }[]
function sessions.terminate(ids)
  if #ids == 0 then error("sessions.terminate: no ids are given, and none is not all", 0) end
  local done = {}
  for at, id in ipairs(ids) do
    local answer = ssm.terminate_session { session_id = id }
    done[at] = { session_id = id, status = type(answer) == "userdata" and "planned" or "terminated" }
  end
  return done
end

return sessions
