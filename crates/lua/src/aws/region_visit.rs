//! One call of a sweep's function, in one region.
//!
//! A function that only asks services with one endpoint for all regions has the same result in each region, so it runs once.
//! Until the function asks such a service, all regions run at the same time. Then they wait for the first one: if it has
//! only asked such services, and has not read its region or its session in another way, the others end without a
//! result. Otherwise they go on.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;

use tokio::sync::{Notify, watch};

/// The region of rows that belong to all regions.
pub(super) const GLOBAL: &str = "global";

pub(super) struct RegionVisit {
    /// The result can depend on the region.
    is_regional: Cell<bool>,
    asks_globally: Cell<bool>,
    order: Order,
    repeats: Notify,
}

/// Whether the first visit is global, as soon as that is known.
enum Order {
    First(watch::Sender<Option<bool>>),
    Later(watch::Receiver<Option<bool>>),
}

impl RegionVisit {
    /// Returns the visits of these many regions; the first one is the first.
    pub(super) fn of_regions(count: usize) -> Vec<Rc<Self>> {
        let (tells, first) = watch::channel(None);
        let later = (1..count).map(|_| Order::Later(first.clone()));
        std::iter::once(Order::First(tells)).chain(later).map(Self::new).collect()
    }

    fn new(order: Order) -> Rc<Self> {
        let (is_regional, asks_globally, repeats) = Default::default();
        Rc::new(RegionVisit { is_regional, asks_globally, order, repeats })
    }

    /// Notes that the function uses its session, in a way that can depend on the region.
    pub(super) fn uses_session(&self) {
        self.is_regional.set(true);
        self.tell();
    }

    /// Notes that the function has returned.
    pub(super) fn ended(&self) {
        self.tell();
    }

    fn tell(&self) {
        if let Order::First(tells) = &self.order {
            tells.send_replace(Some(self.is_global()));
        }
    }

    /// Notes a call to a service with one endpoint for all regions. Does not return if the first visit has the same result.
    pub(super) async fn asks_globally(&self) {
        self.asks_globally.set(true);
        let Order::Later(first) = &self.order else { return };
        if !self.is_regional.get() && is_global(first.clone()).await {
            self.repeats.notify_one();
            pending::<()>().await;
        }
    }

    /// Returns when the visit would repeat the first one.
    pub(super) async fn repeats(&self) {
        self.repeats.notified().await;
    }

    /// Whether this is the first visit, and its result belongs to all regions.
    pub(super) fn is_global(&self) -> bool {
        matches!(self.order, Order::First(_)) && self.asks_globally.get() && !self.is_regional.get()
    }
}

/// Returns whether the first visit is global, when that is known; false if it fails before.
async fn is_global(mut first: watch::Receiver<Option<bool>>) -> bool {
    first.wait_for(Option::is_some).await.is_ok_and(|is_global| *is_global == Some(true))
}
