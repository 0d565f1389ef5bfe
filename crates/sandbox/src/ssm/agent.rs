//! Programs of a Linux machine. Their output is believable, differs between machines and is the
//! same in every run.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::machine::Machine;
use super::node::Ailment;
use super::outcome::ScriptOutcome;
use super::shell;
use super::shell::ProgramResult;
use crate::ec2::Os;

impl ScriptOutcome {
    /// Adds the agent's own start-up time and its message on a failure.
    pub(crate) fn new(machine: &Machine, ran: ProgramResult) -> ScriptOutcome {
        let mut stderr = ran.stderr;
        if ran.code != 0 {
            stderr.push_str(&format!("failed to run commands: exit status {}", ran.code));
        }
        let start_up = 180 + Draw::new(machine, "start-up").below(120);
        ScriptOutcome {
            stdout: ran.stdout,
            stderr,
            code: ran.code,
            took: ran.took.saturating_add(SignedDuration::from_millis(start_up as i64)),
        }
    }
}

pub(super) fn run(machine: &Machine, now: Timestamp, lines: &[String]) -> ScriptOutcome {
    let host = Host { machine, now };
    let ran = shell::run(&|argv, input| host.run(argv, input), &lines.join("\n"));
    ScriptOutcome::new(machine, ran)
}

struct Host<'a> {
    machine: &'a Machine,
    now: Timestamp,
}

impl Host<'_> {
    fn run(&self, argv: &[String], input: &str) -> Option<ProgramResult> {
        let (name, args) = argv.split_first()?;
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let name = name.rsplit('/').next().unwrap_or(name);
        if self.machine.node.ailment == Some(Ailment::DiskFull)
            && !matches!(name, "df" | "true" | "false" | "sleep" | "sudo" | "test" | "[")
        {
            let complaint = format!("{name}: write error: No space left on device\n");
            return Some(ProgramResult::failed(1, complaint));
        }
        Some(match name {
            "cat" if args.is_empty() => ProgramResult::ok(input),
            "cat" => self.cat(&args),
            "date" => self.date(&args),
            "df" => self.df(),
            "echo" => echo(&args),
            "false" => ProgramResult::failed(1, ""),
            "free" => self.free(),
            "grep" => grep(&args, input),
            "head" if args.first() == Some(&"-c") => {
                ProgramResult::ok(input.chars().take(count(&args)).collect::<String>())
            }
            "head" => some_lines(input, count(&args), true),
            "hostname" => ProgramResult::ok(format!("{}\n", self.hostname(&args))),
            "id" => ProgramResult::ok("uid=0(root) gid=0(root) groups=0(root)\n"),
            "nginx" => return self.nginx(),
            "nproc" => ProgramResult::ok(format!("{}\n", self.machine.cpus)),
            "printf" => printf(&args),
            "seq" => seq(&args),
            "sleep" => sleep(&args),
            "sort" => sort(input),
            // The agent runs as root.
            "sudo" => return self.run(argv.get(1..)?, input),
            "systemctl" => self.systemctl(&args),
            "tail" => some_lines(input, count(&args), false),
            "true" => ProgramResult::default(),
            "uname" => self.uname(&args),
            "uptime" => self.uptime(&args),
            "wc" => wc(&args, input),
            "whoami" => ProgramResult::ok("root\n"),
            _ => return None,
        })
    }

    fn draw(&self, purpose: &str) -> Draw {
        Draw::new(self.machine, purpose)
    }

    fn hostname(&self, args: &[&str]) -> &str {
        let full = &self.machine.computer_name;
        match args.contains(&"-s") {
            true => full.split('.').next().unwrap_or(full),
            false => full,
        }
    }

    fn cat(&self, paths: &[&str]) -> ProgramResult {
        let mut ran = ProgramResult::default();
        for path in paths {
            match self.file(path) {
                Some(text) => ran.stdout.push_str(&text),
                None => {
                    ran.stderr.push_str(&format!("cat: {path}: No such file or directory\n"));
                    ran.code = 1;
                }
            }
        }
        ran
    }

    fn file(&self, path: &str) -> Option<String> {
        match path {
            "/etc/hostname" => Some(format!("{}\n", self.machine.computer_name)),
            "/etc/os-release" => Some(os_release(self.machine.os).to_owned()),
            "/proc/loadavg" => Some(format!("{} 1/184 2311\n", self.load().replace(',', ""))),
            "/proc/uptime" => {
                let up = self.up().as_secs();
                Some(format!("{up}.00 {}.00\n", up * self.machine.cpus as i64))
            }
            _ => None,
        }
    }

    fn date(&self, args: &[&str]) -> ProgramResult {
        let format = args.iter().find_map(|arg| arg.strip_prefix('+'));
        let now = self.now.to_zoned_datetime(TimeZone::UTC);
        match jiff::fmt::strtime::format(format.unwrap_or("%a %b %e %H:%M:%S UTC %Y"), &now) {
            Ok(text) => ProgramResult::ok(format!("{text}\n")),
            Err(_) => ProgramResult::failed(1, "date: invalid date format\n"),
        }
    }

    fn df(&self) -> ProgramResult {
        let full = self.machine.node.ailment == Some(Ailment::DiskFull);
        let (used, free, percent) = match full {
            true => ("8.0G".to_owned(), "0".to_owned(), 100),
            false => {
                let tenths = 18 + self.draw("disk").below(40);
                let percent = (tenths * 10).div_ceil(8);
                (decimal(tenths), decimal(80 - tenths), percent)
            }
        };
        let memory = decimal(self.machine.memory_mib as u64 * 10 / 2048);
        ProgramResult::ok(format!(
            "Filesystem      Size  Used Avail Use% Mounted on\n\
             /dev/nvme0n1p1  8.0G {used:>5} {free:>5} {percent:>3}% /\n\
             tmpfs          {memory:>5}     0 {memory:>5}   0% /dev/shm\n"
        ))
    }

    fn free(&self) -> ProgramResult {
        let total = self.machine.memory_mib as u64 * 96 / 100;
        let used = total * (12 + self.draw("memory").below(45)) / 100;
        let cached = (total - used) / 4;
        let free = total - used - cached;
        let available = free + cached * 9 / 10;
        let head = "               total        used        free      shared  buff/cache   available";
        ProgramResult::ok(format!(
            "{head}\nMem:     {total:>11} {used:>11} {free:>11} {:>11} {cached:>11} {available:>11}\n\
             Swap:    {:>11} {:>11} {:>11}\n",
            0, 0, 0, 0
        ))
    }

    fn nginx(&self) -> Option<ProgramResult> {
        let installed = self.machine.node.services.contains(&"nginx");
        let version = match self.machine.os {
            Os::Ubuntu => "nginx version: nginx/1.24.0 (Ubuntu)\n",
            _ => "nginx version: nginx/1.28.0\n",
        };
        installed.then(|| ProgramResult { stderr: version.to_owned(), ..ProgramResult::default() })
    }

    fn uname(&self, args: &[&str]) -> ProgramResult {
        let kernel = self.machine.node.kernel;
        let host = self.hostname(&[]);
        let build = "#1 SMP PREEMPT_DYNAMIC Tue Oct 28 18:02:11 UTC 2025";
        ProgramResult::ok(match args.first().copied().unwrap_or("-s") {
            "-r" => format!("{kernel}\n"),
            "-n" => format!("{host}\n"),
            "-m" | "-p" => "x86_64\n".to_owned(),
            "-o" => "GNU/Linux\n".to_owned(),
            "-a" => format!("Linux {host} {kernel} {build} x86_64 x86_64 x86_64 GNU/Linux\n"),
            _ => "Linux\n".to_owned(),
        })
    }

    fn up(&self) -> SignedDuration {
        self.now.duration_since(self.machine.booted)
    }

    fn uptime(&self, args: &[&str]) -> ProgramResult {
        let minutes = self.up().as_mins();
        let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
        if args.contains(&"-p") {
            return ProgramResult::ok(format!("up {days} days, {hours} hours, {minutes} minutes\n"));
        }
        let clock = self.now.strftime("%H:%M:%S");
        let plural = if days == 1 { "day" } else { "days" };
        let days = if days > 0 { format!("{days} {plural}, ") } else { String::new() };
        let time = match hours {
            0 => format!("{minutes} min"),
            _ => format!("{hours:>2}:{minutes:02}"),
        };
        let load = self.load();
        ProgramResult::ok(format!(" {clock} up {days}{time},  0 users,  load average: {load}\n"))
    }

    fn load(&self) -> String {
        let base = self.draw("load").below(90);
        let hundredths = |value: u64| format!("{}.{:02}", value / 100, value % 100);
        let (one, five, fifteen) = (base, base * 3 / 4, base / 2);
        format!("{}, {}, {}", hundredths(one), hundredths(five), hundredths(fifteen))
    }

    fn systemctl(&self, args: &[&str]) -> ProgramResult {
        let Some((verb, [unit, ..])) = args.split_first() else {
            return ProgramResult::failed(
                1,
                "systemctl: the sandbox knows is-active, status, restart, start and stop\n",
            );
        };
        let unit = unit.trim_end_matches(".service");
        let known = EVERYWHERE.contains(&unit) || self.machine.node.services.contains(&unit);
        match (*verb, known) {
            ("is-active", true) => ProgramResult::ok("active\n"),
            ("is-active", false) => ProgramResult { stdout: "inactive\n".to_owned(), ..ProgramResult::failed(3, "") },
            ("is-enabled", true) => ProgramResult::ok("enabled\n"),
            ("status", true) => self.unit_status(unit),
            ("status", false) => ProgramResult::failed(4, format!("Unit {unit}.service could not be found.\n")),
            ("restart" | "start" | "stop" | "reload", true) => {
                ProgramResult { took: SignedDuration::from_millis(400), ..ProgramResult::default() }
            }
            (verb, _) => {
                let complaint = format!("Failed to {verb} {unit}.service: Unit {unit}.service not found.\n");
                ProgramResult::failed(5, complaint)
            }
        }
    }

    fn unit_status(&self, unit: &str) -> ProgramResult {
        let since = self.machine.booted.strftime("%a %Y-%m-%d %H:%M:%S UTC");
        let days = self.up().as_hours() / 24;
        let pid = 600 + self.draw(unit).below(3000);
        ProgramResult::ok(format!(
            "● {unit}.service - {unit}\n     \
             Loaded: loaded (/usr/lib/systemd/system/{unit}.service; enabled; preset: enabled)\n     \
             Active: active (running) since {since}; {days} days ago\n   \
             Main PID: {pid} ({unit})\n"
        ))
    }
}

const EVERYWHERE: [&str; 7] = ["amazon-ssm-agent", "chronyd", "crond", "cron", "sshd", "ssh", "systemd-journald"];

fn os_release(os: Os) -> &'static str {
    match os {
        Os::Ubuntu => {
            "PRETTY_NAME=\"Ubuntu 24.04.3 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\n\
             VERSION=\"24.04.3 LTS (Noble Numbat)\"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n"
        }
        _ => {
            "NAME=\"Amazon Linux\"\nVERSION=\"2023\"\nID=\"amzn\"\nID_LIKE=\"fedora\"\n\
             VERSION_ID=\"2023\"\nPLATFORM_ID=\"platform:al2023\"\n\
             PRETTY_NAME=\"Amazon Linux 2023.9.20261103\"\n"
        }
    }
}

/// A number that looks random and depends on the machine and a name only.
struct Draw(u64);

impl Draw {
    fn new(machine: &Machine, purpose: &str) -> Draw {
        let seed = machine.id.bytes().chain(purpose.bytes());
        let mut mixed =
            seed.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        mixed ^= mixed >> 32;
        Draw(mixed)
    }

    fn below(&self, limit: u64) -> u64 {
        self.0 % limit
    }
}

fn decimal(tenths: u64) -> String {
    format!("{}.{}G", tenths / 10, tenths % 10)
}

fn echo(args: &[&str]) -> ProgramResult {
    match args.split_first() {
        Some((&"-n", rest)) => ProgramResult::ok(rest.join(" ")),
        _ => ProgramResult::ok(format!("{}\n", args.join(" "))),
    }
}

fn printf(args: &[&str]) -> ProgramResult {
    let Some((format, values)) = args.split_first() else {
        return ProgramResult::failed(2, "printf: usage: printf format [arguments]\n");
    };
    let mut text = format.replace("\\n", "\n").replace("\\t", "\t");
    for value in values {
        text = match text.contains("%s") {
            true => text.replacen("%s", value, 1),
            false => text.replacen("%d", value, 1),
        };
    }
    ProgramResult::ok(text)
}

fn sleep(args: &[&str]) -> ProgramResult {
    let seconds = args.first().and_then(|text| text.trim_end_matches('s').parse::<f64>().ok());
    match seconds.map(SignedDuration::try_from_secs_f64) {
        Some(Ok(took)) if !took.is_negative() => ProgramResult { took, ..ProgramResult::default() },
        _ => ProgramResult::failed(1, "sleep: invalid time interval\n"),
    }
}

fn seq(args: &[&str]) -> ProgramResult {
    let numbers: Vec<i64> = args.iter().filter_map(|text| text.parse().ok()).collect();
    let (first, last) = match numbers[..] {
        [last] => (1, last),
        [first, last] => (first, last),
        _ => return ProgramResult::failed(1, "seq: missing operand\n"),
    };
    // Enough for any truncation without using up the memory.
    let last = last.min(first.saturating_add(100_000));
    ProgramResult::ok((first..=last).map(|number| format!("{number}\n")).collect::<String>())
}

fn count(args: &[&str]) -> usize {
    let number = |text: &&str| text.trim_start_matches('-').trim_start_matches('n').parse().ok();
    args.iter().find_map(number).unwrap_or(10)
}

fn some_lines(input: &str, count: usize, first: bool) -> ProgramResult {
    let lines: Vec<&str> = input.lines().collect();
    let skipped = if first { 0 } else { lines.len().saturating_sub(count) };
    let kept = lines.iter().skip(skipped).take(count);
    ProgramResult::ok(kept.map(|line| format!("{line}\n")).collect::<String>())
}

fn sort(input: &str) -> ProgramResult {
    let mut lines: Vec<&str> = input.lines().collect();
    lines.sort_unstable();
    ProgramResult::ok(lines.iter().map(|line| format!("{line}\n")).collect::<String>())
}

fn wc(args: &[&str], input: &str) -> ProgramResult {
    ProgramResult::ok(match args.first() {
        Some(&"-l") => format!("{}\n", input.lines().count()),
        Some(&"-w") => format!("{}\n", input.split_whitespace().count()),
        _ => format!("{}\n", input.len()),
    })
}

// `grep` supports plain text and the flags -i, -v, -q, -c.
fn grep(args: &[&str], input: &str) -> ProgramResult {
    let (flags, rest): (Vec<&str>, Vec<&str>) = args.iter().partition(|arg| arg.starts_with('-'));
    let Some(pattern) = rest.first() else {
        return ProgramResult::failed(2, "grep: no pattern\n");
    };
    let flag = |letter: char| flags.iter().any(|flags| flags.contains(letter));
    let found = |line: &&str| match flag('i') {
        true => line.to_lowercase().contains(&pattern.to_lowercase()),
        false => line.contains(pattern),
    };
    let lines: Vec<&str> = input.lines().filter(|line| found(line) != flag('v')).collect();
    let stdout = match (flag('q'), flag('c')) {
        (true, _) => String::new(),
        (_, true) => format!("{}\n", lines.len()),
        _ => lines.iter().map(|line| format!("{line}\n")).collect(),
    };
    ProgramResult { stdout, code: i32::from(lines.is_empty()), ..ProgramResult::default() }
}
