-- Lists: what is done again and again with the rows that AWS and the library give. Every function
-- gives a new list or table and leaves the one that it was given as it is. A new list is one of `json.list`,
-- so that an empty one is still a list where it is printed or encoded.

local list = {}

-- How an item's key is said: a field's name, a path of them, or a function of the item.
local function getter(key)
  if type(key) == "function" then return key end
  if type(key) ~= "string" then
    error("a key is a field's name, a path such as \"state.name\", or a function, not a " .. type(key), 3)
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

---What a function makes of each item. Where it gives nil there is no item.
---@generic T, U
---@param items T[]
---@param fn fun(item: T, position: integer): U?
---@return U[]
function list.map(items, fn)
  local mapped = json.list()
  for position, item in ipairs(items) do mapped[#mapped + 1] = fn(item, position) end
  return mapped
end

---The values that a field has, or a function gives, of all items that have one.
---@generic T
---@param items T[]
---@param key string|fun(item: T): any
---@return any[]
function list.pluck(items, key)
  local get = getter(key)
  return list.map(items, function(item) return get(item) end)
end

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

---What `filter` leaves out.
---@generic T
---@param items T[]
---@param fn fun(item: T, position: integer): any
---@return T[]
function list.reject(items, fn)
  return list.filter(items, function(item, position) return not fn(item, position) end)
end

---Those for which the function is true, and the others.
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

---The first for which the function is true, and its position.
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

---Whether the function is true for one item at least; without it, whether there is an item.
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

---Whether the function is true for every item, as it is for none.
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

---Whether a value is one of the items.
---@param items any[]
---@param value any
---@return boolean
function list.contains(items, value)
  return list.find(items, function(item) return item == value end) ~= nil
end

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

---The items by a key that some of them share; those that have none are left out.
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

---How many items there are of each key; those that have none are left out.
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

---The items by a key of which each has its own: of those that share one, the last stays.
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

-- Below 0 where `a` comes first. Values of different types have an order too.
local function compared(a, b)
  if a == b then return 0 end
  local kind_a, kind_b = KINDS[type(a)] or 4, KINDS[type(b)] or 4
  if kind_a ~= kind_b then return kind_a - kind_b end
  if type(a) == "boolean" then return a and 1 or -1 end
  return a < b and -1 or 1
end

---Sorted by one key or more: names of fields, paths, functions. A name with a minus before it
---sorts downward. Items that are equal stay in their order, and those without a value are last.
---@generic T
---@param items T[]
---@param ... string|fun(item: T): any
---@return T[]
function list.sort_by(items, ...)
  local orders = {}
  for _, key in ipairs { ... } do orders[#orders + 1] = order_of(key) end
  if #orders == 0 then error("list.sort_by: a key is missing, as in list.sort_by(rows, \"name\")", 2) end
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
  return list.map(decorated, function(it) return it.item end)
end

---The other way round.
---@generic T
---@param items T[]
---@return T[]
function list.reverse(items)
  local reversed = json.list()
  for at = #items, 1, -1 do reversed[#reversed + 1] = items[at] end
  return reversed
end

-- Numbers.

---@generic T
---@param items T[]
---@param key? string|fun(item: T): number? Without it the items are numbers themselves.
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

---The item with the least value, the first of several; none where no item has one.
---@generic T
---@param items T[]
---@param key string|fun(item: T): any
---@return T?
function list.min_by(items, key)
  return best(items, key, function(a, b) return a < b end)
end

---The item with the greatest value, the first of several; none where no item has one.
---@generic T
---@param items T[]
---@param key string|fun(item: T): any
---@return T?
function list.max_by(items, key)
  return best(items, key, function(a, b) return a > b end)
end

-- Shapes.

---Each item once, the first of those that are equal or, where a key is given, share it.
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

---The items of all lists in one.
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

---The first so many, or all there are.
---@generic T
---@param items T[]
---@param count integer
---@return T[]
function list.take(items, count)
  return table.move(items, 1, math.max(0, math.min(count, #items)), 1, json.list())
end

---All but the first so many.
---@generic T
---@param items T[]
---@param count integer
---@return T[]
function list.skip(items, count)
  return table.move(items, math.max(0, count) + 1, #items, 1, json.list())
end

---Lists of so many items each; the last may have less.
---@generic T
---@param items T[]
---@param size integer
---@return T[][]
function list.chunk(items, size)
  if math.type(size) ~= "integer" or size < 1 then error("list.chunk: the size must be 1 or more", 2) end
  local chunks = json.list()
  for from = 1, #items, size do
    chunks[#chunks + 1] = table.move(items, from, math.min(from + size - 1, #items), 1, json.list())
  end
  return chunks
end

---Pairs of what stands at the same position, as long as the shorter list.
---@generic A, B
---@param left A[]
---@param right B[]
---@return [A, B][]
function list.zip(left, right)
  local pairs_of_both = json.list()
  for at = 1, math.min(#left, #right) do pairs_of_both[at] = { left[at], right[at] } end
  return pairs_of_both
end

---The keys of a table, sorted.
---@generic K
---@param map table<K, any>
---@return K[]
function list.keys(map)
  local keys = json.list()
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return compared(a, b) < 0 end)
  return keys
end

---The values of a table, in the order of their keys.
---@generic V
---@param map table<any, V>
---@return V[]
function list.values(map)
  return list.map(list.keys(map), function(key) return map[key] end)
end

---The items as keys, to look up what is among them.
---@generic T
---@param items T[]
---@return table<T, true>
function list.set(items)
  local set = {}
  for _, item in ipairs(items) do set[item] = true end
  return set
end

return list
