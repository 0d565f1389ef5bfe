//! The threads on which requests wait and answers are parsed, while Lua continues.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use moonfleet_core::{Error, exit_hooks};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// Returns the runtime. The first call makes it, so that a run without calls starts no threads.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        return_freed_memory();
        // Lua has a core of its own. More threads than cores would only hold more memory:
        // the allocator keeps a heap for each that has parsed an answer.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Builder::new_multi_thread()
            .worker_threads(cores.saturating_sub(1).max(1))
            .thread_name("moonfleet-io")
            .enable_all()
            .build()
            .expect("a process that cannot start a thread cannot do anything else either")
    })
}

/// Makes glibc return freed memory to the kernel. Lists are parsed from answers of megabytes.
/// By default glibc raises both thresholds when the first such block is freed, and then keeps
/// that much in each of its heaps; setting a threshold turns this off. A listing of 20,000 instances
/// takes 63 MB so, and 67 MB without (`cargo bench --bench listing`).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn return_freed_memory() {
    /// Bytes; glibc's own value before it raises the threshold.
    const THRESHOLD: libc::c_int = 128 * 1024;
    // SAFETY: `mallopt` only stores these numbers, under the allocator's own lock.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, THRESHOLD);
        libc::mallopt(libc::M_TRIM_THRESHOLD, THRESHOLD);
    }
}

/// Work on the runtime's threads. Dropping it cancels the work.
pub struct Task<T>(JoinHandle<T>);

impl<T> Task<T> {
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

pub fn spawn<F>(work: F) -> Task<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    match NON_INTERACTIVE.try_with(|()| ()) {
        Ok(()) => Task(runtime().spawn(non_interactive(work))),
        Err(_) => Task(runtime().spawn(work)),
    }
}

tokio::task_local! {
    /// Set for background work, and for all work that it starts.
    static NON_INTERACTIVE: ();
}

/// Marks work that must not ask questions at the terminal.
pub fn non_interactive<F: Future>(work: F) -> impl Future<Output = F::Output> {
    NON_INTERACTIVE.scope((), work)
}

pub(crate) fn is_non_interactive() -> bool {
    NON_INTERACTIVE.try_with(|()| ()).is_ok()
}

/// Work that starts while its caller is being ended, and that the process waits for.
static CLEANUP: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// Starts cleanup work, which [`shutdown`] waits for. Errors are logged.
pub fn spawn_cleanup<E: fmt::Display>(work: impl Future<Output = Result<(), E>> + Send + 'static) {
    let work = runtime().spawn(async {
        if let Err(error) = work.await {
            tracing::warn!("{error}");
        }
    });
    CLEANUP.lock().unwrap_or_else(PoisonError::into_inner).push(work);
}

/// How long the process waits for cleanup work at its end.
const CLEANUP_TIME: Duration = Duration::from_secs(4);

/// Runs the exit hooks, and waits for cleanup work.
pub fn shutdown() {
    exit_hooks::run();
    let work = std::mem::take(&mut *CLEANUP.lock().unwrap_or_else(PoisonError::into_inner));
    if !work.is_empty() {
        let all = async move { tokio::time::timeout(CLEANUP_TIME, futures_util::future::join_all(work)).await };
        // Work that is not done by now is dropped with the process.
        let _ = runtime().block_on(all);
    }
}

/// The work panicked with this message.
#[derive(Debug)]
pub struct Panicked(String);

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Panicked {
    /// Converts to an error with the code `Bug`, which callers cannot handle.
    pub fn bug(self) -> Error {
        Error::new("Bug", format!("the SDK panicked: {self}"))
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, Panicked>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_err(|error| match error.try_into_panic() {
            Ok(payload) => {
                let text = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
                Panicked(
                    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned()),
                )
            }
            Err(error) => Panicked(error.to_string()),
        })
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;

    #[test]
    fn work_that_background_work_starts_is_non_interactive_too() {
        let inner = || spawn(async { is_non_interactive() });
        let is_background = block_on(spawn(non_interactive(async move { inner().await }))).expect("no panic");
        assert!(is_background.expect("no panic"));
        assert!(!block_on(spawn(async move { inner().await })).expect("no panic").expect("no panic"));
    }
}
