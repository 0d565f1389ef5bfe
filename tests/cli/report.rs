//! Reports from the command line: formats, parts, and memory.

use wait4::Wait4;

use crate::support::Shell;

/// A script that writes this many records one by one.
fn streaming(rows: usize, file: &str) -> String {
    format!(
        r#"
        local at = 0
        local function next_row()
          at = at + 1
          if at > {rows} then return nil end
          local id = ("vol-%017x"):format(at)
          return {{ name = "web-" .. at, volume_id = id, size = at % 500, tags = {{ App = "App" .. at % 9 }}, note = ("x"):rep(100) }}
        end
        report.write("{file}", next_row)
        "#
    )
}

/// Runs the script. Returns its peak memory in bytes, and its output.
fn peak(rows: usize, file: &str) -> (u64, String) {
    let (mut command, home) = Shell::new().sandbox().file("s.lua", &streaming(rows, file)).arg("s.lua").into_command();
    let ended = command.spawn().and_then(|child| child.wait4()).expect("it runs");
    assert!(ended.status.success());
    (ended.rusage.maxrss, std::fs::read_to_string(home.path().join(file)).expect("the report"))
}

#[test]
fn memory_does_not_grow_with_the_number_of_streamed_records() {
    const FEW: usize = 500;
    const MANY: usize = 100_000;
    // A list of all records would take several hundred bytes for each, many times this limit.
    const MARGIN: u64 = 12 << 20;
    for (file, head) in [("r.csv", 1), ("r.jsonl", 0)] {
        let (few, _) = peak(FEW, file);
        let (many, text) = peak(MANY, file);
        assert_eq!(text.lines().count(), MANY + head, "{file}");
        assert!(text.len() > 15_000_000, "{file}");
        assert!(many < few + MARGIN, "{file}: {FEW} records took {few} bytes, {MANY} took {many}");
    }
}

#[test]
fn items_of_an_operation_are_written_as_they_arrive() {
    let chunk = r#"report.print(ec2.describe_volumes.items{}, {columns={"volume_id", "state"}})"#;
    let one_by_one = Shell::new().sandbox().args(["--output", "csv"]).chunk(chunk).code(0);
    let at_once = chunk.replace("items", "all");
    let at_once = Shell::new().sandbox().args(["--output", "csv"]).chunk(&at_once).code(0);
    assert!(at_once.stdout.lines().count() > 10);
    one_by_one.printed(&at_once.stdout);
}

#[test]
fn a_failing_iterator_keeps_the_old_file() {
    let shell = Shell::new().sandbox().file("r.csv", "old\n");
    let ran = shell.chunk(r#"report.write("r.csv", function() error("broken", 0) end)"#).code(1).says("broken");
    assert_eq!(ran.read("r.csv"), "old\n");
    let left = std::fs::read_dir(ran.home.path()).expect("the folder").count();
    assert_eq!(left, 1, "something was left over");
}

const PARTS: &str = r#"
  local rows = { { severity = "high", name = "web", volume_id = "vol-1" }, { severity = "low", name = "db", volume_id = "vol-2" } }
  report.new { title = "Volumes" }:summary { { "findings", #rows, "high" } }:chart { rows = rows, label = "severity" }
    :table(rows):changes(report.diff({ rows[1] }, rows))
"#;

#[test]
fn one_report_can_be_written_in_every_format() {
    let files = "\"r.html\", \"r.csv\", \"r.json\", \"r.jsonl\", \"r.md\"";
    let ran = Shell::new().sandbox().script(&format!("{} :write({files})", PARTS.trim_end())).code(0).quiet();
    assert!(ran.read("r.html").contains("<h1>Volumes</h1>"));
    assert!(ran.read("r.html").contains("<dt>Account</dt><dd>123456789012</dd>"));
    assert!(ran.read("r.md").starts_with("# Volumes\n\n- findings: **2** (high)\n"));
    let csv = "table,severity,name,volume_id\nTable,high,web,vol-1\nTable,low,db,vol-2\nAdded,low,db,vol-2\n";
    assert_eq!(ran.read("r.csv"), csv);
    assert_eq!(ran.read("r.jsonl").lines().count(), 3);
    let json: serde_json::Value = serde_json::from_str(&ran.read("r.json")).expect("JSON");
    assert_eq!(json["about"]["account"], "123456789012");
}

#[test]
fn ages_are_seconds_only_for_programs() {
    let print = |format: &str| {
        let chunk = "report.print({{name='web', age=7322}, {name='db', age=259200}}, {columns={'name', 'age'}})";
        Shell::new().sandbox().args(["--output", format]).chunk(chunk).code(0).quiet().stdout
    };
    assert_eq!(print("table"), "name  age\n──────────\nweb   2 h\ndb    3 d\n");
    assert!(print("md").contains("| db | 3 d |") && print("html").contains(">3 d</td>"));
    assert_eq!(print("csv"), "name,age\nweb,7322\ndb,259200\n");
    assert!(print("json").contains("\"age\": 259200") && print("jsonl").contains("\"age\":259200"));
}

#[test]
fn misspelled_columns_and_fields_get_a_hint() {
    let print = |columns: &str, records: &str| {
        let chunk = format!("for _ = 1, 2 do report.print({records}, {{columns={{{columns}}}}}) end");
        Shell::new().sandbox().chunk(&chunk).code(0).stderr
    };
    let records = "{{name='web', size_gib=8}, {name='db'}}";
    let hint = print("'name', 'size_gb'", records);
    assert_eq!(hint, " WARN no record has the column `size_gb`; did you mean `size_gib`?\n", "it is logged once");
    assert_eq!(print("'name', 'zone', 'size_gib'", records), "", "other names can be nil");
    assert_eq!(
        print("'name', 'state_reason', 'tags.App'", "ec2.describe_instances.all()"),
        "",
        "declared fields are known"
    );
    let hint = print("'instnace_id'", "ec2.describe_instances.all()");
    assert!(hint.contains("did you mean `instance_id`?"), "{hint}");

    let read = |field: &str| {
        let chunk = format!("for i in ec2.describe_instances.items() do assert(i.{field} == nil or true) end");
        Shell::new().sandbox().chunk(&chunk).code(0).stderr
    };
    assert_eq!(read("instnace_id"), " WARN Instance has no field `instnace_id`; did you mean `instance_id`?\n");
    assert_eq!(read("kernel_id") + &read("owner") + &read("arn"), "");
}

#[test]
fn a_report_is_about_the_places_of_its_sweeps() {
    let origin = |lua: &str| {
        let ran = Shell::new().sandbox().chunk(lua).code(0);
        let json: serde_json::Value = serde_json::from_str(&ran.read("r.json")).expect("JSON");
        let html = ran.read("r.html");
        let footer = html[html.find("<footer").expect("a footer")..].to_owned();
        (json["about"]["account"].clone(), json["about"]["region"].clone(), footer)
    };
    let written = "page:table{{a=1}}:write('r.json', 'r.html')";
    let (account, region, footer) = origin(&format!("local page = report.new{{title='x'}} {written}"));
    assert_eq!((account, region), ("123456789012".into(), "eu-central-1".into()));
    assert!(footer.contains("<dt>Region</dt><dd>eu-central-1</dd>"), "{footer}");

    let regions = format!(
        "local page = report.new{{title='x'}} sweep.regions({{'us-east-1', 'eu-west-1'}}, function() end) {written}"
    );
    let (_, region, footer) = origin(&regions);
    assert_eq!(region, "eu-west-1, us-east-1", "the session's region was not read");
    assert!(footer.contains("<dt>Regions</dt><dd>eu-west-1, us-east-1</dd>"), "{footer}");

    let all = format!("local page = report.new{{title='x'}} sweep.regions('all', function() end) {written}");
    let (_, region, _) = origin(&all);
    assert!(region.as_str().is_some_and(|region| region.matches(", ").count() > 1), "{region}");

    let role = "arn:aws:iam::210987654321:role/moonfleet-readonly";
    let accounts =
        format!("sweep.accounts({{'{role}'}}, function() end) local page = report.new{{title='x'}} {written}");
    assert_eq!(origin(&accounts).0, "210987654321");
}

#[test]
fn a_report_is_printed_in_the_format_of_the_command_line() {
    let print = format!("{} :print()", PARTS.trim_end());
    let shown = Shell::new().sandbox().args(["--color", "always"]).chunk(&print).code(0);
    let shown = shown.prints("\u{1b}[1mVolumes\u{1b}[0m\n═══════\n").prints("\u{1b}[31m2\u{1b}[0m  findings (high)");
    shown.prints("\u{1b}[31m").prints("1 added, 0 gone, 0 changed.");
    let html = Shell::new().sandbox().args(["--output", "html"]).chunk(&print).code(0);
    assert!(html.stdout.starts_with("<!doctype html>") && html.stdout.ends_with("</html>\n"));
    Shell::new().sandbox().args(["--output", "jsonl", "-p", "{{a=1},{a=2}}"]).run().printed("{\"a\":1}\n{\"a\":2}\n");
}

#[test]
fn a_custom_template_is_used() {
    let shell = || Shell::new().sandbox().file("own.html", "<p>{{ title }}</p>");
    let print = "report.new{title='A & B'}:print()";
    let own = shell().args(["--output", "html", "--template", "own.html"]).chunk(print).code(0);
    own.printed("<p>A &amp; B</p>\n");
    let settings = "output = 'html'\ntemplate = 'own.html'\n";
    shell().file(".config/moonfleet/settings.toml", settings).chunk(print).code(0).printed("<p>A &amp; B</p>\n");
    shell().args(["--template", "absent.html"]).chunk(print).code(2).says("cannot read the template absent.html");
    let wrong = shell().file("wrong.html", "{% nothing %}").args(["--template", "wrong.html"]).chunk(print);
    wrong.code(2).says("the template wrong.html is invalid: line 1");
}

#[test]
fn errors_say_what_to_do() {
    for (chunk, part) in [
        ("report.new{titel='x'}", "did you mean `title`?"),
        ("report.new():write()", "pass at least one file"),
        ("report.new():write('x.html', 'x.exe')", "unknown file extension; use one of .json, .jsonl, .csv, .md, .html"),
        (
            "report.new():chart{kind='pie', data={}}",
            "unknown kind of chart `pie`; known kinds: bar, line, share, timeline",
        ),
        ("report.new():chart{kind='bar'}", "either `data`, or `rows`"),
        ("report.new():chart{data={}, label='x'}", "`label` needs option `rows`"),
        ("report.new():summary{{'x', 1, 'hihg'}}", "did you mean `high`?"),
        ("report.new():changes(3)", "expected the result of report.diff"),
        ("report.diff({1}, 'x')", "`new` must be a list"),
    ] {
        let ran = Shell::new().sandbox().chunk(chunk).code(1).says(part);
        assert!(!ran.home.path().join("x.html").exists());
    }
    Shell::new().sandbox().arg("--contain").chunk("report.new():write('x.html')").code(4).says("it writes a file");
    Shell::new().sandbox().arg("--contain").chunk("report.write('x.csv', next)").code(4).says("it writes a file");
}
