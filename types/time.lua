---@meta _

---A point in time: comparable, subtractable, ISO 8601 in `tostring`.
---@class Time
---@operator add(number): Time
---@operator sub(number): Time
---@operator sub(Time): number
---@operator concat(any): string
local Time = {}

---Seconds since 1970.
---@return number
function Time:unix() end

---`2026-01-31`, in UTC.
---@return string
function Time:date() end

---@param pattern string As of strftime, such as "%Y-%m-%d %H:%M".
---@param zone? string "Europe/Berlin", "local" or, if it is not said, "UTC".
---@return string
function Time:format(pattern, zone) end

---Points in time, and durations in seconds.
---@class time
time = {}

---@return Time
function time.now() end

---ISO 8601; without an offset, or as a mere date, it is UTC.
---@param text string|Time
---@return Time
function time.parse(text) end

---@param seconds number Since 1970.
---@return Time
function time.from_unix(seconds) end

---The seconds of a text such as "1h30m", with a fraction where it has one; a number is seconds already.
---@param text string|number
---@return integer seconds
function time.duration(text) end

---@param n number
---@return integer seconds
function time.minutes(n) end

---@param n number
---@return integer seconds
function time.hours(n) end

---@param n number
---@return integer seconds
function time.days(n) end

---How long ago a time was, in its largest unit: "3d", "5m"; "in 3d" if it is yet to come.
---@param t Time
---@return string
function time.ago(t) end

---Seconds of a clock that nobody turns back, for measuring.
---@return number
function time.clock() end
