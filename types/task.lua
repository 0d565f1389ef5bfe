---@meta _

---Many at once, in plain blocking style: while one function waits, the others go on.
---@class task
task = {}

---@class task.MapOptions
---@field limit? integer How many run at once, 16 if it is not said.
---@field on_error? "raise"|"collect" Whether the first error ends all, or all go on.

---@class task.Failure
---@field index integer
---@field item any
---@field error any

---Calls a function for every item; the results are in the order of the items.
---@generic T, R
---@param list T[]
---@param fn fun(item: T, index: integer): R
---@param options? task.MapOptions
---@return R[] results
---@return task.Failure[] errors Only with `on_error = "collect"`.
function task.map(list, fn, options) end

---Runs all functions at once, and gives the result of each under its key.
---@param functions table<any, fun(): any>
---@return table
function task.all(functions) end

---Runs all functions until the first is done, and gives its result and its key.
---@generic R
---@param functions table<any, fun(): R>
---@return R result
---@return any key
function task.race(functions) end

---Calls a function, and cancels it with an error where it takes longer.
---@generic R
---@param duration string|number
---@param fn fun(...: any): R
---@param ... any What the function is given.
---@return R
function task.timeout(duration, fn, ...) end

---@param duration string|number Seconds, or text such as "500ms".
function task.sleep(duration) end
