-- Session Manager: open and past sessions, and the command that opens a session.

local nodes = require "nodes"
local options = require "options"
local rows = require "rows"

local sessions = {}

---@class sessions.Session
---@field name string The machine's name.
---@field instance_id string
---@field session_id string
---@field owner string The ARN of the principal that opened the session.
---@field status string
---@field reason string
---@field document_name string
---@field age integer Seconds since the start.
---@field start_date Time
---@field end_date? Time

---@class sessions.Options
---@field target? string The id of a machine.
---@field owner? string The ARN of the principal that opened the session.
---@field max_age? string|integer Only sessions that started within this time.

local SPECS = { target = { "string" }, owner = { "string" }, max_age = { "duration" } }

local function list_sessions(state, settings)
  local filters = {}
  local function filter(key, value)
    if value then filters[#filters + 1] = { key = key, value = value } end
  end
  filter("Target", settings.target)
  filter("Owner", settings.owner)
  filter("InvokedAfter", settings.max_age and (time.now() - settings.max_age):format "%Y-%m-%dT%H:%M:%SZ")
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

---Returns the open sessions, the newest first.
---@param opts? sessions.Options
---@return sessions.Session[]
function sessions.open(opts)
  return list_sessions("Active", options.read("sessions.open", opts, SPECS))
end

---Returns the sessions that ended within the last 30 days, the newest first.
---@param opts? sessions.Options
---@return sessions.Session[]
function sessions.past(opts)
  return list_sessions("History", options.read("sessions.past", opts, SPECS))
end

---@class sessions.StartOptions
---@field port? integer Forward this port of the machine instead of opening a shell.
---@field local_port? integer The local port. Default: the same as `port`.
---@field profile? string

---Returns the command that opens a session with the AWS CLI and its session-manager-plugin, because the data
---channel needs the plugin. The function starts nothing, so it leaves no session open.
---@param instance_id string
---@param opts? sessions.StartOptions
---@return string
function sessions.command(instance_id, opts)
  local settings = options.read("sessions.command", opts, {
    port = { "integer" },
    local_port = { "integer" },
    profile = { "string" },
  })
  local words = { "aws ssm start-session --target", sh.quote(instance_id), "--region", sh.quote(aws.region or "") }
  local function add(...)
    for _, word in ipairs { ... } do words[#words + 1] = word end
  end
  if settings.profile then add("--profile", sh.quote(settings.profile)) end
  if settings.port then
    local here = tostring(settings.local_port or settings.port)
    local parameters = { portNumber = { tostring(settings.port) }, localPortNumber = { here } }
    add("--document-name AWS-StartPortForwardingSession --parameters", sh.quote(json.encode(parameters)))
  end
  return table.concat(words, " ")
end

---Prints the command that opens a session. Raises an error if the machine cannot have one.
---@param instance_id string
---@param opts? sessions.StartOptions
function sessions.start(instance_id, opts)
  local node = nodes.managed({ ids = { instance_id } })[1]
  if not node then error("no session is possible: Systems Manager does not manage " .. instance_id, 0) end
  if node.ping_status ~= "Online" then
    local last_ping = time.ago(node.last_ping_date_time)
    error("no session is possible: the agent of " .. instance_id .. " was last online " .. last_ping .. " ago", 0)
  end
  print(sessions.command(instance_id, opts))
end

---Ends sessions.
---@param ids string[] Must not be empty: an empty list does not mean all.
---@return { session_id: string, status: string }[]
function sessions.terminate(ids)
  if #ids == 0 then error("sessions.terminate: the list of ids is empty; name at least one session", 0) end
  local done = {}
  for at, id in ipairs(ids) do
    local answer = ssm.terminate_session { session_id = id }
    done[at] = { session_id = id, status = type(answer) == "userdata" and "planned" or "terminated" }
  end
  return done
end

return sessions
