local unit = require "unit"
local volumes = require "volumes"

local tests = {}

---@return any
local function named(list, name)
  for _, row in ipairs(list) do
    if row.name == name then return row end
  end
end

function tests.test_price_of_another_region_is_not_used()
  local ledger = named(volumes.unattached(), "app10-ledger-old")
  unit.assert_nil(ledger.usd_month)
  unit.assert_equals(ledger.severity, "medium")
  unit.assert_str_contains(ledger.detail, "the price in eu-central-1 is unknown")
  local swept = sweep.regions({ "us-east-1" }, function() return volumes.list { type = "gp3" } end)
  local row = swept.results[1] --[[@as any]]
  unit.assert_almost_equals(row.usd_month, row.size_gib * 0.08, 0.01)
end

local function cost_of(fields)
  local volume = { volume_id = "vol-1", state = "available", attachments = {}, tags = {} }
  for name, value in pairs(fields) do volume[name] = value end
  unit.answer("ec2.describe_volumes", { volumes = { volume } })
  return assert(volumes.list({ prices = volumes.PRICES["us-east-1"] })[1]).usd_month
end

function tests.test_provisioned_performance_has_a_price()
  unit.assert_equals(cost_of { volume_type = "io1", size = 250, iops = 10000 }, 681.25)
  unit.assert_equals(cost_of { volume_type = "io2", size = 100, iops = 70000 }, 3756.5)
  unit.assert_equals(cost_of { volume_type = "gp3", size = 100, iops = 3000, throughput = 125 }, 8.0)
  unit.assert_equals(cost_of { volume_type = "gp3", size = 100, iops = 4000, throughput = 225 }, 17.0)
  -- The performance of gp2 is part of its size.
  unit.assert_equals(cost_of { volume_type = "gp2", size = 100, iops = 300 }, 10.0)
  unit.assert_nil(cost_of { volume_type = "new1", size = 100 })
end

function tests.test_finds_unattached_volumes_with_cost()
  local findings = volumes.unattached { prices = { gp2 = 0.10 } }
  for _, finding in ipairs(findings) do unit.assert_equals(finding.state, "available") end
  local ledger = named(findings, "app10-ledger-old")
  unit.assert_equals(ledger.usd_month, 50.0)
  unit.assert_equals(ledger.severity, "medium")
  unit.assert_equals(ledger.finding, "unattached-volume")
  unit.assert_str_contains(ledger.detail, "500 GiB gp2 volume costs about 50.00 USD per month")
end

function tests.test_prices_option_replaces_the_prices()
  local ledger = named(volumes.unattached { prices = { gp2 = 0.02 } }, "app10-ledger-old")
  unit.assert_equals(ledger.usd_month, 10.0)
  unit.assert_equals(ledger.severity, "low")
  local scratch = named(volumes.unattached { prices = { gp2 = 0.02 } }, "migration-scratch")
  unit.assert_nil(scratch.usd_month)
  unit.assert_str_contains(scratch.detail, "Unattached 1000 GiB gp3 volume (the price in eu-central-1 is unknown)")
end

function tests.test_min_age_ignores_young_volumes()
  unit.assert_nil(named(volumes.unattached { min_age = "100d" }, "migration-scratch"))
  unit.assert_not_nil(named(volumes.unattached { min_age = "100d" }, "app10-ledger-old"))
end

function tests.test_finds_unencrypted_volumes()
  local findings = volumes.unencrypted()
  for _, finding in ipairs(findings) do
    unit.assert_false(finding.encrypted)
    unit.assert_equals(finding.severity, #finding.instance_ids > 0 and "medium" or "low")
  end
  unit.assert_not_nil(named(findings, "app10-ledger-old"))
end

function tests.test_volume_lists_its_attachments()
  local row = named(volumes.list { tags = { App = "App20" } }, "app20-web-1")
  unit.assert_equals(#row.instance_ids, 1)
  unit.assert_equals(row.state, "in-use")
  unit.assert_equals(row.device, "/dev/xvda")
end

function tests.test_unknown_option_is_an_error()
  unit.assert_error_contains("volumes.unattached: unknown option 'days'", volumes.unattached, { days = 3 })
end

function tests.test_missing_default_encryption_is_a_finding()
  local off = volumes.encryption_off()
  unit.assert_equals(#off, ec2.get_ebs_encryption_by_default().ebs_encryption_by_default and 0 or 1)
end

return tests
