local unit = require "unit"
local versions = require "versions"

local tests = {}

-- The answers of `dpkg --compare-versions` of dpkg 1.21, in the kinds of dpkg's own test suite and of the packages
-- of Debian and Ubuntu.
local DPKG = {
  { "1.1.1", "1.1.1k", -1 },
  { "1.1.1k-1", "1.1.1n-0+deb11u5", -1 },
  { "9.6", "9.6p1", -1 },
  { "1:9.6p1-3ubuntu13.5", "1:9.6p1-3ubuntu13.12", -1 },
  { "9.9p1-1", "1:9.6p1-3", -1 },
  { "0:1.0", "1.0", 0 },
  { "1.0", "1.0-0", 0 },
  { "1.0-1", "1.0-1~bpo12+1", 1 },
  { "1.0~rc1", "1.0", -1 },
  { "1.0~~", "1.0~", -1 },
  { "1.0~~a", "1.0~", -1 },
  { "1.0~", "1.0", -1 },
  { "1.0", "1.0a", -1 },
  { "1.0a", "1.0+", -1 },
  { "1.0+", "1.0.", -1 },
  { "1.2.3", "1.10", -1 },
  { "1.02", "1.2", 0 },
  { "1.0-1", "1.0-1build1", -1 },
  { "2.31-0ubuntu9.16", "2.31-0ubuntu9.9", 1 },
  { "3.0.13-0ubuntu3.9", "3.0.13-0ubuntu3.10", -1 },
  { "1.0-1.1", "1.0-1", 1 },
  { "1-2-3", "1-2-4", -1 },
  { "7.6p2-4", "7.6-0", 1 },
  { "1.0.3-3", "1.0-1", 1 },
  { "1.3", "1.2.2-2", 1 },
  { "1.2.2", "1.3", -1 },
  { "0-pre", "0-pree", -1 },
  { "1.1.6r2-2", "1.1.6r-1", 1 },
  { "2.6b2-1", "2.6b-2", 1 },
  { "98.1-pre2-b6-2", "98.1p5-1", 1 },
  { "0.4a6-2", "0.4-1", 1 },
  { "1:3.0.5-2", "1:3.0.5.1", -1 },
  { "20110111", "20110111~exp", 1 },
  { "00", "0", 0 },
}

-- The rules of rpm-version(7), in the kinds of rpm's own test suite.
local RPM = {
  { "1.0", "2.0", -1 },
  { "2.0", "2.0.1", -1 },
  { "2.0.1", "2.0.1a", -1 },
  { "1.1.1", "1.1.1k", -1 },
  { "9.6", "9.6p1", -1 },
  { "5.5p1", "5.5p10", -1 },
  { "10xyz", "10.1xyz", -1 },
  { "xyz10", "xyz10.1", -1 },
  { "xyz.4", "8", -1 },
  { "6.0", "6.0.rc1", -1 },
  { "1.0a", "1.0aa", -1 },
  { "10.0001", "10.1", 0 },
  { "10.0001", "10.0039", -1 },
  { "4.999.9", "5.0", -1 },
  { "2_0", "2.0", 0 },
  { "+a", "_a", 0 },
  { "1.0~rc1", "1.0", -1 },
  { "1.0~rc1", "1.0~rc2", -1 },
  { "1.0~rc1~git123", "1.0~rc1", -1 },
  { "1.0", "1.0^", -1 },
  { "1.0^git1", "1.0^git2", -1 },
  { "1.0^git1", "1.01", -1 },
  { "1.0^20160101", "1.0.1", -1 },
  { "1.0~rc1", "1.0~rc1^git1", -1 },
  { "1.0^git1~pre", "1.0^git1", -1 },
  { "3.0.8-1.amzn2023.0.3", "3.0.8-1.amzn2023.0.12", -1 },
  { "3.0.8-1.amzn2023.0.3", "3.0.8", 0 },
  { "9.9-1", "1:3.0-1", -1 },
  { "0:3.0-1", "3.0-1", 0 },
}

local DOTTED = {
  { "10.0", "10.0.0", 0 },
  { "119.0.6045.9", "119.0.6045.123", -1 },
  { "2.9", "2.10.1", -1 },
}

local function check(cases, scheme)
  for _, case in ipairs(cases) do
    local a, b, expected = case[1], case[2], case[3]
    unit.assert_equals(versions.compare(a, b, scheme), expected, scheme .. ": " .. a .. " " .. b)
    unit.assert_equals(versions.compare(b, a, scheme), -expected, scheme .. ": " .. b .. " " .. a)
  end
end

function tests.test_versions_of_packages_compare_as_dpkg_compares_them()
  check(DPKG, "dpkg")
end

-- Runs a command and returns its lines. Nil if the machine has no such command, or the test may not run it.
local function lines_of(command)
  local ok, pipe = pcall(io.popen, command)
  if not (ok and pipe) then return nil end
  local lines = {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  return lines
end

-- A version of random parts, without an empty release, which dpkg refuses.
local function random_version()
  local parts = { math.random(8) == 1 and "1:1" or "1" }
  local known = { "0", "1", "2", "10", "a", "b", "p", "rc", ".", "+", "~", "-", "01", "z" }
  for _ = 1, math.random(0, 5) do parts[#parts + 1] = known[math.random(#known)] end
  return (table.concat(parts):gsub("%-+$", ""))
end

function tests.test_random_versions_compare_as_the_installed_dpkg_compares_them()
  local found = lines_of "command -v dpkg 2>/dev/null"
  if not found or #found == 0 then return end
  local pairs_of_versions, commands = {}, {}
  for at = 1, 200 do
    local a, b = random_version(), random_version()
    pairs_of_versions[at] = { a, b }
    commands[at] = ("if dpkg --compare-versions '%s' lt '%s'; then echo -1; "):format(a, b)
      .. ("elif dpkg --compare-versions '%s' eq '%s'; then echo 0; else echo 1; fi"):format(a, b)
  end
  local answers = assert(lines_of(table.concat(commands, "\n")))
  for at, pair in ipairs(pairs_of_versions) do
    local text = pair[1] .. " " .. pair[2]
    unit.assert_equals(versions.compare(pair[1], pair[2], "dpkg"), tonumber(answers[at]), text)
  end
end

function tests.test_versions_of_packages_compare_as_rpm_compares_them()
  check(RPM, "rpm")
end

function tests.test_versions_of_windows_are_numbers_with_dots()
  check(DOTTED, "dotted")
end

function tests.test_the_platform_decides()
  unit.assert_equals(versions.scheme_of("Linux", "Ubuntu"), "dpkg")
  unit.assert_equals(versions.scheme_of("Linux", "Debian GNU/Linux"), "dpkg")
  unit.assert_equals(versions.scheme_of("Linux", "Amazon Linux"), "rpm")
  unit.assert_equals(versions.scheme_of("Linux", "Red Hat Enterprise Linux Server"), "rpm")
  unit.assert_equals(versions.scheme_of("Windows", "Microsoft Windows Server 2022 Datacenter"), "dotted")
  unit.assert_error_contains("use dpkg, rpm or dotted", versions.compare, "1", "2", "apt")
end

return tests
