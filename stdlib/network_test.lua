local network = require "network"
local unit = require "unit"

local tests = {}

---@return any
local function named(list, name)
  for _, row in ipairs(list) do
    if row.name == name then return row end
  end
end

-- Creates a group without network interfaces and with at most one rule.
local function make_group(name, rule)
  local vpc = fleet.instances({ name = "app20-web-1" })[1]
  local made = ec2.create_security_group { group_name = name, description = "of a test", vpc_id = vpc and vpc.vpc_id }
  if rule then ec2.authorize_security_group_ingress { group_id = made.group_id, ip_permissions = { rule } } end
  return made.group_id
end

function tests.test_finds_ports_open_to_the_internet()
  local findings = network.open_ports()
  unit.assert_true(#findings > 0)
  for _, finding in ipairs(findings) do
    unit.assert_equals(finding.finding, "open-port")
    unit.assert_str_contains(finding.detail, finding.source)
    unit.assert_false(finding.ports == "443" or finding.ports == "80")
  end
end

function tests.test_group_without_interfaces_is_low()
  local everywhere = { { cidr_ip = "0.0.0.0/0" } }
  make_group("unused-ssh", { ip_protocol = "tcp", from_port = 22, to_port = 22, ip_ranges = everywhere })
  local finding = named(network.open_ports(), "unused-ssh")
  unit.assert_equals(finding.severity, "low")
  unit.assert_equals(finding.interfaces, 0)
  unit.assert_equals(finding.ports, "22")
  local fact = "Port 22 (SSH) is open to 0.0.0.0/0, but no network interface uses the group"
  unit.assert_str_contains(finding.detail, fact)
end

function tests.test_allowed_port_is_no_finding()
  local everywhere = { { cidr_ip = "0.0.0.0/0" } }
  make_group("unused-dev", { ip_protocol = "tcp", from_port = 8080, to_port = 8080, ip_ranges = everywhere })
  unit.assert_not_nil(named(network.open_ports(), "unused-dev"))
  unit.assert_nil(named(network.open_ports { allowed = { 8080 } }, "unused-dev"))
end

function tests.test_private_network_is_no_finding()
  make_group("unused-own", { ip_protocol = "-1", ip_ranges = { { cidr_ip = "10.0.0.0/8" } } })
  unit.assert_nil(named(network.open_ports(), "unused-own"))
end

function tests.test_public_instance_lists_open_ports()
  local bastion = named(network.public_instances(), "bastion-fra")
  unit.assert_equals(bastion.finding, "public-instance")
  unit.assert_equals(bastion.severity, "high")
  unit.assert_equals(bastion.open_ports, { "Port 22 (SSH)" })
  unit.assert_str_contains(bastion.detail, bastion.public_ip)
  unit.assert_nil(named(network.public_instances(), "app20-web-1"))
end

function tests.test_allowed_ports_do_not_raise_the_severity()
  local bastion = named(network.public_instances { allowed = { 22 } }, "bastion-fra")
  unit.assert_equals(bastion.severity, "info")
  unit.assert_equals(bastion.open_ports, {})
end

local SSH = { ip_protocol = "tcp", from_port = 22, to_port = 22, ip_ranges = { { cidr_ip = "0.0.0.0/0" } } }
local SSH_IPV6 = { ip_protocol = "tcp", from_port = 22, to_port = 22, ipv6_ranges = { { cidr_ipv6 = "::/0" } } }

-- Replaces the account's instances by one with these network interfaces.
local function one_instance(interfaces)
  local instance = {
    instance_id = "i-1",
    instance_type = "t3.micro",
    state = { name = "running" },
    tags = { Name = "two-legs" },
    security_groups = interfaces[1].groups,
    network_interfaces = interfaces,
  }
  unit.answer("ec2.describe_instances", { reservations = { { instances = { instance } } } })
end

-- A network interface as EC2 returns it.
local function interface(group, fields)
  local whole = { groups = { { group_id = group } }, private_ip_addresses = {}, ipv6_addresses = {} }
  for name, value in pairs(fields or {}) do whole[name] = value end
  return whole
end

local ELASTIC = { private_ip_addresses = { {}, { association = { public_ip = "203.0.113.9" } } } }

function tests.test_second_interface_with_an_elastic_address_is_found()
  local open, closed = make_group("open-ssh", SSH), make_group "closed"
  one_instance { interface(closed), interface(open, ELASTIC) }
  local finding = named(network.public_instances(), "two-legs")
  unit.assert_equals(finding.severity, "high")
  unit.assert_equals(finding.open_ports, { "Port 22 (SSH)" })
  unit.assert_equals(finding.public_ips, { "203.0.113.9" })
  unit.assert_str_contains(finding.detail, "203.0.113.9")
  unit.assert_equals(#fleet.instances { public_ip = true }, 1)
end

function tests.test_ports_of_a_private_interface_are_not_reachable()
  local open, closed = make_group("open-ssh", SSH), make_group "closed"
  one_instance { interface(open), interface(closed, ELASTIC) }
  unit.assert_equals(named(network.public_instances(), "two-legs").open_ports, {})
end

function tests.test_only_global_ipv6_addresses_are_public()
  local open = make_group("open-ssh", SSH_IPV6)
  one_instance { interface(open, { ipv6_addresses = { { ipv6_address = "fd12:3456::1" } } }) }
  unit.assert_nil(named(network.public_instances(), "two-legs"))
  one_instance { interface(open, { ipv6_addresses = { { ipv6_address = "2001:db8::1" } } }) }
  unit.assert_equals(named(network.public_instances(), "two-legs").open_ports, { "Port 22 (SSH)" })
end

function tests.test_finds_unused_addresses_with_cost()
  local findings = network.unused_addresses()
  unit.assert_true(#findings >= 1)
  for _, finding in ipairs(findings) do
    unit.assert_almost_equals(finding.usd_month, 3.65, 0.001)
    if finding.finding == "unused-address" then unit.assert_nil(finding.instance_id) end
  end
  for _, finding in ipairs(network.unused_addresses { usd_hour = 0.01 }) do
    unit.assert_almost_equals(finding.usd_month, 7.3, 0.001)
  end
end

function tests.test_addresses_of_ones_own_range_cost_nothing()
  unit.answer("ec2.describe_addresses", {
    addresses = {
      { public_ip = "203.0.113.7", allocation_id = "eipalloc-1", public_ipv4_pool = "ipv4pool-ec2-0123", tags = {} },
      { public_ip = "203.0.113.8", allocation_id = "eipalloc-2", public_ipv4_pool = "amazon", tags = {} },
    },
  })
  local own, rented = table.unpack(network.addresses()) ---@type any, any
  unit.assert_equals(own.usd_month, 0)
  unit.assert_almost_equals(rented.usd_month, 3.65, 0.001)
  for _, finding in ipairs(network.unused_addresses()) do
    local is_own = finding.public_ip == "203.0.113.7"
    unit.assert_equals(finding.severity, is_own and "info" or "low")
    if is_own then unit.assert_str_contains(finding.detail, "is of your own range and costs nothing") end
  end
end

function tests.test_address_of_a_stopped_instance_is_idle()
  local bastion = named(fleet.instances(), "bastion-fra")
  unit.assert_nil(named(network.unused_addresses(), "bastion-fra"))
  ec2.stop_instances { instance_ids = { bastion.instance_id } }
  unit.advance "10m"
  local idle
  for _, finding in ipairs(network.unused_addresses()) do
    if finding.instance_id == bastion.instance_id then idle = finding.finding end
  end
  unit.assert_equals(idle, "idle-address")
end

return tests
