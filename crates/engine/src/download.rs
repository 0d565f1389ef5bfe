//! Answers whose bytes become a file: `s3.get_object { …, to = "backup.tar" }`. The bytes are written while they arrive,
//! checked, and then replace the file as a whole. A stream that breaks is asked for again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moonfleet_bindings::{Answer, DOWNLOAD_TO, Operation, RunningChecksum, Service, causes, take_bytes};
use moonfleet_client::{CallOptions, Session, count_retry, send, spawn};
use moonfleet_core::{CallFailure, CallFailureKind, Error, Map, Value};
use moonfleet_report::PendingFile;

/// How often a stream that breaks is asked for again, unless the call says otherwise.
const RETRIES: u32 = 2;
/// How long a stream may bring nothing. The HTTP client waits as long for the beginning of an answer.
const IDLE: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(250);

#[derive(Clone)]
pub(crate) struct Download {
    session: Arc<Session>,
    service: &'static Service,
    operation: &'static Operation,
    path: PathBuf,
    options: CallOptions,
    /// The end of the time limit that the caller has set.
    until: Option<Instant>,
}

impl Download {
    /// Returns the download that an input asks for; `None` if the answer is wanted as a value.
    pub(crate) fn of(
        session: &Arc<Session>,
        service: &'static Service,
        operation: &'static Operation,
        input: &Map,
        options: &CallOptions,
    ) -> Option<Self> {
        let Some(Value::String(path)) = input.get(DOWNLOAD_TO).filter(|_| is_download(operation)) else { return None };
        let timeout = options.timeout.or(session.settings().calls.timeout);
        Some(Download {
            session: session.clone(),
            service,
            operation,
            path: PathBuf::from(path),
            options: options.clone(),
            until: timeout.map(|timeout| Instant::now() + timeout),
        })
    }

    pub(crate) async fn run(self, input: Map) -> Result<Answer, Error> {
        let mut left = self.options.retries.or(self.session.settings().calls.retries).unwrap_or(RETRIES);
        let mut pause = FIRST_PAUSE;
        loop {
            // A file that cannot be written is an error before anything is sent.
            let file = PendingFile::create(&self.path).map_err(|error| self.unwritable(&error))?;
            let options = CallOptions { timeout: self.time_left().or(self.options.timeout), ..self.options.clone() };
            let answer = send(self.session.clone(), self.service, self.operation, input.clone(), options).await?;
            let this = self.clone();
            let failure = match spawn(async move { this.write(file, answer).await }).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(Interruption::File(error))) => return Err(self.unwritable(&error)),
                Ok(Err(Interruption::Stream(failure))) => failure,
                Err(panic) => return Err(panic.bug()),
            };
            left = match left.checked_sub(1).filter(|_| self.until.is_none_or(|until| Instant::now() + pause < until)) {
                Some(left) => left,
                None => return Err(self.session.call_error(self.service, self.operation, failure)),
            };
            tracing::info!("{}.{}: {}; asking again", self.service.name, self.operation.name, failure.message);
            let this_pause = pause;
            spawn(async move { tokio::time::sleep(this_pause).await }).await.ok();
            pause *= 2;
            count_retry();
        }
    }

    /// Writes and publishes the file. Returns the answer with the file instead of the bytes.
    async fn write(&self, mut file: PendingFile, answer: Answer) -> Result<Answer, Interruption> {
        let stream = take_bytes(&answer);
        let mut fields = answer.to_map();
        let mut sum = ExpectedChecksum::of(&fields);
        let mut bytes = 0;
        let mut take = |piece: &[u8]| {
            sum.update(piece);
            bytes += piece.len();
            file.write(piece).map_err(Interruption::File)
        };
        let in_memory = self.operation.output().fields.iter().filter(|field| field.is_stream);
        let in_memory: Vec<Value> = in_memory.map(|field| fields.take(field.name())).collect();
        match (stream, in_memory.first()) {
            (Some(mut stream), _) => {
                while let Some(piece) = self.in_time(stream.next()).await? {
                    take(&piece.map_err(|error| broken(CallFailureKind::Connection, without_layer(&causes(&error))))?)?;
                }
            }
            // A test has prepared the answer.
            (None, Some(Value::String(text))) => take(text.as_bytes())?,
            (None, Some(Value::Bytes(bytes))) => take(bytes)?,
            (None, _) => {}
        }
        check_length(&fields, bytes)?;
        sum.check()?;
        // The disk takes long to confirm a file, but as long to confirm many.
        let published = tokio::task::spawn_blocking(move || file.publish()).await;
        published.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic())).map_err(Interruption::File)?;
        Ok(answer.with_file(&self.path.to_string_lossy(), bytes))
    }

    /// Waits for the next bytes, at most until the stream counts as stalled or the caller's time is over.
    async fn in_time<T>(&self, next: impl Future<Output = T>) -> Result<T, Interruption> {
        let left = self.until.map_or(IDLE, |until| until.saturating_duration_since(Instant::now()).min(IDLE));
        tokio::time::timeout(left, next).await.map_err(|_| {
            let problem = match left < IDLE {
                true => {
                    "the time limit was over before the last bytes came; raise it with the option timeout".to_owned()
                }
                false => format!("no bytes came for {} seconds; call again", IDLE.as_secs()),
            };
            broken(CallFailureKind::Timeout, problem)
        })
    }

    fn time_left(&self) -> Option<Duration> {
        self.until.map(|until| until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1)))
    }

    fn unwritable(&self, error: &moonfleet_report::Error) -> Error {
        Error {
            service: Some(self.service.name.to_owned()),
            operation: Some(self.operation.name.to_owned()),
            ..Error::new("FileUnwritable", error.to_string())
        }
    }
}

/// Whether the answers of an operation can become files.
pub(crate) fn is_download(operation: &Operation) -> bool {
    operation.output().fields.iter().any(|field| field.is_stream)
}

/// Why a file was not written.
enum Interruption {
    File(moonfleet_report::Error),
    Stream(CallFailure),
}

fn broken(kind: CallFailureKind, problem: impl Into<String>) -> Interruption {
    Interruption::Stream(CallFailure::new(kind, problem))
}

/// Removes what the SDK puts before the causes of each stream's error.
fn without_layer(causes: &str) -> &str {
    causes.strip_prefix("streaming error: ").unwrap_or(causes)
}

fn check_length(fields: &Map, bytes: usize) -> Result<(), Interruption> {
    match fields.get("content_length") {
        Some(Value::Integer(length)) if usize::try_from(*length) != Ok(bytes) => {
            let problem = format!("the answer ends in the middle, after {bytes} of {length} bytes; call again");
            Err(broken(CallFailureKind::Connection, problem))
        }
        _ => Ok(()),
    }
}

/// The checksum that the service has sent with the bytes, and that of the bytes that came.
struct ExpectedChecksum {
    algorithm: String,
    expected: String,
    sum: Option<RunningChecksum>,
}

impl ExpectedChecksum {
    /// Reads the checksum of an answer. That of a part, or one that is made of those of parts, is not that of the bytes.
    fn of(fields: &Map) -> Self {
        const PREFIX: &str = "checksum_";
        let is_of_parts = fields.get("checksum_type") == Some(&Value::from("COMPOSITE"));
        let is_part = fields.get("content_range").is_some_and(|range| !range.is_nil());
        let found = fields.0.iter().find_map(|(name, value)| match value {
            Value::String(expected) if !is_of_parts && !is_part && !expected.contains('-') => {
                let algorithm = name.strip_prefix(PREFIX)?.to_owned();
                let sum = RunningChecksum::new(&algorithm)?;
                Some(ExpectedChecksum { algorithm, expected: expected.clone(), sum: Some(sum) })
            }
            _ => None,
        });
        found.unwrap_or(ExpectedChecksum { algorithm: String::new(), expected: String::new(), sum: None })
    }

    fn update(&mut self, bytes: &[u8]) {
        if let Some(sum) = &mut self.sum {
            sum.update(bytes);
        }
    }

    fn check(&mut self) -> Result<(), Interruption> {
        match self.sum.take().map(RunningChecksum::in_base64) {
            Some(sum) if sum != self.expected => {
                let algorithm = self.algorithm.to_uppercase();
                let problem = format!(
                    "the {algorithm} of the bytes is {sum}, and the service has stored {}; call again",
                    self.expected
                );
                Err(Interruption::Stream(CallFailure {
                    code: "ChecksumMismatch".to_owned(),
                    ..CallFailure::new(CallFailureKind::Garbled, problem)
                }))
            }
            _ => Ok(()),
        }
    }
}
