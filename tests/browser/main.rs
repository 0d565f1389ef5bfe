//! HTML reports in a real browser: sorting, searching, and colours.
//!
//! `MOONFLEET_SHOTS=folder cargo test --test browser` saves screenshots.

#[path = "../support/mod.rs"]
mod support;

use std::path::Path;
use std::time::Duration;

use support::browser::{Browser, installed};
use support::{Ran, Shell, skipped};

/// Allows one browser at a time, because the tests measure times.
static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn alone() -> Option<std::sync::MutexGuard<'static, ()>> {
    if !installed() {
        assert!(std::env::var_os("CI").is_none(), "chromium and chromedriver have to be there where CI is set");
        skipped("chromium and chromedriver are not installed");
        return None;
    }
    Some(ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// A report with every kind of block, and hostile text in each of them.
const REPORT: &str = r#"
  local hostile = "</script><script>document.title = 'ran'</script><img src=x onerror=\"document.title='ran'\">"
  local now = time.now()
  local rows = {}
  for i = 1, 30 do
    rows[i] = {
      severity = ({ "low", "critical", "medium" })[i % 3 + 1],
      finding = "open-port",
      name = i == 7 and hostile or "web-" .. i,
      instance_id = ("i-%017x"):format(i),
      size_gib = i % 10 * 8,
      launch_time = now - i * 86400,
      tags = { App = "App" .. i % 2, Env = "prod" },
      detail = "Port 22 is open to 0.0.0.0/0; close it, or allow your own network only.",
    }
  end
  local cost = {}
  for i = 1, 30 do cost[i] = { now - (30 - i) * 86400, 100 + 30 * math.sin(i / 4) } end
  report.new { title = "Daily report " .. hostile, subtitle = "Everything on one page" }
    :summary { { "instances", 31 }, { "critical", 10, "critical" }, { "backups", "complete", "ok" }, { hostile, 1 } }
    :text("Two ports are open to everyone.\n\n- " .. hostile)
    :section("Findings")
    :chart { kind = "bar", title = "By severity", rows = rows, label = "severity" }
    :chart { kind = "share", title = "By state", data = { running = 21, stopped = 6, [hostile] = 2 } }
    :table(rows, { title = "All findings", columns = { "severity", "name", "instance_id", "size_gib", "launch_time", "tags", "detail" } })
    :chart { kind = "line", title = "Cost a day", unit = "USD", data = cost }
    :chart { kind = "timeline", title = "Windows", data = { { "web", now - 7200, now - 3600 }, { hostile, now } } }
    :changes(report.diff(rows, { rows[1] }, { key = "instance_id" }))
    :write("report.html")
"#;

fn written(script: &str) -> Ran {
    Shell::new().sandbox().script(script).code(0).quiet()
}

fn opened(browser: &Browser, ran: &Ran) {
    browser.open(&ran.home.path().join("report.html"));
}

fn keep(browser: &Browser, name: &str) {
    if let Some(folder) = std::env::var_os("MOONFLEET_SHOTS") {
        std::fs::write(Path::new(&folder).join(name), browser.screenshot()).expect("the folder is there");
    }
}

/// The texts of a column of the first table.
fn column(browser: &Browser, number: usize) -> Vec<String> {
    let texts = browser.run(&format!(
        "return [...document.querySelectorAll('.records table')[0].tBodies[0].rows].map(row => row.cells[{number}].textContent)"
    ));
    texts.as_array().expect("a list").iter().map(|text| text.as_str().expect("text").to_owned()).collect()
}

fn head(number: usize) -> String {
    format!(".records th:nth-child({}) button", number + 1)
}

#[test]
fn a_table_can_be_sorted_and_searched_with_clicks() {
    let Some(_guard) = alone() else { return };
    let (browser, ran) = (Browser::start(false), written(REPORT));
    opened(&browser, &ran);

    browser.click(&head(0));
    let severities = column(&browser, 0);
    assert_eq!((&*severities[0], &*severities[10], &*severities[29]), ("critical", "medium", "low"));
    browser.click(&head(3));
    assert_eq!(column(&browser, 3)[..4], ["0", "0", "0", "8"]);
    browser.click(&head(3));
    assert_eq!(column(&browser, 3)[0], "72");
    let sorted = browser
        .run("return [...document.querySelectorAll('.records table')[0].tHead.rows[0].cells].map(h => h.ariaSort)");
    assert_eq!(sorted[3], "descending");
    assert_eq!(sorted[0], "none");
    browser.click(&head(1));
    let names = column(&browser, 1);
    let place = |name: &str| names.iter().position(|other| other == name).expect(name);
    assert!(place("web-2") < place("web-10"), "numbers in names are numbers: {names:?}");

    browser.type_into(".records input", "APP1 web-2");
    browser.wait("setTimeout(done, 200)");
    assert_eq!(column(&browser, 1), ["web-21", "web-23", "web-25", "web-27", "web-29"]);
    let count = browser.run("return document.querySelector('.count').textContent");
    assert_eq!(count, "5 of 30 rows");
    browser.type_into(".records input", "\u{E009}a\u{E000}\u{E017}");
    browser.wait("setTimeout(done, 200)");
    assert_eq!(column(&browser, 1).len(), 30);
}

#[test]
fn a_table_can_be_sorted_with_the_keyboard() {
    let Some(_guard) = alone() else { return };
    let (browser, ran) = (Browser::start(false), written(REPORT));
    opened(&browser, &ran);
    browser.run("document.querySelector('.records th:nth-child(4) button').focus()");
    browser.type_into(&head(3), "\u{E007}");
    assert_eq!(column(&browser, 3)[0], "0");
    let unnamed = browser.run(
        "return [...document.querySelectorAll('button, input, [role=region], svg[role=img]')]
           .filter(e => !(e.ariaLabel || e.textContent.trim())).length",
    );
    assert_eq!(unnamed, 0);
    let scopes = browser.run("return [...document.querySelectorAll('thead th')].every(th => th.scope === 'col')");
    assert_eq!(scopes, true);
}

#[test]
fn data_runs_no_scripts_and_the_page_fetches_nothing() {
    let Some(_guard) = alone() else { return };
    let (browser, ran) = (Browser::start(false), written(REPORT));
    opened(&browser, &ran);
    browser.wait("setTimeout(done, 300)");
    assert_ne!(browser.run("return document.title"), "ran");
    assert_eq!(browser.run("return document.querySelectorAll('script, img').length"), 1);
    // The content security policy blocks even a script in the page.
    let ran_anyway = browser.run(
        "const made = document.createElement('script'); made.textContent = 'window.ran = true';
         document.body.append(made); return window.ran === true",
    );
    assert_eq!(ran_anyway, false);
    let complaints: Vec<String> =
        browser.console().into_iter().filter(|text| !text.contains("Executing inline script violates")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
    let requests = browser.requests();
    // The browser's start page may fetch its own resources at any time.
    let asked_outside =
        requests.iter().any(|url| !["file:///", "chrome://", "data:"].iter().any(|own| url.starts_with(own)));
    assert!(!asked_outside && requests.iter().any(|url| url.ends_with("report.html")), "{requests:?}");
}

#[test]
fn the_page_fits_wide_and_narrow_screens_in_light_and_dark() {
    let Some(_guard) = alone() else { return };
    let ran = written(REPORT);
    let ground = "return getComputedStyle(document.body).backgroundColor";
    for (dark, mine, other) in [(false, "light", "dark"), (true, "dark", "light")] {
        let browser = Browser::start(dark);
        opened(&browser, &ran);
        for (width, height) in [(1280, 3200), (500, 3600)] {
            browser.size(width, height);
            keep(&browser, &format!("{mine}-{width}.png"));
            browser.run("scrollTo(0, document.body.scrollHeight)");
            keep(&browser, &format!("{mine}-{width}-end.png"));
            // Wide tables scroll inside the page.
            let overflow = browser.run("return document.documentElement.scrollWidth - innerWidth");
            assert_eq!(overflow, 0, "{mine} {width}");
        }
        let was = browser.run(ground);
        browser.click("button.theme");
        assert_ne!(browser.run(ground), was);
        assert_eq!(browser.run("return document.documentElement.dataset.theme"), other);
        browser.click("button.theme");
        assert_eq!(browser.run(ground), was);
    }
}

/// A report of several pages, with ids in cells and in sentences.
const PAGES: &str = r#"
  local rows = {}
  for i = 1, 120 do
    rows[i] = {
      severity = ({ "low", "critical", "medium" })[i % 3 + 1],
      name = "app20-web-" .. i,
      volume_id = ("vol-%017x"):format(i * 1234567891234),
      launch_time = time.now() - i * 86400,
      usd_month = 3.5 * i,
      arn = "arn:aws:iam::123456789012:role/service-role/reader-" .. i,
      detail = "Volume vol-0164a993984f18ac7 of app20-ledger-old costs 50.00 USD per month; create a snapshot.",
    }
  end
  report.new { title = "Daily report" }
    :chart { kind = "bar", title = "By severity", rows = rows, label = "severity" }
    :table(rows, { columns = { "severity", "name", "volume_id", "launch_time", "usd_month", "arn", "detail" } })
    :write("report.html")
"#;

#[test]
fn bar_charts_are_printed_and_ids_are_on_one_line() {
    let Some(_guard) = alone() else { return };
    let (browser, ran) = (Browser::start(false), written(PAGES));
    opened(&browser, &ran);
    browser.emulate_print();
    keep(&browser, "print.png");
    let bars = browser
        .run("return [...document.querySelectorAll('.chart.bar rect')].map(bar => bar.getBoundingClientRect().height)");
    let bars = bars.as_array().expect("a list");
    assert!(bars.len() == 6 && bars.iter().all(|height| height.as_f64() > Some(0.0)), "{bars:?}");
    let toolbars =
        browser.run("return [...document.querySelectorAll('.toolbar')].map(bar => getComputedStyle(bar).display)");
    assert_eq!(toolbars, serde_json::json!(["none"]));
    let broken = browser.run(
        "const isBroken = element => {
           const range = document.createRange(); range.selectNodeContents(element);
           const tops = [...range.getClientRects()].map(rect => rect.top);
           return Math.max(...tops) - Math.min(...tops) > 6; // pixels: less than a line
         };
         return [...document.querySelectorAll('th, td:not(.text), bdi')].filter(isBroken).map(e => e.textContent)",
    );
    assert_eq!(broken, serde_json::json!([]), "these are printed on several lines");
    let marked = browser.run("return document.querySelectorAll('td.text')[1].querySelectorAll('bdi').length");
    assert_eq!(marked, 2, "the id and the name");
}

#[test]
fn the_head_of_a_table_is_printed_on_each_page() {
    let Some(_guard) = alone() else { return };
    let (browser, ran) = (Browser::start(false), written(PAGES));
    opened(&browser, &ran);
    // Hidden elements keep their room, so that the pages have the same rows.
    let hide = |name: &str| {
        browser.run(&format!("document.querySelectorAll('{name}').forEach(e => {{ e.style.visibility = 'hidden'; }})"))
    };
    hide("tbody");
    let with_head = browser.print_page(2).len();
    hide("thead");
    let blank = browser.print_page(2).len();
    // The font of the head is much larger than a blank page.
    assert!(with_head > 2 * blank, "page 2 has no head: {with_head} bytes, and {blank} with a hidden head");
}

const MANY: &str = r#"
  local rows = {}
  for i = 1, 20000 do
    rows[i] = {
      name = "web-" .. i, instance_id = ("i-%017x"):format(i * 7919 % 20000), instance_type = "m6i.large",
      state = i % 3 == 0 and "stopped" or "running", region = "eu-central-1", size_gib = i * 37 % 1000,
      launch_time = time.now() - i * 60, tags = { App = "App" .. i % 50, Owner = "team-" .. i % 7 },
    }
  end
  report.write("report.html", rows, { title = "Many" })
"#;

/// Ten times the time on an idle machine.
const PATIENCE: Duration = Duration::from_secs(3);

#[test]
fn twenty_thousand_rows_are_fast() {
    let Some(_guard) = alone() else { return };
    let (browser, ran) = (Browser::start(false), written(MANY));
    opened(&browser, &ran);
    let paint = browser.run("return performance.getEntriesByName('first-contentful-paint')[0].startTime");
    let loaded = browser.run("return performance.getEntriesByType('navigation')[0].loadEventEnd");
    // From the click to the next painted frame.
    let timed = |action: &str| {
        browser.wait(&format!(
            "const began = performance.now(); {action};
             requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));"
        ))
    };
    let number = timed("document.querySelectorAll('.records th button')[8 - 2].click()");
    let text = timed("document.querySelectorAll('.records th button')[0].click()");
    let again = timed("document.querySelectorAll('.records th button')[0].click()");
    let search = browser.wait(
        "const began = performance.now(); const count = document.querySelector('.count');
         new MutationObserver(() => done(performance.now() - began)).observe(count, {childList: true});
         const input = document.querySelector('.records input'); input.value = 'app7 team-3';
         input.dispatchEvent(new Event('input'))",
    );
    let size = std::fs::metadata(ran.home.path().join("report.html")).expect("it was written").len();
    skipped(&format!(
        "nothing, but measured: 20,000 rows, {} MB: first paint {paint:.0?} ms, loaded {loaded:.0?}, sort {number:.0?}/{text:.0?}/{again:.0?}, search {search:.0?}",
        size / 1_000_000
    ));
    for (what, took) in [("first paint", paint), ("a sort", number), ("a sort of texts", text), ("a search", search)] {
        assert!(took.as_f64().expect("a number") < PATIENCE.as_millis() as f64, "{what} took {took} ms");
    }
    assert_eq!(browser.run("return document.querySelector('.count').textContent"), "57 of 20,000 rows");
    assert_eq!(browser.run("return document.querySelectorAll('.records tbody tr').length"), 57);

    // More rows are added while the user scrolls, and all of them for printing.
    browser.run("const input = document.querySelector('.records input'); input.value = ''; input.dispatchEvent(new Event('input'))");
    browser.wait("setTimeout(done, 500)");
    let shown = "return document.querySelectorAll('.records tbody tr').length";
    assert!(browser.run(shown).as_u64().expect("a number") < 2000);
    browser.run("dispatchEvent(new Event('beforeprint'))");
    assert_eq!(browser.run(shown), 20_000);
}
