//! What comes of a run that nobody watches. Before it begins, all that could keep its report from
//! its place is found out; while it goes on, what it reports is collected; when it is over, that
//! is compared with the last one, written, sent on and judged.

mod baseline;
mod condition;
mod filename_template;
mod job;
mod message;
pub mod options;
mod run_lock;
mod summary;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use jiff::tz::TimeZone;
use mlua::Lua;
use moonfleet_core::Failure;
use moonfleet_core::exit_code::INCOMPLETE;
use moonfleet_core::own_links;
use moonfleet_engine::Context;
use moonfleet_lua::failure;
use moonfleet_lua::host::missing;
use moonfleet_lua::report::write_output;
use moonfleet_lua::report::{ReportCollector, collect_reports, stop_collecting};
use moonfleet_lua::time::present;
use moonfleet_report::{Block, Document, Format, Style, check_writable, write_atomically, write_document};

use self::run_lock::{Lock, LockError};
use crate::deliver::{self, Delivery, DeliverySettings};
use crate::failure_report::report_failure;
use baseline::Baseline;
use condition::{FINDING, FailCondition};
use filename_template::{Expanded, PlaceholderValues};
use options::UnattendedOptions;

pub use job::Job;
pub use summary::Summary;

/// The exit code of a run whose report has what it should not have, or is not where it should be.
const FAILED: u8 = 1;

/// What is to become of a run's report.
pub struct UnattendedRun {
    job: Job,
    files: Vec<Expanded>,
    /// Whether the report is for standard output at the end.
    prints: bool,
    baseline: Option<Baseline>,
    if_changed: bool,
    conditions: Vec<FailCondition>,
    deliveries: Vec<Delivery>,
    /// Only what would change is asked for: nothing is written, kept or sent.
    is_plan: bool,
    summary: Arc<Summary>,
    /// What was reported so far.
    reports: RefCell<Vec<Document>>,
}

/// Takes the lock that was asked for.
pub fn lock(options: &UnattendedOptions, job: &Job) -> Result<Option<Lock>, Failure> {
    let Some(name) = &options.lock else { return Ok(None) };
    let name = match name.as_str() {
        "" => job.lock().ok_or_else(|| {
            Failure::usage("what is typed or comes on standard input has no name for a lock; give one: --lock=NAME")
        })?,
        name => name.to_owned(),
    };
    match Lock::take(&name) {
        Ok(lock) => Ok(Some(lock)),
        Err(held @ LockError::Held { .. }) => Err(Failure::locked(held.to_string())),
        Err(other) => Err(Failure::failed(other.to_string())),
    }
}

impl UnattendedRun {
    /// Finds out what stands in the way of the report before the run begins, and has all that is
    /// reported from here on collected where that is needed.
    pub async fn prepare(
        lua: &Lua,
        options: &UnattendedOptions,
        job: Job,
        source: &[u8],
        session: &Context,
        places: &DeliverySettings,
        summary: Arc<Summary>,
    ) -> Result<(), Failure> {
        if !options.report_is_wanted() {
            return Ok(());
        }
        let is_plan = session.guard().plan().is_some();
        let compares = options.compare || options.if_changed;
        let conditions = options.fail_on.iter().map(|text| FailCondition::parse(text, source));
        let conditions = conditions.collect::<Result<_, _>>().map_err(|e| Failure::usage(format!("--fail-on: {e}")))?;
        let values = values(lua, options, &job, session, compares).await?;
        let files = files(options, &values)?;
        let deliveries = match is_plan {
            true => Vec::new(),
            false => {
                let found = options.deliver.iter().map(|place| Delivery::find(place, places));
                found.collect::<Result<_, _>>().map_err(|e| Failure::usage(format!("--deliver: {e}")))?
            }
        };
        let (account, region) = (values.account.as_deref(), values.region.as_deref());
        let baseline = || Baseline::for_job(&job, account.unwrap_or_default(), region.unwrap_or_default());
        let baseline = compares.then(baseline).transpose().map_err(Failure::failed)?;
        let prints = options.prints() || compares && options.out.is_empty();
        let if_changed = options.if_changed;
        let reports = RefCell::default();
        let run = UnattendedRun {
            job,
            files,
            prints,
            baseline,
            if_changed,
            conditions,
            deliveries,
            is_plan,
            summary,
            reports,
        };
        let run = Rc::new(run);
        collect_reports(lua, run.clone());
        lua.set_app_data(run);
        Ok(())
    }

    /// Whether the screen has to wait for the report until the run is over.
    fn is_collected(&self) -> bool {
        !self.is_plan && (self.prints || !self.files.is_empty())
    }
}

impl ReportCollector for UnattendedRun {
    fn collect(&self, document: &Document) -> bool {
        if !self.is_plan {
            self.reports.borrow_mut().push(document.clone());
        }
        self.is_collected()
    }
}

fn unattended_run(lua: &Lua) -> Option<Rc<UnattendedRun>> {
    lua.app_data_ref::<Rc<UnattendedRun>>().map(|run| run.clone())
}

/// One report, or all of them under the name of the run.
fn joined(mut reports: Vec<Document>, name: &str) -> Document {
    if reports.len() < 2 {
        return reports.pop().unwrap_or_default();
    }
    let Document { about, template, .. } = reports[0].clone();
    let mut whole = Document { title: Some(name.to_owned()), about, template, ..Document::default() };
    reports.into_iter().for_each(|report| whole.append(report));
    whole
}

async fn values(
    lua: &Lua,
    options: &UnattendedOptions,
    job: &Job,
    session: &Context,
    compares: bool,
) -> Result<PlaceholderValues, Failure> {
    let mut asks = compares;
    for pattern in &options.out {
        let names = filename_template::placeholders(pattern).map_err(|problem| wrong_file(pattern, &problem))?;
        asks |= names.iter().any(|name| name == "account" || name == "region");
    }
    if asks {
        session.learn_account().await?;
    }
    Ok(PlaceholderValues {
        begun: present(lua).to_zoned_datetime(TimeZone::system()),
        script: job.name.clone(),
        profile: job.profile.clone(),
        account: session.account(),
        region: session.region(),
    })
}

fn wrong_file(pattern: &Path, problem: &str) -> Failure {
    Failure::usage(format!("--out {}: {problem}", pattern.display()))
}

fn files(options: &UnattendedOptions, values: &PlaceholderValues) -> Result<Vec<Expanded>, Failure> {
    let mut files: Vec<Expanded> = Vec::new();
    for pattern in options.out.iter().filter(|pattern| pattern.as_os_str() != "-") {
        let file = filename_template::expand(pattern, values).map_err(|problem| wrong_file(pattern, &problem))?;
        if files.iter().any(|other| other.path == file.path) {
            return Err(wrong_file(pattern, "the report is written there already"));
        }
        check(&file).map_err(|e| wrong_file(pattern, &e.to_string()))?;
        files.push(file);
    }
    Ok(files)
}

/// Folders of a day that is not there yet are made when there is something to put into them.
fn check(file: &Expanded) -> Result<(), moonfleet_report::Error> {
    if file.folder().is_dir() {
        return check_writable(&file.path).map(drop);
    }
    let there = file.folder().ancestors().find(|folder| folder.is_dir() || *folder == file.fixed);
    let there = there.unwrap_or(&file.fixed).join(file.path.file_name().unwrap_or_default());
    check_writable(&there).map(drop)
}

/// The run is over. Its report goes where it shall; what it ends with comes back.
pub fn conclude(lua: &Lua, ended: Result<u8, Failure>) -> Result<u8, Failure> {
    let Some(run) = unattended_run(lua) else { return ended };
    // The script's own exit, from inside something that the end of the run calls, changes nothing.
    lua.remove_app_data::<Rc<UnattendedRun>>();
    stop_collecting(lua);
    let missing = missing(lua);
    run.summary.numbers(|numbers| numbers.incomplete = missing.len());
    match ended {
        Ok(code) if run.is_plan => Ok(code),
        Ok(code) => run.finish(lua, code, &missing),
        Err(failure) => {
            run.tell_failure(&failure);
            Err(failure)
        }
    }
}

/// The same for a script that ends by itself; gives the code that it ends with.
pub fn concluded(lua: &Lua, code: i32) -> i32 {
    let Ok(small) = u8::try_from(code) else { return code };
    match conclude(lua, Ok(small)) {
        Ok(code) => code.into(),
        Err(failure) => {
            report_failure(&failure);
            failure.exit_code().into()
        }
    }
}

/// The line at the end, where there is to be one.
pub fn log_summary(lua: &Lua, exit: i32) {
    if let Some(summary) = lua.app_data_ref::<Arc<Summary>>() {
        summary.log(exit);
    }
}

impl UnattendedRun {
    fn finish(&self, lua: &Lua, code: u8, missing: &[String]) -> Result<u8, Failure> {
        let code = if code == 0 && !missing.is_empty() { INCOMPLETE } else { code };
        let mut document = joined(self.reports.take(), &self.job.name);
        let findings = document.rows().filter(|row| is_finding(row)).count();
        self.summary.numbers(|numbers| {
            numbers.rows = Some(document.rows().count());
            numbers.findings = Some(findings).filter(|count| *count > 0);
        });
        let judged: Vec<String> = self.conditions.iter().filter_map(|c| c.describe_match(document.rows())).collect();
        let original = document.clone();
        let is_new = self.compare(&mut document, missing)?;
        let mut problems = Vec::new();
        let mut shown = Ok(());
        // What is to be there and is not is written, however old its news.
        let lacks = self.files.iter().any(|file| !file.is_pattern && !file.path.exists());
        if is_new || lacks || !self.if_changed {
            problems.extend(self.write(&document, missing));
            problems.extend(self.deliver(&document, missing, code));
            // A reader who has left keeps nobody else from the report.
            shown = self.print(lua, &document, missing);
        } else {
            self.summary.numbers(|numbers| numbers.is_unchanged = true);
        }
        // What did not get there is news once more.
        if let (true, true, Some(baseline)) = (problems.is_empty(), missing.is_empty(), &self.baseline) {
            problems.extend(baseline.write(&original, present(lua)).err());
        }
        problems.extend(judged);
        match problems.is_empty() {
            true => shown.map(|()| code),
            false => Err(Failure::failed(problems.join("\n"))),
        }
    }

    fn print(&self, lua: &Lua, document: &Document, missing: &[String]) -> Result<(), Failure> {
        if !self.prints {
            return Ok(());
        }
        let shown = write_output(lua, |output, out| {
            let document = self.for_format(document, missing, output.format);
            write_document(&document, output.format, &output.style, out)?;
            out.flush()
        });
        shown.map_err(|e| failure::from_error(lua, e))
    }

    /// Puts into the report what is different from the last one; says whether anything is.
    fn compare(&self, document: &mut Document, missing: &[String]) -> Result<bool, Failure> {
        let Some(baseline) = &self.baseline else { return Ok(true) };
        // A report that is compared is one of several parts, also the first time.
        document.title.get_or_insert_with(|| self.job.name.clone());
        let Some(kept) = baseline.read().map_err(Failure::failed)? else {
            document.blocks.push(Block::Text("There is no earlier report to compare this one with.".to_owned()));
            return Ok(true);
        };
        if !missing.is_empty() {
            // Whatever is in a place that did not answer would be gone.
            let told = format!("It is not compared with that of {}, because it is not complete.", kept.time);
            document.blocks.push(Block::Text(told));
            return Ok(true);
        }
        let diffs = kept.compared(document);
        let tables = document.tables().len();
        if diffs.is_empty() {
            document.blocks.push(Block::Section(format!("Changes since {}", kept.time)));
            document.blocks.push(Block::Text("Nothing was added, nothing is gone, nothing has changed.".to_owned()));
        }
        for (name, diff) in &diffs {
            let of = if tables > 1 { format!(" in {name}") } else { String::new() };
            document.changes(diff, Some(&format!("Changes{of} since {}", kept.time)));
        }
        let words = diffs.iter().map(|(_, diff)| diff.describe().trim_end_matches('.').to_owned());
        let words: Vec<String> = words.collect();
        self.summary.numbers(|numbers| numbers.changes = (!words.is_empty()).then(|| words.join("; ")));
        Ok(!diffs.is_empty())
    }

    /// Records alone stay so for programs, which expect a list; a reader is told what is missing.
    fn for_format(&self, document: &Document, missing: &[String], format: Format) -> Document {
        let mut document = document.clone();
        let is_for_program = matches!(format, Format::Json | Format::Jsonl | Format::Csv);
        let stays = is_for_program && document.alone().is_some();
        if !missing.is_empty() && !stays {
            let list: Vec<String> = missing.iter().map(|place| format!("- {place}")).collect();
            let told = format!("This report is not complete. What is missing:\n\n{}", list.join("\n"));
            document.blocks.insert(0, Block::Text(told));
        }
        document
    }

    /// Each file whole, or as it was; says what could not be written.
    fn write(&self, document: &Document, missing: &[String]) -> Vec<String> {
        let mut problems = Vec::new();
        for file in &self.files {
            match self.write_one(file, document, missing) {
                Ok(()) => self.summary.numbers(|numbers| numbers.files.push(file.path.display().to_string())),
                Err(problem) => problems.push(problem),
            }
        }
        problems
    }

    fn write_one(&self, file: &Expanded, document: &Document, missing: &[String]) -> Result<(), String> {
        let format = Format::from_path(&file.path).map_err(|e| e.to_string())?;
        let folder = file.folder();
        own_links::follow(folder)
            .and_then(std::fs::create_dir_all)
            .map_err(|e| format!("cannot make the folder {}: {e}", folder.display()))?;
        let document = self.for_format(document, missing, format);
        write_atomically(&file.path, |out| write_document(&document, format, &Style::default(), out))
            .map_err(|e| e.to_string())
    }

    fn deliver(&self, document: &Document, missing: &[String], code: u8) -> Vec<String> {
        if self.deliveries.is_empty() {
            return Vec::new();
        }
        let document = message::redacted(document);
        let render = |format| {
            let mut text = Vec::new();
            write_document(&self.for_format(&document, missing, format), format, &Style::default(), &mut text)?;
            Ok(text)
        };
        let message = message::for_report(&self.job, &document, missing, code, &self.summary, &render);
        let (delivered, failed) = deliver::send(&self.deliveries, &message);
        self.summary.numbers(|numbers| numbers.delivered = delivered);
        failed
    }

    /// Who waits for a report hears that there is none. One that was ended from outside has no
    /// time for that.
    fn tell_failure(&self, failure: &Failure) {
        if self.is_plan || self.deliveries.is_empty() || !failure.is_own_failure() {
            return;
        }
        let message = message::for_failure(&self.job, &failure.to_string());
        let (delivered, failed) = deliver::send(&self.deliveries, &message);
        self.summary.numbers(|numbers| numbers.delivered = delivered);
        for problem in failed {
            tracing::error!("{problem}");
        }
    }
}

impl Expanded {
    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }
}

fn is_finding(row: &moonfleet_core::Value) -> bool {
    matches!(row, moonfleet_core::Value::Map(row) if row.get(FINDING).is_some())
}
