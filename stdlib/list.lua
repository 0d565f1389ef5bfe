-- Operations on lists, such as the rows that AWS and the library return. Every function returns a new list
-- or table and does not change its argument. A new list is created by `json.list`, so that an empty list is
-- still printed and encoded as a list.

local list = {}

-- Returns a function that reads a key of an item. A key is a field's name, a path of names, or a function.
local function getter(key)
  if type(key) == "function" then return key end
  if type(key) ~= "string" then
    error("a key must be a field's name, a path such as \"state.name\", or a function, not a " .. type(key), 3)
  end
  if not key:find(".", 1, true) then return function(item) return item[key] end end
  local path = {}
  for name in key:gmatch "[^.]+" do path[#path + 1] = name end
  return function(item)
    -- A field may itself have dots in its name, as tags do.
    if item[key] ~= nil then return item[key] end
    local value = item
    for at, name in ipairs(path) do
      if type(value) ~= "table" then return nil end
      local rest = table.concat(path, ".", at)
      if value[rest] ~= nil then return value[rest] end
      value = value[name]
    end
    return value
  end
end

---Returns the results of a function for each item. Nil results are left out.
---@generic T, U
---@param items T[]
---@param fn fun(item: T, position: integer): U?
---@return U[]
function list.map(items, fn)
  local mapped = json.list()
  for position, item in ipairs(items) do mapped[#mapped + 1] = fn(item, position) end
  return mapped
end

---Returns the value of a key for each item. Items without a value are left out.
---@generic T
---@param items T[]
---@param key string|fun(item: T): any
---@return any[]
function list.pluck(items, key)
  local get = getter(key)
  return list.map(items, function(item) return get(item) end)
end

---Returns the items for which the function is true.
---@generic T
---@param items T[]
---@param fn fun(item: T, position: integer): any
---@return T[]
function list.filter(items, fn)
  local kept = json.list()
  for position, item in ipairs(items) do
    if fn(item, position) then kept[#kept + 1] = item end
  end
  return kept
end

---Returns the items for which the function is false.
---@generic T
---@param items T[]
---@param fn fun(item: T, position: integer): any
---@return T[]
function list.reject(items, fn)
  return list.filter(items, function(item, position) return not fn(item, position) end)
end

---Returns the items for which the function is true, and the others.
---@generic T
---@param items T[]
---@param fn fun(item: T, position: integer): any
---@return T[] matching
---@return T[] others
function list.partition(items, fn)
  local matching, others = json.list(), json.list()
  for position, item in ipairs(items) do
    local into = fn(item, position) and matching or others
    into[#into + 1] = item
  end
  return matching, others
end

---Returns the first item for which the function is true, and its position. Nil if there is none.
---@generic T
---@param items T[]
---@param fn fun(item: T, position: integer): any
---@return T?
---@return integer?
function list.find(items, fn)
  for position, item in ipairs(items) do
    if fn(item, position) then return item, position end
  end
end

---Returns whether the function is true for at least one item; without a function, whether the list has an item.
---@generic T
---@param items T[]
---@param fn? fun(item: T): any
---@return boolean
function list.any(items, fn)
  for _, item in ipairs(items) do
    if not fn or fn(item) then return true end
  end
  return false
end

---Returns whether the function is true for every item. True for an empty list.
---@generic T
---@param items T[]
---@param fn fun(item: T): any
---@return boolean
function list.all(items, fn)
  for _, item in ipairs(items) do
    if not fn(item) then return false end
  end
  return true
end

---Returns whether the list contains a value.
---@param items any[]
---@param value any
---@return boolean
function list.contains(items, value)
  return list.find(items, function(item) return item == value end) ~= nil
end

---Combines the items with a function, from a first value.
---@generic T, A
---@param items T[]
---@param fn fun(so_far: A, item: T): A
---@param first A
---@return A
function list.reduce(items, fn, first)
  local so_far = first
  for _, item in ipairs(items) do so_far = fn(so_far, item) end
  return so_far
end

---Groups the items by a key. Items without the key are left out.
---@generic T
---@param items T[]
---@param key string|fun(item: T): any
---@return table<any, T[]>
function list.group_by(items, key)
  local get, groups = getter(key), {}
  for _, item in ipairs(items) do
    local name = get(item)
    if name ~= nil then
      groups[name] = groups[name] or {}
      table.insert(groups[name], item)
    end
  end
  return groups
end

---Counts the items by a key. Items without the key are left out.
---@generic T
---@param items T[]
---@param key string|fun(item: T): any
---@return table<any, integer>
function list.count_by(items, key)
  local get, counts = getter(key), {}
  for _, item in ipairs(items) do
    local name = get(item)
    if name ~= nil then counts[name] = (counts[name] or 0) + 1 end
  end
  return counts
end

---Indexes the items by a unique key. If several items share a key, the last one wins.
---@generic T
---@param items T[]
---@param key string|fun(item: T): any
---@return table<any, T>
function list.index_by(items, key)
  local get, index = getter(key), {}
  for _, item in ipairs(items) do
    local name = get(item)
    if name ~= nil then index[name] = item end
  end
  return index
end

-- Sorting.

-- A key and its direction: "-age" is descending.
local function order_of(key)
  local descending = type(key) == "string" and key:sub(1, 1) == "-"
  return { get = getter(descending and key:sub(2) or key), descending = descending }
end

local KINDS = { boolean = 1, number = 2, string = 3 }

-- Returns a number below 0 if `a` comes first. Values of different types have an order too.
local function compared(a, b)
  if a == b then return 0 end
  local kind_a, kind_b = KINDS[type(a)] or 4, KINDS[type(b)] or 4
  if kind_a ~= kind_b then return kind_a - kind_b end
  if type(a) == "boolean" then return a and 1 or -1 end
  return a < b and -1 or 1
end

---Sorts the items by one or more keys: field names, paths or functions. A minus before a name sorts in
---descending order. The sort is stable, and items without a value come last.
---@generic T
---@param items T[]
---@param ... string|fun(item: T): any
---@return T[]
function list.sort_by(items, ...)
  local orders = {}
  for _, key in ipairs { ... } do orders[#orders + 1] = order_of(key) end
  if #orders == 0 then error("list.sort_by: a key is missing; for example list.sort_by(rows, \"name\")", 2) end
  local decorated = {}
  for position, item in ipairs(items) do
    local values = {}
    for at, order in ipairs(orders) do values[at] = order.get(item) end
    decorated[position] = { item = item, position = position, values = values }
  end
  table.sort(decorated, function(a, b)
    for at, order in ipairs(orders) do
      local left, right = a.values[at], b.values[at]
      if left == nil or right == nil then
        if left ~= right then return right == nil end
      else
        local difference = compared(left, right)
        if difference ~= 0 then return (difference < 0) ~= order.descending end
      end
    end
    return a.position < b.position
  end)
  return list.map(decorated, function(entry) return entry.item end)
end

---Reverses the items.
---@generic T
---@param items T[]
---@return T[]
function list.reverse(items)
  local reversed = json.list()
  for at = #items, 1, -1 do reversed[#reversed + 1] = items[at] end
  return reversed
end

-- Numbers.

---Returns the sum of the items, or of a key of the items.
---@generic T
---@param items T[]
---@param key? string|fun(item: T): number? Default: the items themselves, as numbers.
---@return number
function list.sum(items, key)
  local get = key and getter(key) or function(item) return item end
  return list.reduce(items, function(so_far, item) return so_far + (get(item) or 0) end, 0)
end

local function best(items, key, is_better)
  local get = getter(key)
  local found, value
  for _, item in ipairs(items) do
    local its = get(item)
    if its ~= nil and (value == nil or is_better(its, value)) then
      found, value = item, its
    end
  end
  return found
end

---Returns the item with the lowest value of a key, the first one if several are equal. Nil if no item has a value.
---@generic T
---@param items T[]
---@param key string|fun(item: T): any
---@return T?
function list.min_by(items, key)
  return best(items, key, function(a, b) return a < b end)
end

---Returns the item with the highest value of a key, the first one if several are equal. Nil if no item has a value.
---@generic T
---@param items T[]
---@param key string|fun(item: T): any
---@return T?
function list.max_by(items, key)
  return best(items, key, function(a, b) return a > b end)
end

-- Shapes.

---Removes duplicates: keeps the first of all items that are equal or, with a key, have the same value of the key.
---@generic T
---@param items T[]
---@param key? string|fun(item: T): any
---@return T[]
function list.unique(items, key)
  local get = key and getter(key) or function(item) return item end
  local seen, kept = {}, json.list()
  for _, item in ipairs(items) do
    local name = get(item)
    if name == nil or not seen[name] then kept[#kept + 1] = item end
    if name ~= nil then seen[name] = true end
  end
  return kept
end

---Joins lists into one list.
---@generic T
---@param lists T[][]
---@return T[]
function list.flatten(lists)
  local flat = json.list()
  for _, inner in ipairs(lists) do
    for _, item in ipairs(inner) do flat[#flat + 1] = item end
  end
  return flat
end

---Returns the first `count` items, or all if there are fewer.
---@generic T
---@param items T[]
---@param count integer
---@return T[]
function list.take(items, count)
  return table.move(items, 1, math.max(0, math.min(count, #items)), 1, json.list())
end

---Returns all items except the first `count`.
---@generic T
---@param items T[]
---@param count integer
---@return T[]
function list.skip(items, count)
  return table.move(items, math.max(0, count) + 1, #items, 1, json.list())
end

---Splits the items into lists of `size` items. The last list may be shorter.
---@generic T
---@param items T[]
---@param size integer
---@return T[][]
function list.chunk(items, size)
  if math.type(size) ~= "integer" or size < 1 then
    error("list.chunk: the size must be an integer of at least 1, not " .. tostring(size), 2)
  end
  local chunks = json.list()
  for from = 1, #items, size do
    chunks[#chunks + 1] = table.move(items, from, math.min(from + size - 1, #items), 1, json.list())
  end
  return chunks
end

---Returns pairs of the items at the same positions. The result is as long as the shorter list.
---@generic A, B
---@param left A[]
---@param right B[]
---@return [A, B][]
function list.zip(left, right)
  local pairs_of_both = json.list()
  for at = 1, math.min(#left, #right) do pairs_of_both[at] = { left[at], right[at] } end
  return pairs_of_both
end

---Returns the keys of a table, sorted.
---@generic K
---@param map table<K, any>
---@return K[]
function list.keys(map)
  local keys = json.list()
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return compared(a, b) < 0 end)
  return keys
end

---Returns the values of a table in the order of their keys.
---@generic V
---@param map table<any, V>
---@return V[]
function list.values(map)
  return list.map(list.keys(map), function(key) return map[key] end)
end

---Returns a table with the items as keys, for lookups.
---@generic T
---@param items T[]
---@return table<T, true>
function list.set(items)
  local set = {}
  for _, item in ipairs(items) do set[item] = true end
  return set
end

return list
