//! Tests of the engine against a fake Systems Manager that fails in every way.

mod fake;
mod time;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{join, select};
use moonfleet_core::Limit;

use super::engine::{Attached, Engine, Gathered};
use super::progress::{InterruptedRun, RunListener};
use super::status::{TargetVerdict, count_verdicts};
use super::{FleetTarget, OutputDestination, RunRequest, TargetOutcome, Work};
use fake::{DELIVERY, EXECUTION, Fake, FakeFate, Faults};
use time::FakeTime;

const SUCCEEDS: FakeFate = FakeFate::Runs { seconds: 5, code: 0 };

fn request() -> RunRequest {
    RunRequest {
        work: Work::Commands { lines: vec!["true".to_owned()], shell: None, folder: None, stop_on_error: false },
        comment: "test".to_owned(),
        delivery: DELIVERY,
        execution: EXECUTION,
        max_concurrency: None,
        max_errors: None,
        output: OutputDestination::default(),
        server_side: None,
    }
}

fn id(location: usize, number: usize) -> String {
    format!("i-{location}{number:016x}")
}

fn targets(location: usize, count: usize) -> Vec<FleetTarget> {
    (0..count).map(|number| FleetTarget { location, id: id(location, number), ..FleetTarget::default() }).collect()
}

/// Collects the reports of a run.
#[derive(Default)]
struct Reports {
    done: RefCell<Vec<String>>,
    interrupted: RefCell<Vec<String>>,
}

impl RunListener for Reports {
    fn sent(&self, _: &str, _: usize) {}

    fn done(&self, target: &FleetTarget, _: &TargetOutcome) {
        self.done.borrow_mut().push(target.id.clone());
    }

    fn interrupted(&self, run: &InterruptedRun<'_>) {
        let all = [&run.commands[..], &run.sending[..]].concat().join(" ");
        self.interrupted.borrow_mut().push(format!("{}: {all}", run.known));
    }
}

fn run(time: &Rc<FakeTime>, locations: &[Fake], targets: Vec<FleetTarget>, request: &RunRequest) -> Gathered {
    let reports = Reports::default();
    let engine = Engine::new(locations, targets, request, &reports, "mf-test".to_owned());
    let gathered = time.run(engine.run());
    let reported: BTreeSet<String> = reports.done.take().into_iter().collect();
    assert_eq!(reported.len(), gathered.outcomes.len(), "each target is reported once");
    gathered
}

fn counts(gathered: &Gathered) -> BTreeMap<String, usize> {
    let counted = count_verdicts(gathered.outcomes.iter().map(|(_, outcome)| outcome.verdict));
    counted.into_iter().filter(|(_, count)| *count > 0).map(|(verdict, count)| (verdict.to_string(), count)).collect()
}

/// Makes a run on machines in one location that all behave the same.
fn simple(count: usize, fate: FakeFate, faults: Faults, request: &RunRequest) -> (Gathered, Fake) {
    let time = Rc::new(FakeTime::default());
    let targets = targets(0, count);
    let fates = targets.iter().map(|target| (target.id.clone(), fate)).collect::<Vec<_>>();
    let locations = [Fake::new(&time, fates, faults, 7)];
    let gathered = run(&time, &locations, targets, request);
    let [fake] = locations;
    (gathered, fake)
}

// Random cases.

const FATES: [FakeFate; 14] = [
    SUCCEEDS,
    FakeFate::Runs { seconds: 1, code: 0 },
    FakeFate::Runs { seconds: 40, code: 0 },
    FakeFate::Runs { seconds: 2, code: 3 },
    FakeFate::ExecutionTimesOut,
    FakeFate::Stuck,
    FakeFate::Strange,
    FakeFate::Settled("Failed", "Undeliverable"),
    FakeFate::Settled("TimedOut", "DeliveryTimedOut"),
    FakeFate::Settled("Failed", "AccessDenied"),
    FakeFate::Settled("Failed", "InvalidPlatform"),
    FakeFate::Settled("Cancelled", "Terminated"),
    FakeFate::Settled("Paused", "Paused"),
    FakeFate::Unmanaged,
];

struct Case {
    locations: Vec<Fake>,
    targets: Vec<FleetTarget>,
    request: RunRequest,
}

fn case(time: &Rc<FakeTime>, seed: u64) -> Case {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut some = |most: f64| if rng.bool() { 0.0 } else { rng.f64() * most };
    let faults = Faults {
        answer_lost: some(0.5),
        request_lost: some(0.5),
        unconnected: some(0.3),
        refused: some(0.2),
        find: some(0.7),
        list: some(0.5),
        get: some(0.5),
        cancel: some(0.5),
        no_lists: some(1.0) > 0.7,
        unnamed: some(1.0) > 0.7,
        late: some(40.0) as u64,
    };
    let success_rate = rng.f64();
    let mut targets_of = Vec::new();
    let mut locations = Vec::new();
    for location in 0..rng.usize(1..3) {
        let most = if rng.u8(..10) == 0 { 160 } else { 12 };
        let here = targets(location, rng.usize(0..most));
        let fates = here.iter().map(|target| {
            let fate =
                if rng.f64() < success_rate { SUCCEEDS } else { *rng.choice(&FATES).expect("the list is not empty") };
            (target.id.clone(), fate)
        });
        locations.push(Fake::new(time, fates.collect::<Vec<_>>(), faults, rng.u64(..)));
        targets_of.extend(here);
    }
    rng.shuffle(&mut targets_of);
    let limit = |rng: &mut fastrand::Rng, least: usize| match rng.u8(..4) {
        0 => Some(Limit::Count(rng.usize(least..20))),
        1 => Some(Limit::Percent(rng.usize(least..101))),
        _ => None,
    };
    let request = RunRequest { max_concurrency: limit(&mut rng, 1), max_errors: limit(&mut rng, 0), ..request() };
    Case { locations, targets: targets_of, request }
}

#[test]
fn in_10_000_cases_of_mixed_faults_every_target_has_one_outcome_and_none_runs_twice() {
    let mut all: BTreeMap<TargetVerdict, usize> = BTreeMap::new();
    for seed in 0..10_000 {
        fastrand::seed(seed);
        let time = Rc::new(FakeTime::default());
        let Case { locations, targets, request } = case(&time, seed);
        let gathered = run(&time, &locations, targets.clone(), &request);
        let ids: Vec<&str> = gathered.outcomes.iter().map(|(target, _)| target.id.as_str()).collect();
        let planned: Vec<&str> = targets.iter().map(|target| target.id.as_str()).collect();
        assert_eq!(ids, planned, "case {seed}: the targets, in their order");
        let counted = count_verdicts(gathered.outcomes.iter().map(|(_, outcome)| outcome.verdict));
        assert_eq!(counted.iter().map(|(_, count)| count).sum::<usize>(), targets.len(), "case {seed}");
        for (target, TargetOutcome { verdict, detail, .. }) in &gathered.outcomes {
            let fake = &locations[target.location];
            let ran = fake.ran.borrow().get(&target.id).copied().unwrap_or_default();
            let fate = fake.fates[&target.id];
            let shown = format!("case {seed}: {} {verdict} {detail}, {fate:?}, ran {ran} times", target.id);
            assert!(ran <= 1, "{shown}");
            match verdict {
                TargetVerdict::Ok => assert!(ran == 1 && matches!(fate, FakeFate::Runs { code: 0, .. }), "{shown}"),
                TargetVerdict::Failed => {
                    assert!(ran == 1 && matches!(fate, FakeFate::Runs { .. } | FakeFate::ExecutionTimesOut), "{shown}");
                }
                TargetVerdict::Unreached => assert_eq!(ran, 0, "{shown}"),
                TargetVerdict::Cancelled | TargetVerdict::Unknown => {}
                TargetVerdict::Planned => panic!("nothing is planned here: {shown}"),
            }
            *all.entry(*verdict).or_default() += 1;
        }
    }
    println!("{all:?}");
    assert_eq!(all.len(), 5, "every verdict occurs");
}

#[test]
fn in_1_000_runs_whose_answers_are_lost_no_target_runs_twice_and_all_are_found() {
    let mut lost = 0;
    for seed in 0..1000 {
        fastrand::seed(seed);
        let time = Rc::new(FakeTime::default());
        let targets = targets(0, 1 + seed as usize % 120);
        let fates = targets.iter().map(|target| (target.id.clone(), SUCCEEDS)).collect::<Vec<_>>();
        let faults = Faults { answer_lost: 1.0, late: seed % 20, ..Faults::default() };
        let locations = [Fake::new(&time, fates, faults, seed)];
        let gathered = run(&time, &locations, targets, &request());
        assert!(locations[0].ran.borrow().values().all(|ran| *ran == 1));
        assert!(gathered.outcomes.iter().all(|(_, outcome)| outcome.verdict == TargetVerdict::Ok), "run {seed}");
        lost += locations[0].lost.get();
    }
    println!("1,000 runs, {lost} answers lost");
}

#[test]
fn a_command_whose_answer_is_lost_and_that_is_never_found_is_unknown_and_names_its_comment() {
    let faults = Faults { answer_lost: 1.0, find: 1.0, ..Faults::default() };
    let (gathered, fake) = simple(3, SUCCEEDS, faults, &request());
    assert_eq!(counts(&gathered), BTreeMap::from([("unknown".to_owned(), 3)]));
    assert!(gathered.outcomes[0].1.detail.contains("test mf-test-0-1"), "{}", gathered.outcomes[0].1.detail);
    assert_eq!(fake.calls.borrow()["send"], 1);
}

#[test]
fn commands_that_were_never_sent_are_unreached_and_not_searched_for() {
    let (gathered, fake) = simple(3, SUCCEEDS, Faults { unconnected: 1.0, ..Faults::default() }, &request());
    assert_eq!(counts(&gathered), BTreeMap::from([("unreached".to_owned(), 3)]));
    assert_eq!(fake.calls.borrow().get("find"), None);
}

// Batches.

#[test]
fn batches_have_at_most_50_ids_and_each_target_is_in_one() {
    for (count, sends) in [(0, 0), (1, 1), (50, 1), (51, 2), (1000, 20)] {
        let (gathered, fake) = simple(count, SUCCEEDS, Faults::default(), &request());
        assert_eq!(counts(&gathered).get("ok").copied().unwrap_or_default(), count);
        let commands = fake.commands.take();
        assert_eq!(commands.len(), sends, "{count} targets");
        let mut ids: Vec<String> = commands.into_iter().flat_map(|command| command.ids).collect();
        assert_eq!(ids.len(), count);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
        if count == 0 {
            assert!(fake.calls.take().is_empty());
        }
    }
}

#[test]
fn a_thousand_targets_take_few_calls() {
    let (_, fake) = simple(1000, SUCCEEDS, Faults::default(), &request());
    let calls = fake.calls.take();
    println!("1,000 targets, 5 s each: {calls:?}, {:?}", fake.time.now());
    assert_eq!((calls["send"], calls["get"]), (20, 1000));
    // Each of 20 commands: a look after 0.7, 2.7, 4.7 and 6.7 s, or a little earlier or later.
    assert!(calls["list"] <= 100, "{calls:?}");
}

#[test]
fn one_refused_id_is_unreached_and_the_other_49_run_once() {
    // If the error does not name the id, halves are tried: two calls for each of six halvings, and
    // the first call.
    for (unnamed, most) in [(false, 2), (true, 13)] {
        let time = Rc::new(FakeTime::default());
        let targets = targets(0, 50);
        let fates = targets.iter().map(|target| (target.id.clone(), SUCCEEDS)).collect::<Vec<_>>();
        let mut fake = Fake::new(&time, fates, Faults { unnamed, ..Faults::default() }, 7);
        fake.fates.insert(id(0, 17), FakeFate::Unmanaged);
        let locations = [fake];
        let gathered = run(&time, &locations, targets, &request());
        assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 49), ("unreached".to_owned(), 1)]));
        assert!(gathered.outcomes[17].1.detail.starts_with("InvalidInstanceId"), "{}", gathered.outcomes[17].1.detail);
        assert!(locations[0].ran.borrow().values().all(|ran| *ran == 1));
        assert!(locations[0].calls.borrow()["send"] <= most, "{:?}", locations[0].calls);
    }
}

#[test]
fn an_id_that_begins_like_a_refused_one_is_not_refused() {
    let time = Rc::new(FakeTime::default());
    let ids = ["i-12345678", "i-123456789abcdef01", "mi-12345678"];
    let targets: Vec<_> = ids.iter().map(|id| FleetTarget { id: (*id).to_owned(), ..FleetTarget::default() }).collect();
    let fates = ids.map(|id| (id.to_owned(), if id == "i-12345678" { FakeFate::Unmanaged } else { SUCCEEDS }));
    let gathered = run(&time, &[Fake::new(&time, fates, Faults::default(), 7)], targets, &request());
    let verdicts: Vec<_> = gathered.outcomes.iter().map(|(_, outcome)| outcome.verdict).collect();
    assert_eq!(verdicts, [TargetVerdict::Unreached, TargetVerdict::Ok, TargetVerdict::Ok]);
}

// Limits.

#[test]
fn max_concurrency_holds_over_all_batches_and_locations() {
    let time = Rc::new(FakeTime::default());
    let targets: Vec<_> = targets(0, 120).into_iter().chain(targets(1, 60)).collect();
    let fates =
        |location| targets.iter().filter(move |target| target.location == location).map(|t| (t.id.clone(), SUCCEEDS));
    let locations = [0, 1].map(|location| Fake::new(&time, fates(location).collect::<Vec<_>>(), Faults::default(), 7));
    let request = RunRequest { max_concurrency: Some(Limit::Count(30)), ..request() };
    let reports = Reports::default();
    let engine = Engine::new(&locations, targets.clone(), &request, &reports, "mf".to_owned());
    let most = std::cell::Cell::new(0);
    let watched = async {
        while time.now() < Duration::from_secs(3600) {
            most.set(most.get().max(locations.iter().map(Fake::busy).sum()));
            time.sleep(Duration::from_millis(100)).await;
        }
    };
    let (gathered, ()) = time.run(join(engine.run(), watched));
    assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 180)]));
    assert_eq!(most.get(), 30);
}

#[test]
fn a_concurrency_of_one_batch_sends_one_batch_after_the_other() {
    let request = RunRequest { max_concurrency: Some(Limit::Count(50)), ..request() };
    let (gathered, fake) = simple(200, FakeFate::Runs { seconds: 2, code: 0 }, Faults::default(), &request);
    assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 200)]));
    let limits: Vec<_> = fake.commands.borrow().iter().map(|c| c.batch.max_concurrency.clone()).collect();
    assert_eq!(limits, ["50"; 4]);
    assert!(fake.time.now() < Duration::from_secs(20), "{:?}", fake.time.now());
}

#[test]
fn max_errors_ends_the_run_across_batches() {
    let failing = FakeFate::Runs { seconds: 1, code: 1 };
    let request =
        RunRequest { max_errors: Some(Limit::Count(3)), max_concurrency: Some(Limit::Count(10)), ..request() };
    let (gathered, fake) = simple(200, failing, Faults::default(), &request);
    let counts = counts(&gathered);
    // Machines that had started the command finished it.
    assert!(
        gathered
            .outcomes
            .iter()
            .all(|(_, outcome)| outcome.verdict != TargetVerdict::Cancelled || outcome.exit_code.is_none())
    );
    assert!(fake.commands.borrow().len() < 4, "{} commands", fake.commands.borrow().len());
    assert!(counts["cancelled"] >= 100, "{counts:?}");
    assert!(gathered.outcomes.iter().any(|(_, outcome)| outcome.detail.contains("max_errors")));
    assert_eq!(fake.commands.borrow()[0].batch.max_errors, "3");
}

#[test]
fn undelivered_commands_do_not_count_for_max_errors() {
    let request = RunRequest { max_errors: Some(Limit::Count(0)), ..request() };
    let (gathered, _) = simple(60, FakeFate::Settled("Failed", "Undeliverable"), Faults::default(), &request);
    assert_eq!(counts(&gathered), BTreeMap::from([("unreached".to_owned(), 60)]));
}

// Watching.

#[test]
fn invocations_that_appear_late_are_waited_for() {
    for no_lists in [false, true] {
        let (gathered, _) = simple(3, SUCCEEDS, Faults { late: 45, no_lists, ..Faults::default() }, &request());
        assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 3)]));
    }
}

#[test]
fn machines_are_read_one_by_one_if_lists_keep_failing() {
    let (gathered, fake) = simple(3, SUCCEEDS, Faults { list: 1.0, ..Faults::default() }, &request());
    assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 3)]));
    assert!(fake.time.now() < Duration::from_secs(15), "{:?}", fake.time.now());
}

#[test]
fn invocations_that_never_appear_or_never_end_are_unknown() {
    let (gathered, fake) = simple(2, SUCCEEDS, Faults { late: 100_000, ..Faults::default() }, &request());
    assert!(gathered.outcomes[0].1.detail.contains("never appeared"));
    assert!(fake.time.now() < Duration::from_secs(180));
    let (gathered, fake) = simple(2, FakeFate::Stuck, Faults::default(), &request());
    assert!(gathered.outcomes[0].1.detail.contains("still InProgress"), "{:?}", gathered.outcomes[0].1);
    assert!(fake.time.now() < Duration::from_secs(240));
}

#[test]
fn the_list_provides_the_output_if_details_are_refused() {
    let time = Rc::new(FakeTime::default());
    let mut fake = Fake::new(&time, [(id(0, 0), SUCCEEDS)], Faults { get: 1.0, ..Faults::default() }, 7);
    fake.output = "x".repeat(2501);
    let gathered = run(&time, &[fake], targets(0, 1), &request());
    let outcome = &gathered.outcomes[0].1;
    assert_eq!((outcome.stdout.len(), outcome.truncated), (2500, true));
}

#[test]
fn truncated_outputs_are_marked_or_fetched_whole() {
    for (length, whole, expected) in
        [(23_999, None, (23_999, false)), (24_001, None, (24_000, true)), (24_001, Some(30_000), (30_000, false))]
    {
        let time = Rc::new(FakeTime::default());
        let mut fake = Fake::new(&time, [(id(0, 0), SUCCEEDS)], Faults::default(), 7);
        fake.output = "x".repeat(length);
        fake.whole = whole.map(|length| "x".repeat(length));
        let gathered = run(&time, &[fake], targets(0, 1), &request());
        let outcome = &gathered.outcomes[0].1;
        assert_eq!((outcome.stdout.len(), outcome.truncated), expected);
    }
}

// Targets that Systems Manager selects.

#[test]
fn targets_that_systems_manager_selected_differently_are_reported() {
    let time = Rc::new(FakeTime::default());
    let planned = targets(0, 70);
    let selected: Vec<String> = (3..73).map(|number| id(0, number)).collect();
    let mut fake = Fake::new(&time, [], Faults { late: 10, ..Faults::default() }, 7);
    fake.selected = Some(selected);
    let locations = [fake];
    let request = RunRequest { server_side: Some(("tag:App".to_owned(), vec!["x".to_owned()])), ..request() };
    let gathered = run(&time, &locations, planned, &request);
    assert_eq!(locations[0].calls.borrow()["send"], 1);
    assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 70), ("unreached".to_owned(), 3)]));
    assert!(gathered.outcomes[0].1.detail.contains("did not select"));
    let unplanned: Vec<_> = gathered.outcomes[gathered.planned..].iter().map(|(target, _)| target.id.clone()).collect();
    assert_eq!(unplanned, [id(0, 70), id(0, 71), id(0, 72)]);
}

#[test]
fn a_refused_command_with_server_side_targets_is_not_divided() {
    let request = RunRequest { server_side: Some(("tag:App".to_owned(), vec!["x".to_owned()])), ..request() };
    let (gathered, fake) = simple(3, FakeFate::Unmanaged, Faults::default(), &request);
    assert_eq!(counts(&gathered), BTreeMap::from([("unreached".to_owned(), 3)]));
    assert_eq!(fake.calls.borrow()["send"], 1);
}

#[test]
fn late_or_failing_lists_lose_no_server_side_target() {
    for faults in [Faults { late: 10, ..Faults::default() }, Faults { list: 0.7, ..Faults::default() }] {
        let request = RunRequest { server_side: Some(("tag:App".to_owned(), vec!["x".to_owned()])), ..request() };
        let (gathered, _) = simple(3, FakeFate::Runs { seconds: 0, code: 0 }, faults, &request);
        assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 3)]));
    }
}

// Interrupted runs.

#[test]
fn a_run_that_is_dropped_while_it_sends_searches_for_its_command() {
    let time = Rc::new(FakeTime::default());
    let locations =
        [Fake::new(&time, [(id(0, 0), SUCCEEDS)], Faults { answer_lost: 1.0, late: 60, ..Faults::default() }, 7)];
    let (reports, request) = (Reports::default(), request());
    let engine = Engine::new(&locations, targets(0, 1), &request, &reports, "mf".to_owned());
    let later = time.sleep(Duration::from_secs(5));
    time.run(select(pin!(engine.run()), pin!(later)));
    drop(engine);
    assert_eq!(locations[0].abandoned.take(), ["test mf-0-1"]);
    assert_eq!(reports.interrupted.take(), ["1 not known yet: test mf-0-1"]);
}

#[test]
fn a_dropped_run_cancels_its_commands_and_reports_the_outcomes_so_far() {
    let time = Rc::new(FakeTime::default());
    let targets = targets(0, 60);
    let mut fates: Vec<_> = targets.iter().map(|target| (target.id.clone(), FakeFate::Stuck)).collect();
    fates[3].1 = SUCCEEDS;
    let locations = [Fake::new(&time, fates, Faults::default(), 7)];
    let (reports, request) = (Reports::default(), request());
    let engine = Engine::new(&locations, targets, &request, &reports, "mf".to_owned());
    let later = time.sleep(Duration::from_secs(30));
    time.run(select(pin!(engine.run()), pin!(later)));
    drop(engine);
    assert_eq!(locations[0].abandoned.take(), ["0", "1"]);
    assert_eq!(reports.interrupted.take(), ["1 ok, 59 not known yet: 0 1"]);

    // A run that only watches cancels no commands.
    let ids = locations[0].commands.borrow()[0].ids.clone();
    let targets: Vec<_> = ids.into_iter().map(|id| FleetTarget { id, ..FleetTarget::default() }).collect();
    let all = (0..targets.len()).collect();
    let attached = vec![Attached { location: 0, id: "0".to_owned(), targets: all, is_server_side: false }];
    let engine = Engine::new(&locations, targets, &request, &reports, String::new());
    let later = time.sleep(Duration::from_secs(10));
    time.run(select(pin!(engine.attach(attached)), pin!(later)));
    drop(engine);
    assert_eq!(locations[0].abandoned.take(), [""; 0]);
    assert_eq!(reports.interrupted.take().len(), 1);
}
