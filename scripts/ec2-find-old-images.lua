-- Old machine images of one's own, and who uses them.

local findings = require "findings"
local images = require "images"
local rows = require "rows"
local tags = require "tags"

local COLUMNS = {
  "severity",
  "finding",
  "name",
  "image_id",
  "region",
  "days",
  "size_gib",
  "users",
  "is_public",
  "detail",
}

return script {
  summary = "List old machine images, and how many instances and launch templates use them.",
  risk = "read",
  args = {
    min_days = { "integer", default = 180, help = "Ignore younger images." },
    all = { "boolean", default = false, help = "Also those that are in use." },
    name = { "list", help = "Only images of these names; * and ? stand for anything." },
    tags = { "list", help = "Only those with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { min_days = 30, all = true, regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    local swept = sweep.regions(args.regions, function()
      return images.old { min_age = time.days(args.min_days), all = args.all, name = args.name, tags = wanted }
    end)
    local found = findings.sorted(swept.results, "creation_date", "image_id")
    for _, image in ipairs(found) do image.users = #image.used_by end
    report.print(rows.with_days(found), { title = "Old images", columns = COLUMNS })
  end,
}
