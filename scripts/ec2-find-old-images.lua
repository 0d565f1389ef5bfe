-- Lists the account's own old machine images, and their users.

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
  summary = "List old machine images and the number of their users.",
  risk = "read",
  args = {
    min_days = { "integer", default = 180, help = "Ignore images that are younger than this, in days." },
    all = { "boolean", default = false, help = "Include images that are in use." },
    name = { "list", help = "Select images by name; * matches any text and ? any character." },
    tags = { "list", help = "Select resources by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "old-image" },
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
