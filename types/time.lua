---@meta _

---A point in time. Times can be compared and subtracted; `tostring` returns ISO 8601.
---@class Time
---@operator add(number): Time
---@operator sub(number): Time
---@operator sub(Time): number
---@operator concat(any): string
local Time = {}

---Returns the seconds since 1970.
---@return number
function Time:unix() end

---Returns the date in UTC, for example "2026-01-31".
---@return string
function Time:date() end

---Returns the time as text.
---@param pattern string A pattern of strftime, for example "%Y-%m-%d %H:%M".
---@param zone? string A time zone, for example "Europe/Berlin", or "local". Default: "UTC".
---@return string
function Time:format(pattern, zone) end

---Points in time, and durations in seconds.
---@class time
time = {}

---Returns the current time.
---@return Time
function time.now() end

---Reads a time in ISO 8601. A time without an offset, or a date alone, is in UTC.
---@param text string|Time
---@return Time
function time.parse(text) end

---Returns the time that is this many seconds after the start of 1970.
---@param seconds number
---@return Time
function time.from_unix(seconds) end

---Returns a duration such as "1h30m" in seconds, with a fraction if it has one. Numbers are returned unchanged.
---@param text string|number
---@return integer seconds
function time.duration(text) end

---Returns minutes in seconds.
---@param n number
---@return integer seconds
function time.minutes(n) end

---Returns hours in seconds.
---@param n number
---@return integer seconds
function time.hours(n) end

---Returns days in seconds.
---@param n number
---@return integer seconds
function time.days(n) end

---Returns how long ago a time was, in its largest unit, for example "3d" or "5m"; "in 3d" for a time in the future.
---@param t Time
---@return string
function time.ago(t) end

---Returns the seconds of a monotonic clock, for measuring durations.
---@return number
function time.clock() end
