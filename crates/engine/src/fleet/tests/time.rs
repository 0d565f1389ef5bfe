//! A fake clock that advances only when all tasks wait, so that tests of hours take no time.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

#[derive(Default)]
pub(super) struct FakeTime {
    now: Cell<Duration>,
    number: Cell<u64>,
    sleepers: RefCell<BTreeMap<(Duration, u64), Waker>>,
}

impl FakeTime {
    pub(super) fn now(&self) -> Duration {
        self.now.get()
    }

    pub(super) fn sleep(&self, time: Duration) -> impl Future<Output = ()> {
        self.number.set(self.number.get() + 1);
        let until = (self.now() + time, self.number.get());
        poll_fn(move |cx| {
            if self.now() >= until.0 {
                return Poll::Ready(());
            }
            self.sleepers.borrow_mut().insert(until, cx.waker().clone());
            Poll::Pending
        })
    }

    pub(super) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        loop {
            if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                return done;
            }
            if !woken.0.swap(false, Ordering::SeqCst) {
                let ((until, _), sleeper) =
                    self.sleepers.borrow_mut().pop_first().expect("a task waits without a timer");
                self.now.set(until.max(self.now()));
                sleeper.wake();
            }
        }
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
