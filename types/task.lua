---@meta _

---Runs functions at the same time: while one function waits, the others continue.
---@class task
task = {}

---@class task.MapOptions
---@field limit? integer The maximum number of calls at the same time. Default: 16.
---@field on_error? "raise"|"collect" "raise" cancels all at the first error; "collect" continues. Default: "raise".

---@class task.Failure
---@field index integer
---@field item any
---@field error any

---Calls a function for every item, and returns the results in the order of the items.
---@generic T, R
---@param list T[]
---@param fn fun(item: T, index: integer): R
---@param options? task.MapOptions
---@return R[] results
---@return task.Failure[] errors Only with `on_error = "collect"`.
function task.map(list, fn, options) end

---Runs all functions at the same time, and returns the result of each under its key.
---@param functions table<any, fun(): any>
---@return table
function task.all(functions) end

---Runs all functions until the first one finishes, and returns its result and its key.
---@generic R
---@param functions table<any, fun(): R>
---@return R result
---@return any key
function task.race(functions) end

---Calls a function with a time limit. Cancels it and raises an error if it takes longer.
---@generic R
---@param duration string|number
---@param fn fun(...: any): R
---@param ... any The arguments of the function.
---@return R
function task.timeout(duration, fn, ...) end

---Waits for this time.
---@param duration string|number Seconds, or text such as "500ms".
function task.sleep(duration) end
