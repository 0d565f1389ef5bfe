//! Reads the headers of scripts that are not part of the program, each in a child process: a header is code, and
//! can compute for ever in a function that nothing can interrupt.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use moonfleet_core::exit_code::OUT_OF_TIME;
use moonfleet_core::{Failure, FailureKind};
use moonfleet_lua::script::{HeaderFacts, declares, read_header};

use super::messages::{FromChild, HeaderSource, Task};
use super::process::{Child, Ended};
use crate::script_source::ScriptSource;

/// The time limit for reading headers.
const LIMIT: Duration = Duration::from_millis(1500);
/// The time limit for one of several headers. Reading one takes about a millisecond.
const SILENCE: Duration = Duration::from_millis(400);

type Result<T> = std::result::Result<T, Failure>;

/// Returns the header of a script; `None` if it has none.
pub(crate) fn header(script: &ScriptSource) -> Result<Option<HeaderFacts>> {
    match script.is_own() {
        true => read_header(&script.source, None),
        false => read(HeaderSource { source: script.source.clone(), words: None }),
    }
}

/// Returns the header of a script, and checks that it accepts these words as arguments.
pub(crate) fn header_with(script: &ScriptSource, words: &[String]) -> Result<Option<HeaderFacts>> {
    match script.is_own() {
        true => read_header(&script.source, Some(words)),
        false => read(HeaderSource { source: script.source.clone(), words: Some(words.to_vec()) }),
    }
}

/// Returns the headers of scripts, which one child reads. A script that takes too long gets an error, and those
/// behind it are read by another child while there is time.
pub(crate) fn headers(sources: Vec<Vec<u8>>) -> Vec<Result<Option<HeaderFacts>>> {
    let sources = sources.into_iter().map(|source| HeaderSource { source, words: None }).collect();
    read_all(sources)
}

/// Reads a header, and remembers the last one: the options of a command line, its help and its run need the same.
fn read(source: HeaderSource) -> Result<Option<HeaderFacts>> {
    type Known = (Vec<u8>, Result<Option<HeaderFacts>>);
    static LAST: Mutex<Option<Known>> = Mutex::new(None);
    if source.words.is_some() {
        return read_all(vec![source]).remove(0);
    }
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((known, facts)) = &*last
        && *known == source.source
    {
        return facts.clone();
    }
    let facts = read_all(vec![source.clone()]).remove(0);
    *last = Some((source.source, facts.clone()));
    facts
}

fn read_all(sources: Vec<HeaderSource>) -> Vec<Result<Option<HeaderFacts>>> {
    let until = Instant::now() + LIMIT;
    // Without a header there is nothing to run.
    let declared: Vec<usize> = (0..sources.len()).filter(|at| declares(&sources[*at].source)).collect();
    let mut results: Vec<Result<Option<HeaderFacts>>> = sources.iter().map(|_| Ok(None)).collect();
    let mut left = &declared[..];
    while let Some((first, rest)) = left.split_first() {
        let batch = left.iter().map(|at| sources[*at].clone()).collect();
        let limit = until.saturating_duration_since(Instant::now());
        let silence = if rest.is_empty() { limit } else { SILENCE };
        let mut read = 0;
        let ended = Child::start(&Task::ReadHeaders(batch)).and_then(|child| {
            child.until_ended(limit, silence, |message| match message {
                FromChild::Header(at, result) if at == read => {
                    results[left[at]] = result;
                    read += 1;
                }
                _ => {}
            })
        });
        if read == left.len() {
            break;
        }
        let failure = match ended {
            Ok(Ended::OutOfTime | Ended::Killed) => {
                let problem = "the header takes too long to read; move its code into `run`";
                Failure::new(FailureKind::Ended(OUT_OF_TIME), problem)
            }
            Ok(Ended::Exited) => Failure::failed("the header cannot be read: the process that reads it has failed"),
            Err(failure) => failure,
        };
        results[left.get(read).copied().unwrap_or(*first)] = Err(failure);
        left = left.get(read + 1..).unwrap_or(rest);
    }
    results
}
