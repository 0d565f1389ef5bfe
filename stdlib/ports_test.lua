local ports = require "ports"
local unit = require "unit"

local tests = {}

local function rule(protocol, from, to, sources)
  local made = { ip_protocol = protocol, from_port = from, to_port = to }
  made.ip_ranges, made.ipv6_ranges, made.prefix_list_ids = {}, {}, {}
  for _, cidr in ipairs(sources or {}) do
    if cidr:find "^pl%-" then
      table.insert(made.prefix_list_ids, { prefix_list_id = cidr })
    elseif cidr:find ":" then
      table.insert(made.ipv6_ranges, { cidr_ipv6 = cidr })
    else
      table.insert(made.ip_ranges, { cidr_ip = cidr })
    end
  end
  return made
end

local function severity(protocol, from, to)
  return ports.severity(rule(protocol, from, to), ports.set { 80, "443" })
end

function tests.test_very_large_ranges_are_the_internet()
  for _, cidr in ipairs { "0.0.0.0/0", "128.0.0.0/1", "::/0", "2000::/3" } do
    unit.assert_true(ports.is_world(cidr))
  end
  for _, cidr in ipairs { "10.0.0.0/8", "192.0.2.7/32", "fc00::/64", "2001:db8::/32" } do
    unit.assert_false(ports.is_world(cidr))
  end
end

function tests.test_sources_include_ipv6_and_prefix_lists()
  local open = rule("tcp", 22, 22, { "0.0.0.0/0", "10.0.0.0/8", "::/0", "pl-1", "pl-2" })
  local lists, found = { ["pl-1"] = { "10.1.0.0/16", "0.0.0.0/1" } }, {}
  for at, source in ipairs(ports.world_sources(open, lists)) do found[at] = source.cidr end
  unit.assert_equals(found, { "0.0.0.0/0", "::/0", "0.0.0.0/1" })
end

function tests.test_severity_depends_on_the_service()
  unit.assert_equals(severity("-1"), "critical")
  unit.assert_equals(severity("tcp", 0, 65535), "critical")
  unit.assert_equals(severity("tcp", 22, 22), "high")
  unit.assert_equals(severity("tcp", 3000, 4000), "high")
  unit.assert_equals(severity("tcp", 8080, 8080), "medium")
  unit.assert_equals(severity("tcp", 80, 443), "high")
  unit.assert_equals(severity("icmp", -1, -1), "info")
  unit.assert_equals(severity("50"), "medium")
  unit.assert_nil(severity("tcp", 443, 443))
  unit.assert_nil(severity("udp", 443, 443))
end

function tests.test_ports_are_formatted_as_text()
  unit.assert_equals(ports.text(rule("tcp", 22, 22)), "22")
  unit.assert_equals(ports.text(rule("udp", 8000, 8100)), "8000-8100")
  unit.assert_equals(ports.text(rule "-1"), "all")
  unit.assert_equals(ports.text(rule("icmp", 8, -1)), "")
  unit.assert_equals(ports.service(rule("tcp", 3000, 4000)), "MySQL, RDP")
  unit.assert_nil(ports.service(rule("tcp", 443, 443)))
end

function tests.test_invalid_port_is_an_error()
  unit.assert_error_contains("'https' is not a port", ports.set, { "https" })
  unit.assert_error_contains("'70000' is not a port", ports.set, { 70000 })
end

return tests
