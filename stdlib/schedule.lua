-- Weekly schedules as text, for tags: `mon-fri 08:00-18:00 Europe/Berlin`.

local options = require "options"

local schedule = {}

---@class schedule.Schedule
---@field text string The original text.
---@field zone string
---@field windows schedule.Window[]

---A time range on some days of the week. If it ends before it begins, it ends on the next day.
---@class schedule.Window
---@field days table<integer, true> 1 is Monday.
---@field from integer Minutes after midnight.
---@field to integer

---@class schedule.Options
---@field zone? string The time zone of a schedule without one. Default: "UTC".

---Named schedules.
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

local EXAMPLE = 'use a form such as "mon-fri 08:00-18:00 Europe/Berlin", or a name such as office-hours'

---@return never
local function invalid(text, reason)
  error("'" .. text .. "' is not a schedule: " .. reason .. "; " .. EXAMPLE, 0)
end

local function add_days(days, from, to)
  local day = from
  while true do
    days[day] = true
    if day == to then return end
    day = day % 7 + 1
  end
end

-- `mon-fri`, `mon,wed`, `fri-mon`, `daily`; `+` replaces the comma for services whose tags must not contain one.
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
    if not (first and last) then invalid(text, "'" .. part .. "' is not a time range") end
    if first == last or first == DAY then invalid(text, "'" .. part .. "' is an empty time range") end
    times[#times + 1] = { from = first, to = last }
  end
  return times
end

local function check_zone(text, zone)
  if not pcall(function() return time.now():format("%z", zone) end) then
    invalid(text, "'" .. zone .. "' is not a time zone")
  end
  return zone
end

-- Splits off the time zone: the last word, unless it is a time, a day or "and".
local function split_zone(text, body, default)
  local rest, last = body:match "^(.-)%s*(%S+)$"
  if not last or last:find "^%d" or days_of(last:lower()) or last:lower() == "and" then return body, default end
  return rest, check_zone(text, last)
end

local function window(windows, text, part)
  local days_word, times_word = part:match "^(%S+)%s+(%S+)$"
  if not days_word then days_word, times_word = "daily", part end
  local days = days_of(days_word:lower())
  if not days then invalid(text, "'" .. days_word .. "' is not a list of days") end
  for _, times in ipairs(times_of(text, times_word)) do
    windows[#windows + 1] = { days = days, from = times.from, to = times.to }
  end
end

---Parses a schedule: days and times, separated by `;` or `and`, then a time zone; or a name of
---`schedule.NAMES`, with an optional time zone. Only the time zone is case-sensitive. Raises an error with
---the reason if the text is not a schedule.
---@param text string
---@param opts? schedule.Options
---@return schedule.Schedule
function schedule.parse(text, opts)
  local settings = options.read("schedule.parse", opts, { zone = { "string", default = "UTC" } })
  local body = text:match "^%s*(.-)%s*$" or ""
  local name, after = body:match "^(%S+)%s*(.*)$"
  if not (name and after) then invalid(text, "it is empty") end
  local named = schedule.NAMES[name:lower()]
  local zone = check_zone(text, settings.zone)
  -- `weekdays` alone is a name; before a time it is a list of days.
  if named and not after:find "^%d" then
    if after ~= "" then zone = check_zone(text, after) end
    body = named
  else
    body, zone = split_zone(text, body, zone)
    if body == "" then invalid(text, "it has no time range") end
  end
  local windows = {}
  for part in (body:gsub("%s+[aA][nN][dD]%s+", ";")):gmatch "[^;]+" do
    window(windows, text, part:match "^%s*(.-)%s*$")
  end
  return { text = text, zone = zone, windows = windows }
end

---@param plan string|schedule.Schedule
---@param opts? schedule.Options
---@return schedule.Schedule
local function parsed(plan, opts)
  return type(plan) == "string" and schedule.parse(plan, opts) or plan --[[@as schedule.Schedule]]
end

-- The local minute of the week in a time zone.
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

---Returns whether a schedule is on at a time. Default: now.
---@param plan string|schedule.Schedule
---@param at? Time
---@param opts? schedule.Options
---@return boolean
function schedule.is_on(plan, at, opts)
  local timetable = parsed(plan, opts)
  local minute = local_minute(at or time.now(), timetable.zone)
  for _, one in ipairs(timetable.windows) do
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

-- Returns the time that is a number of local minutes away. If the clocks change in between, the result is
-- corrected to the wanted local minute.
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

-- The nearest edge at which the schedule changes, forwards (1) or backwards (-1).
local function nearest_change(plan, at, opts, direction)
  local timetable = parsed(plan, opts)
  local start = whole_minute(at or time.now())
  local minute, nearest = local_minute(start, timetable.zone), nil
  for _, edge in ipairs(edges(timetable)) do
    local distance = direction * ((direction * (edge - minute)) % WEEK)
    if direction > 0 and distance == 0 then distance = WEEK end
    local moment = moved(start, distance, timetable.zone, edge)
    local changes = schedule.is_on(timetable, moment) ~= schedule.is_on(timetable, moment + -60)
    if changes and (not nearest or direction * (moment - nearest) < 0) then nearest = moment end
  end
  return nearest
end

---Returns the next time after `at` (default: now) when the schedule changes. Nil if it never changes.
---@param plan string|schedule.Schedule
---@param at? Time
---@param opts? schedule.Options
---@return Time?
function schedule.next_change(plan, at, opts)
  return nearest_change(plan, at, opts, 1)
end

---Returns the last time before or at `at` (default: now) when the schedule changed. Nil if it never changes.
---@param plan string|schedule.Schedule
---@param at? Time
---@param opts? schedule.Options
---@return Time?
function schedule.last_change(plan, at, opts)
  return nearest_change(plan, at, opts, -1)
end

return schedule
