-- When something is to be on: `mon-fri 08:00-18:00 Europe/Berlin`, as people write it into a tag.

local options = require "options"

local schedule = {}

---@class schedule.Schedule
---@field text string As it was written.
---@field zone string
---@field windows schedule.Window[]

---A time of a day on some days of the week. One that ends before it begins ends on the next day.
---@class schedule.Window
---@field days table<integer, true> 1 is Monday.
---@field from integer Minutes after midnight.
---@field to integer

---@class schedule.Options
---@field zone? string The zone of a schedule that names none; "UTC" if it is not said.

---Schedules by name.
---@type table<string, string>
schedule.NAMES = {
  always = "daily 00:00-24:00",
  never = "",
  ["24x7"] = "daily 00:00-24:00",
  ["office-hours"] = "mon-fri 08:00-18:00",
  ["business-hours"] = "mon-fri 08:00-18:00",
  ["extended-hours"] = "mon-fri 06:00-22:00",
  weekdays = "mon-fri 00:00-24:00",
  weekends = "sat-sun 00:00-24:00",
}

---@type table<string, integer?>
local DAYS = { mon = 1, tue = 2, wed = 3, thu = 4, fri = 5, sat = 6, sun = 7 }
---@type table<string, integer[]?>
local GROUPS = { daily = { 1, 7 }, weekdays = { 1, 5 }, weekends = { 6, 7 } }

local DAY = 24 * 60
local WEEK = 7 * DAY

local EXAMPLE = 'write as in "mon-fri 08:00-18:00 Europe/Berlin", or a name such as office-hours'

---@return never
local function wrong(text, why)
  error("'" .. text .. "' is no schedule: " .. why .. "; " .. EXAMPLE, 0)
end

local function add_days(days, from, to)
  local day = from
  while true do
    days[day] = true
    if day == to then return end
    day = day % 7 + 1
  end
end

-- `mon-fri`, `mon,wed`, `fri-mon`, `daily`; `+` is a comma for services that allow none in tags.
local function days_of(word)
  local days = {}
  for part in word:gmatch "[^,+]+" do
    local group = GROUPS[part]
    local from, to = part:match "^(%a+)%-(%a+)$"
    if group then
      add_days(days, group[1], group[2])
    elseif from and DAYS[from] and DAYS[to] then
      add_days(days, DAYS[from], DAYS[to])
    else
      local day = DAYS[part]
      if not day then return nil end
      days[day] = true
    end
  end
  return next(days) and days
end

local function minutes_of(text)
  local hours, minutes = text:match "^(%d%d?):(%d%d)$"
  local hour, minute = math.tointeger(tonumber(hours)), math.tointeger(tonumber(minutes))
  if not (hour and minute) or minute > 59 or hour > 24 or hour == 24 and minute > 0 then return nil end
  return hour * 60 + minute
end

-- `08:00-12:00,13:00-18:00`
local function times_of(text, word)
  local times = {}
  for part in word:gmatch "[^,+]+" do
    local from, to = part:match "^([%d:]+)%-([%d:]+)$"
    local first, last = minutes_of(from or ""), minutes_of(to or "")
    if not (first and last) then wrong(text, "'" .. part .. "' is no time of a day") end
    if first == last or first == DAY then wrong(text, "'" .. part .. "' has no length") end
    times[#times + 1] = { from = first, to = last }
  end
  return times
end

local function check_zone(text, zone)
  if not pcall(function() return time.now():format("%z", zone) end) then
    wrong(text, "there is no time zone '" .. zone .. "'")
  end
  return zone
end

-- The words up to a zone, which is the last one and looks like nothing else.
local function split_zone(text, body, default)
  local rest, last = body:match "^(.-)%s*(%S+)$"
  if not last or last:find "^%d" or days_of(last:lower()) or last:lower() == "and" then return body, default end
  return rest, check_zone(text, last)
end

local function window(windows, text, part)
  local days_word, times_word = part:match "^(%S+)%s+(%S+)$"
  if not days_word then days_word, times_word = "daily", part end
  local days = days_of(days_word:lower())
  if not days then wrong(text, "'" .. days_word .. "' are no days") end
  for _, times in ipairs(times_of(text, times_word)) do
    windows[#windows + 1] = { days = days, from = times.from, to = times.to }
  end
end

---Reads a schedule: days and times, several of them between `;` or `and`, then a time zone; or a name
---of `schedule.NAMES`, which a zone can follow. Case does not matter, but for the zone. What cannot be
---read is an error that says why.
---@param text string
---@param given? schedule.Options
---@return schedule.Schedule
function schedule.parse(text, given)
  local read = options.read("schedule.parse", given, { zone = { "string", default = "UTC" } })
  local body = text:match "^%s*(.-)%s*$" or ""
  local name, after = body:match "^(%S+)%s*(.*)$"
  if not (name and after) then wrong(text, "it is empty") end
  local named = schedule.NAMES[name:lower()]
  local zone = check_zone(text, read.zone)
  -- `weekdays` alone is a name, and before a time it is days.
  if named and not after:find "^%d" then
    if after ~= "" then zone = check_zone(text, after) end
    body = named
  else
    body, zone = split_zone(text, body, zone)
    if body == "" then wrong(text, "it has no times") end
  end
  local windows = {}
  for part in (body:gsub("%s+[aA][nN][dD]%s+", ";")):gmatch "[^;]+" do
    window(windows, text, part:match "^%s*(.-)%s*$")
  end
  return { text = text, zone = zone, windows = windows }
end

---@param of string|schedule.Schedule
---@param given? schedule.Options
---@return schedule.Schedule
local function parsed(of, given)
  return type(of) == "string" and schedule.parse(of, given) or of --[[@as schedule.Schedule]]
end

-- The minute of the week on the clocks of a zone.
local function local_minute(at, zone)
  local function field(pattern) return math.tointeger(tonumber(at:format(pattern, zone))) or 0 end
  return (field "%u" - 1) * DAY + field "%H" * 60 + field "%M"
end

local function is_within(minute, one)
  local length = (one.to - one.from) % DAY
  if length == 0 then length = DAY end
  for day in pairs(one.days) do
    if (minute - (day - 1) * DAY - one.from) % WEEK < length then return true end
  end
  return false
end

---Whether it is to be on at a time, now if it is not said.
---@param of string|schedule.Schedule
---@param at? Time
---@param given? schedule.Options
---@return boolean
function schedule.is_on(of, at, given)
  local plan = parsed(of, given)
  local minute = local_minute(at or time.now(), plan.zone)
  for _, one in ipairs(plan.windows) do
    if is_within(minute, one) then return true end
  end
  return false
end

-- Every minute of the week at which a window begins or ends.
local function edges(plan)
  local minutes = {}
  for _, one in ipairs(plan.windows) do
    local length = (one.to - one.from) % DAY
    if length == 0 then length = DAY end
    for day in pairs(one.days) do
      local from = (day - 1) * DAY + one.from
      minutes[#minutes + 1] = from % WEEK
      minutes[#minutes + 1] = (from + length) % WEEK
    end
  end
  return minutes
end

-- The moment, so many minutes of a zone's clocks away: where these are put forward or back
-- meanwhile, what they show there is not what was meant, and is mended.
---@param start Time
---@return Time
local function moved(start, minutes, zone, wanted)
  local at = start + minutes * 60 --[[@as Time]]
  local off = (wanted - local_minute(at, zone) + WEEK // 2) % WEEK - WEEK // 2
  return at + off * 60 --[[@as Time]]
end

local function whole_minute(at)
  return time.from_unix(at:unix() // 60 * 60)
end

-- The nearest edge at which it is switched, looked for forwards (1) or backwards (-1).
local function switched(of, at, given, direction)
  local plan = parsed(of, given)
  local start = whole_minute(at or time.now())
  local minute, nearest = local_minute(start, plan.zone), nil
  for _, edge in ipairs(edges(plan)) do
    local distance = direction * ((direction * (edge - minute)) % WEEK)
    if direction > 0 and distance == 0 then distance = WEEK end
    local moment = moved(start, distance, plan.zone, edge)
    local changes = schedule.is_on(plan, moment) ~= schedule.is_on(plan, moment + -60)
    if changes and (not nearest or direction * (moment - nearest) < 0) then nearest = moment end
  end
  return nearest
end

---When it is switched next after a time, now if it is not said; nil where it never is.
---@param of string|schedule.Schedule
---@param at? Time
---@param given? schedule.Options
---@return Time?
function schedule.next_change(of, at, given)
  return switched(of, at, given, 1)
end

---When it was switched last before a time, or at it.
---@param of string|schedule.Schedule
---@param at? Time
---@param given? schedule.Options
---@return Time?
function schedule.last_change(of, at, given)
  return switched(of, at, given, -1)
end

return schedule
