local spot = require "spot"
local unit = require "unit"

local tests = {}

function tests.test_lists_the_cheapest_price_first()
  local found, last, seen = spot.prices { types = { "m6i.large", "c6i.large" } }, 0.0, {}
  unit.assert_true(#found >= 2)
  for _, row in ipairs(found) do
    unit.assert_true(row.usd_hour >= last)
    last = row.usd_hour
    local place = row.type .. row.zone
    unit.assert_nil(seen[place])
    seen[place] = true
    unit.assert_true(row.since <= time.now())
    unit.assert_equals(row.product, "Linux/UNIX")
  end
end

function tests.test_selects_zones()
  for _, row in ipairs(spot.prices { types = "m6i.large", zones = "eu-central-1a" }) do
    unit.assert_equals(row.zone, "eu-central-1a")
  end
end

function tests.test_history_summarizes_prices_over_time()
  local now = {}
  for _, row in ipairs(spot.prices { types = "m6i.large" }) do now[row.zone] = row.usd_hour end
  for _, row in ipairs(spot.history { types = "m6i.large", since = "30d" }) do
    unit.assert_equals(row.usd_hour, now[row.zone])
    unit.assert_true(row.min <= row.mean and row.mean <= row.max)
    unit.assert_true(row.changes > 0)
  end
end

function tests.test_cheapest_has_one_row_for_each_type()
  local found = spot.cheapest { types = { "m6i.large", "c6i.large" } }
  unit.assert_equals(#found, 2)
  unit.assert_equals(found[1], spot.prices({ types = { "m6i.large", "c6i.large" } })[1])
end

function tests.test_types_are_required()
  unit.assert_error_contains("spot.prices: option 'types' is missing", spot.prices)
end

return tests
