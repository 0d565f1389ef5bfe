//! Unattended runs. Before the run, this checks that the report can be written and delivered. During the run, it
//! collects the reports. After the run, it compares the report with the previous one, writes it, delivers it, and
//! evaluates `--fail-on`.

mod baseline;
mod condition;
mod filename_template;
mod job;
mod known_findings;
mod message;
pub mod options;
mod run_lock;
mod summary;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;
use mlua::Lua;
use moonfleet_core::Failure;
use moonfleet_core::Value;
use moonfleet_core::exit_code::INCOMPLETE;
use moonfleet_core::own_links;
use moonfleet_engine::Context;
use moonfleet_lua::failure;
use moonfleet_lua::host::missing_results;
use moonfleet_lua::report::write_output;
use moonfleet_lua::report::{ReportCollector, collect_reports, stop_collecting};
use moonfleet_lua::time::current_time;
use moonfleet_report::{Block, Document, Format, Style, check_writable, write_atomically, write_document};

use self::run_lock::{Lock, LockError};
use crate::deliver::{self, Delivery, DeliverySettings};
use crate::failure_report::report_failure;
use baseline::Baseline;
use condition::{FINDING, FailCondition};
use filename_template::{Expanded, PlaceholderValues};
use options::UnattendedOptions;

pub use job::Job;
pub use known_findings::Examined;
pub use summary::Summary;

/// The exit code of a run whose report matches `--fail-on`, or was not written or delivered.
const FAILED: u8 = 1;

/// An unattended run: the destinations of its report, and its reports so far.
pub struct UnattendedRun {
    job: Job,
    files: Vec<Expanded>,
    /// Whether the report is printed to standard output at the end.
    prints: bool,
    baseline: Option<Baseline>,
    if_changed: bool,
    conditions: Vec<FailCondition>,
    /// The findings that the script's header declares; `None` without a header.
    declared: Option<Vec<String>>,
    /// The columns that the script's header declares volatile.
    volatile: Vec<String>,
    deliveries: Vec<Delivery>,
    /// Whether the run only plans changes: then its report is not written, kept or delivered.
    is_plan: bool,
    summary: Arc<Summary>,
    /// The reports so far.
    reports: RefCell<Vec<Document>>,
}

/// Takes the lock of `--lock`. Returns `None` without that option, and an error if another run holds the lock.
pub fn lock(options: &UnattendedOptions, job: &Job) -> Result<Option<Lock>, Failure> {
    let Some(name) = &options.lock else { return Ok(None) };
    let name = match name.as_str() {
        "" => job.lock().ok_or_else(|| {
            Failure::usage("a script from -e, -p or standard input has no name; name the lock with --lock=NAME")
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
    /// Checks the options and the destinations of the report before the run begins, and starts to collect reports
    /// if an option needs them.
    pub async fn prepare(
        lua: &Lua,
        options: &UnattendedOptions,
        job: Job,
        script: Examined<'_>,
        session: &Context,
        delivery: &DeliverySettings,
        summary: Arc<Summary>,
    ) -> Result<(), Failure> {
        if !options.needs_report() {
            return Ok(());
        }
        let is_plan = session.guard().plan().is_some();
        let compares = options.compare || options.if_changed;
        let conditions = conditions(options, script)?;
        let values = values(lua, options, &job, session, compares).await?;
        let files = files(options, &values)?;
        let deliveries = if is_plan { Vec::new() } else { deliveries(options, delivery)? };
        let (account, region) = (values.account.as_deref(), values.region.as_deref());
        let baseline = || Baseline::for_job(&job, account.unwrap_or_default(), region.unwrap_or_default());
        let baseline = compares.then(baseline).transpose().map_err(Failure::failed)?;
        let prints = options.prints() || compares && options.out.is_empty();
        let if_changed = options.if_changed;
        let reports = RefCell::default();
        let (declared, volatile) = match script.header {
            Some(header) => (Some(header.findings.clone()), header.volatile.clone()),
            None => Default::default(),
        };
        let run = UnattendedRun {
            job,
            files,
            prints,
            baseline,
            if_changed,
            conditions,
            declared,
            volatile,
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

    /// Whether the report is shown at the end of the run instead of immediately.
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

/// Returns whether reports of the run are collected instead of shown; `None` if they are not collected.
pub(crate) fn collects(lua: &Lua) -> Option<bool> {
    unattended_run(lua).map(|run| run.is_collected())
}

fn unattended_run(lua: &Lua) -> Option<Rc<UnattendedRun>> {
    lua.app_data_ref::<Rc<UnattendedRun>>().map(|run| run.clone())
}

/// Checks the options of a run of this name that begins later, without asking AWS.
pub fn check_options(
    options: &UnattendedOptions,
    name: String,
    script: Examined<'_>,
    delivery: &DeliverySettings,
) -> Result<(), Failure> {
    conditions(options, script)?;
    // Only the folders without placeholders must exist.
    let word = |name: &str| Some(name.to_owned());
    let (account, region, profile) = (word("account"), word("region"), "profile".to_owned());
    let values = PlaceholderValues { started: ZonedDateTime::now(), script: name, profile, account, region };
    files(options, &values)?;
    deliveries(options, delivery).map(drop)
}

fn deliveries(options: &UnattendedOptions, settings: &DeliverySettings) -> Result<Vec<Delivery>, Failure> {
    let found = options.deliver.iter().map(|destination| Delivery::find(destination, settings));
    found.collect::<Result<_, _>>().map_err(|e| Failure::usage(format!("--deliver: {e}")))
}

/// Reads `--fail-on`. Returns an error for a condition that no finding of the script can meet.
fn conditions(options: &UnattendedOptions, script: Examined<'_>) -> Result<Vec<FailCondition>, Failure> {
    let conditions = options.fail_on.iter().map(|text| FailCondition::parse(text, script));
    conditions.collect::<Result<_, _>>().map_err(|e| Failure::usage(format!("--fail-on: {e}")))
}

/// Returns the report, or joins several reports under the name of the run.
fn joined(mut reports: Vec<Document>, name: &str) -> Document {
    if reports.len() < 2 {
        return reports.pop().unwrap_or_default();
    }
    let Document { about, template, .. } = reports[0].clone();
    let mut whole = Document { title: Some(name.to_owned()), about, template, ..Document::default() };
    reports.into_iter().for_each(|report| whole.append(report));
    whole
}

/// Returns the values of the placeholders. Asks AWS for the account only if it is needed.
async fn values(
    lua: &Lua,
    options: &UnattendedOptions,
    job: &Job,
    session: &Context,
    compares: bool,
) -> Result<PlaceholderValues, Failure> {
    let mut needs_account = compares;
    for pattern in &options.out {
        let names = filename_template::placeholders(pattern).map_err(|problem| wrong_file(pattern, &problem))?;
        needs_account |= names.iter().any(|name| name == "account" || name == "region");
    }
    if needs_account {
        session.learn_account().await?;
    }
    Ok(PlaceholderValues {
        started: current_time(lua).to_zoned_datetime(TimeZone::system()),
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
            return Err(wrong_file(pattern, "another --out names the same file"));
        }
        check(&file).map_err(|e| wrong_file(pattern, &e.to_string()))?;
        files.push(file);
    }
    Ok(files)
}

/// Returns an error if the file cannot be written. Missing folders of a pattern are created later, when the report is
/// written.
fn check(file: &Expanded) -> Result<(), moonfleet_report::Error> {
    if file.folder().is_dir() {
        return check_writable(&file.path).map(drop);
    }
    let existing = file.folder().ancestors().find(|folder| folder.is_dir() || *folder == file.fixed);
    let existing = existing.unwrap_or(&file.fixed).join(file.path.file_name().unwrap_or_default());
    check_writable(&existing).map(drop)
}

/// Ends the run: compares, writes and delivers its report. Returns how the process ends.
pub fn conclude(lua: &Lua, ended: Result<u8, Failure>) -> Result<u8, Failure> {
    let Some(run) = unattended_run(lua) else { return ended };
    // Removed first, so that an exit of the script during these steps does not repeat them.
    lua.remove_app_data::<Rc<UnattendedRun>>();
    stop_collecting(lua);
    let missing = missing_results(lua);
    run.summary.numbers(|numbers| numbers.incomplete = missing.len());
    match ended {
        Ok(code) if run.is_plan => Ok(code),
        Ok(code) => run.finish(lua, code, &missing),
        Err(failure) => {
            run.deliver_failure(&failure);
            Err(failure)
        }
    }
}

/// Ends the run of a script that calls `os.exit`. Returns the exit code.
pub fn conclude_exit(lua: &Lua, code: i32) -> i32 {
    let Ok(small) = u8::try_from(code) else { return code };
    match conclude(lua, Ok(small)) {
        Ok(code) => code.into(),
        Err(failure) => {
            report_failure(&failure);
            failure.exit_code().into()
        }
    }
}

/// Logs the summary of the run, if there is one.
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
        self.warn_undeclared(&document);
        let matched: Vec<String> = self.conditions.iter().filter_map(|c| c.describe_match(document.rows())).collect();
        let original = document.clone();
        let is_incomplete = code == INCOMPLETE || !missing.is_empty();
        let has_changed = self.compare(&mut document, is_incomplete)?;
        let mut problems = Vec::new();
        let mut printed = Ok(());
        // A missing file is written even if the report has not changed.
        let lacks_file = self.files.iter().any(|file| !file.is_pattern && !file.path.exists());
        if has_changed || lacks_file || !self.if_changed {
            problems.extend(self.write(&document, missing));
            problems.extend(self.deliver(&document, missing, code));
            // Last: a closed standard output must not prevent the files and deliveries.
            printed = self.print(lua, &document, missing);
        } else {
            self.summary.numbers(|numbers| numbers.is_unchanged = true);
        }
        // A report that was not written or delivered stays new for the next run.
        if let (true, false, Some(baseline)) = (problems.is_empty(), is_incomplete, &self.baseline) {
            problems.extend(baseline.write(&original, current_time(lua)).err());
        }
        problems.extend(matched);
        match problems.is_empty() {
            true => printed.map(|()| code),
            false => Err(Failure::failed(problems.join("\n"))),
        }
    }

    /// Warns about findings that the header lacks, for which `--fail-on` cannot be given.
    fn warn_undeclared(&self, document: &Document) {
        let Some(declared) = &self.declared else { return };
        let names: BTreeSet<&str> = document.rows().filter_map(finding_name).collect();
        let undeclared: Vec<&str> =
            names.into_iter().filter(|name| !declared.iter().any(|known| known == name)).collect();
        if !undeclared.is_empty() {
            tracing::warn!("the script's header does not declare the findings {}", undeclared.join(", "));
        }
    }

    fn print(&self, lua: &Lua, document: &Document, missing: &[String]) -> Result<(), Failure> {
        if !self.prints {
            return Ok(());
        }
        let written = write_output(lua, |output, out| {
            let document = self.for_format(document, missing, output.format);
            write_document(&document, output.format, &output.style, out)?;
            out.flush()
        });
        written.map_err(|e| failure::from_error(lua, e))
    }

    /// Adds the changes since the previous report. Returns whether there are any, or nothing to compare with.
    fn compare(&self, document: &mut Document, is_incomplete: bool) -> Result<bool, Failure> {
        let Some(baseline) = &self.baseline else { return Ok(true) };
        // A compared report has several parts. The first report has the same form.
        document.title.get_or_insert_with(|| self.job.name.clone());
        let Some(kept) = baseline.read().map_err(Failure::failed)? else {
            document.blocks.push(Block::Text("There is no earlier report to compare this one with.".to_owned()));
            return Ok(true);
        };
        if is_incomplete {
            // Rows from a region that did not answer would look removed.
            let text = format!("This report is incomplete, so it is not compared with that of {}.", kept.time);
            document.blocks.push(Block::Text(text));
            return Ok(true);
        }
        let Some(diffs) = kept.compared(document, &self.volatile) else {
            let text = "This report has no table and no key figure, so it is not compared with the previous one.";
            document.blocks.push(Block::Text(text.to_owned()));
            return Ok(true);
        };
        let tables = document.compared_tables().len();
        if diffs.is_empty() {
            document.blocks.push(Block::Section(format!("Changes since {}", kept.time)));
            document.blocks.push(Block::Text("No rows were added, removed or changed.".to_owned()));
        }
        for (name, diff) in &diffs {
            let table = if tables > 1 { format!(" in {name}") } else { String::new() };
            document.changes(diff, Some(&format!("Changes{table} since {}", kept.time)));
        }
        let words = diffs.iter().map(|(_, diff)| diff.describe().trim_end_matches('.').to_owned());
        let words: Vec<String> = words.collect();
        self.summary.numbers(|numbers| numbers.changes = (!words.is_empty()).then(|| words.join("; ")));
        Ok(!diffs.is_empty())
    }

    /// Returns the report for a format, with a list of missing sources at the top. A program that reads JSON or CSV
    /// expects only records, so these formats stay without it if the report is one table.
    fn for_format(&self, document: &Document, missing: &[String], format: Format) -> Document {
        let mut document = document.clone();
        let is_for_program = matches!(format, Format::Json | Format::Jsonl | Format::Csv);
        let is_records = is_for_program && document.alone().is_some();
        if !missing.is_empty() && !is_records {
            let list: Vec<String> = missing.iter().map(|source| format!("- {source}")).collect();
            let text = format!("This report is incomplete. Missing:\n\n{}", list.join("\n"));
            document.blocks.insert(0, Block::Text(text));
        }
        document
    }

    /// Writes each file completely or leaves it unchanged. Returns the problems.
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
            .map_err(|e| format!("cannot create the folder {}: {e}", folder.display()))?;
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

    /// Delivers a message that the run failed. A run that a signal or its timeout ended has no time for it.
    fn deliver_failure(&self, failure: &Failure) {
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

fn is_finding(row: &Value) -> bool {
    finding_name(row).is_some()
}

/// Returns the name of the finding in a row; `None` for other rows.
fn finding_name(row: &Value) -> Option<&str> {
    match row {
        Value::Map(row) => match row.get(FINDING) {
            Some(Value::String(name)) => Some(name),
            _ => None,
        },
        _ => None,
    }
}
