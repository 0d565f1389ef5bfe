//! The memory that a list takes.

use wait4::Wait4 as _;

use crate::answers::*;
use crate::support::instance_page::instance_page;
use crate::support::server::{Reply, Server};

const PAGE_SIZE: usize = 1_000;
const FEW_PAGES: usize = 4;
const MANY_PAGES: usize = 24;
/// The most that an instance may take, with its tags, a volume and a network interface, in bytes. Its XML has 2,400.
const ENOUGH: u64 = 2_000;

/// Returns the most memory of a run that holds this many pages of instances, in bytes.
fn peak(pages: usize) -> u64 {
    let server = Server::start(move |request| {
        let page = request.parameter("NextToken").map_or(0, |token| token.parse().expect("our own token"));
        let next = (page + 1 < pages).then(|| (page + 1).to_string());
        Reply::xml(instance_page(page * PAGE_SIZE, PAGE_SIZE, next.as_deref()))
    });
    let count = pages * PAGE_SIZE;
    let chunk =
        format!("local all = ec2.describe_instances.all{{}} assert(#all == {count}) assert(all[{count}].tags.App)");
    let (child, _home) = on(&server).arg("-e").arg(&chunk).spawn();
    let ended = child.wait4().expect("the program was started");
    assert!(ended.status.success(), "{:?}", ended.status);
    ended.rusage.maxrss
}

#[test]
fn an_instance_in_a_list_takes_less_than_two_kilobytes() {
    let (few, many) = (peak(FEW_PAGES), peak(MANY_PAGES));
    let each = many.saturating_sub(few) / ((MANY_PAGES - FEW_PAGES) * PAGE_SIZE) as u64;
    assert!(
        each < ENOUGH,
        "an instance takes {each} bytes: {few} bytes in all with {FEW_PAGES} pages, {many} with {MANY_PAGES}"
    );
}
