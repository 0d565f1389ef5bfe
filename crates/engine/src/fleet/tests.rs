//! The engine's promises, kept against a Systems Manager that fails in every way.

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
use super::status::{TargetVerdict, counted};
use super::{FleetTarget, OutputDestination, RunRequest, TargetOutcome, Work};
use fake::{DELIVERY, EXECUTION, Fake, FakeFate, Faults};
use time::FakeTime;

const WELL: FakeFate = FakeFate::Runs { seconds: 5, code: 0 };

fn order() -> RunRequest {
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

fn id(place: usize, number: usize) -> String {
    format!("i-{place}{number:016x}")
}

fn targets(place: usize, count: usize) -> Vec<FleetTarget> {
    (0..count).map(|number| FleetTarget { place, id: id(place, number), ..FleetTarget::default() }).collect()
}

/// What a run told while it went on.
#[derive(Default)]
struct Heard {
    done: RefCell<Vec<String>>,
    interrupted: RefCell<Vec<String>>,
}

impl RunListener for Heard {
    fn sent(&self, _: &str, _: usize) {}

    fn done(&self, target: &FleetTarget, _: &TargetOutcome) {
        self.done.borrow_mut().push(target.id.clone());
    }

    fn interrupted(&self, told: &InterruptedRun<'_>) {
        let all = [&told.commands[..], &told.sending[..]].concat().join(" ");
        self.interrupted.borrow_mut().push(format!("{}: {all}", told.known));
    }
}

fn run(time: &Rc<FakeTime>, places: &[Fake], targets: Vec<FleetTarget>, order: &RunRequest) -> Gathered {
    let heard = Heard::default();
    let engine = Engine::new(places, targets, order, &heard, "mf-test".to_owned());
    let gathered = time.run(engine.run());
    let told: BTreeSet<String> = heard.done.take().into_iter().collect();
    assert_eq!(told.len(), gathered.outcomes.len(), "each is told once");
    gathered
}

fn counts(gathered: &Gathered) -> BTreeMap<String, usize> {
    let counted = counted(gathered.outcomes.iter().map(|(_, outcome)| outcome.verdict));
    counted.into_iter().filter(|(_, count)| *count > 0).map(|(verdict, count)| (verdict.to_string(), count)).collect()
}

/// A run on machines of one place that all do the same.
fn simple(count: usize, fate: FakeFate, faults: Faults, order: &RunRequest) -> (Gathered, Fake) {
    let time = Rc::new(FakeTime::default());
    let targets = targets(0, count);
    let fates = targets.iter().map(|target| (target.id.clone(), fate)).collect::<Vec<_>>();
    let places = [Fake::new(&time, fates, faults, 7)];
    let gathered = run(&time, &places, targets, order);
    let [fake] = places;
    (gathered, fake)
}

// Anything at all.

const FATES: [FakeFate; 14] = [
    WELL,
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
    places: Vec<Fake>,
    targets: Vec<FleetTarget>,
    order: RunRequest,
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
    let well = rng.f64();
    let mut targets_of = Vec::new();
    let mut places = Vec::new();
    for place in 0..rng.usize(1..3) {
        let most = if rng.u8(..10) == 0 { 160 } else { 12 };
        let here = targets(place, rng.usize(0..most));
        let fates = here.iter().map(|target| {
            let fate = if rng.f64() < well { WELL } else { *rng.choice(&FATES).expect("there are some") };
            (target.id.clone(), fate)
        });
        places.push(Fake::new(time, fates.collect::<Vec<_>>(), faults, rng.u64(..)));
        targets_of.extend(here);
    }
    rng.shuffle(&mut targets_of);
    let share = |rng: &mut fastrand::Rng, least: usize| match rng.u8(..4) {
        0 => Some(Limit::Count(rng.usize(least..20))),
        1 => Some(Limit::Percent(rng.usize(least..101))),
        _ => None,
    };
    let order = RunRequest { max_concurrency: share(&mut rng, 1), max_errors: share(&mut rng, 0), ..order() };
    Case { places, targets: targets_of, order }
}

#[test]
fn in_10_000_cases_of_mixed_faults_every_target_has_one_outcome_and_none_runs_twice() {
    let mut all: BTreeMap<TargetVerdict, usize> = BTreeMap::new();
    for seed in 0..10_000 {
        fastrand::seed(seed);
        let time = Rc::new(FakeTime::default());
        let Case { places, targets, order } = case(&time, seed);
        let gathered = run(&time, &places, targets.clone(), &order);
        let told: Vec<&str> = gathered.outcomes.iter().map(|(target, _)| target.id.as_str()).collect();
        let planned: Vec<&str> = targets.iter().map(|target| target.id.as_str()).collect();
        assert_eq!(told, planned, "case {seed}: the targets, in their order");
        let counted = counted(gathered.outcomes.iter().map(|(_, outcome)| outcome.verdict));
        assert_eq!(counted.iter().map(|(_, count)| count).sum::<usize>(), targets.len(), "case {seed}");
        for (target, TargetOutcome { verdict, detail, .. }) in &gathered.outcomes {
            let fake = &places[target.place];
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
    assert_eq!(all.len(), 5, "every verdict comes about");
}

#[test]
fn in_1_000_runs_whose_answers_are_lost_no_target_runs_twice_and_all_are_found() {
    let mut lost = 0;
    for seed in 0..1000 {
        fastrand::seed(seed);
        let time = Rc::new(FakeTime::default());
        let targets = targets(0, 1 + seed as usize % 120);
        let fates = targets.iter().map(|target| (target.id.clone(), WELL)).collect::<Vec<_>>();
        let faults = Faults { answer_lost: 1.0, late: seed % 20, ..Faults::default() };
        let places = [Fake::new(&time, fates, faults, seed)];
        let gathered = run(&time, &places, targets, &order());
        assert!(places[0].ran.borrow().values().all(|ran| *ran == 1));
        assert!(gathered.outcomes.iter().all(|(_, outcome)| outcome.verdict == TargetVerdict::Ok), "run {seed}");
        lost += places[0].lost.get();
    }
    println!("1,000 runs, {lost} answers lost");
}

#[test]
fn a_lost_answer_that_is_never_found_is_unknown_and_says_how_to_look_for_it() {
    let faults = Faults { answer_lost: 1.0, find: 1.0, ..Faults::default() };
    let (gathered, fake) = simple(3, WELL, faults, &order());
    assert_eq!(counts(&gathered), BTreeMap::from([("unknown".to_owned(), 3)]));
    assert!(gathered.outcomes[0].1.detail.contains("test mf-test-0-1"), "{}", gathered.outcomes[0].1.detail);
    assert_eq!(fake.calls.borrow()["send"], 1);
}

#[test]
fn what_never_left_this_machine_is_unreached_and_not_looked_for() {
    let (gathered, fake) = simple(3, WELL, Faults { unconnected: 1.0, ..Faults::default() }, &order());
    assert_eq!(counts(&gathered), BTreeMap::from([("unreached".to_owned(), 3)]));
    assert_eq!(fake.calls.borrow().get("find"), None);
}

// Batches.

#[test]
fn batches_have_at_most_50_ids_each_target_is_in_one_and_none_make_no_call() {
    for (count, sends) in [(0, 0), (1, 1), (50, 1), (51, 2), (1000, 20)] {
        let (gathered, fake) = simple(count, WELL, Faults::default(), &order());
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
    let (_, fake) = simple(1000, WELL, Faults::default(), &order());
    let calls = fake.calls.take();
    println!("1,000 targets, 5 s each: {calls:?}, {:?}", fake.time.now());
    assert_eq!((calls["send"], calls["get"]), (20, 1000));
    // Each of 20 commands: a look after 0.7, 2.7, 4.7 and 6.7 s, or a little earlier or later.
    assert!(calls["list"] <= 100, "{calls:?}");
}

#[test]
fn one_bad_id_is_named_and_the_other_49_run_once() {
    // Where nobody names it, halves are tried: two for each of six, and the first.
    for (unnamed, most) in [(false, 2), (true, 13)] {
        let time = Rc::new(FakeTime::default());
        let targets = targets(0, 50);
        let fates = targets.iter().map(|target| (target.id.clone(), WELL)).collect::<Vec<_>>();
        let mut fake = Fake::new(&time, fates, Faults { unnamed, ..Faults::default() }, 7);
        fake.fates.insert(id(0, 17), FakeFate::Unmanaged);
        let places = [fake];
        let gathered = run(&time, &places, targets, &order());
        assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 49), ("unreached".to_owned(), 1)]));
        assert!(gathered.outcomes[17].1.detail.starts_with("InvalidInstanceId"), "{}", gathered.outcomes[17].1.detail);
        assert!(places[0].ran.borrow().values().all(|ran| *ran == 1));
        assert!(places[0].calls.borrow()["send"] <= most, "{:?}", places[0].calls);
    }
}

#[test]
fn an_id_that_begins_as_a_bad_one_does_is_not_taken_for_it() {
    let time = Rc::new(FakeTime::default());
    let ids = ["i-12345678", "i-123456789abcdef01", "mi-12345678"];
    let targets: Vec<_> = ids.iter().map(|id| FleetTarget { id: (*id).to_owned(), ..FleetTarget::default() }).collect();
    let fates = ids.map(|id| (id.to_owned(), if id == "i-12345678" { FakeFate::Unmanaged } else { WELL }));
    let gathered = run(&time, &[Fake::new(&time, fates, Faults::default(), 7)], targets, &order());
    let verdicts: Vec<_> = gathered.outcomes.iter().map(|(_, outcome)| outcome.verdict).collect();
    assert_eq!(verdicts, [TargetVerdict::Unreached, TargetVerdict::Ok, TargetVerdict::Ok]);
}

// Limits.

#[test]
fn max_concurrency_holds_over_all_batches_and_places() {
    let time = Rc::new(FakeTime::default());
    let targets: Vec<_> = targets(0, 120).into_iter().chain(targets(1, 60)).collect();
    let fates = |place| targets.iter().filter(move |target| target.place == place).map(|t| (t.id.clone(), WELL));
    let places = [0, 1].map(|place| Fake::new(&time, fates(place).collect::<Vec<_>>(), Faults::default(), 7));
    let order = RunRequest { max_concurrency: Some(Limit::Count(30)), ..order() };
    let heard = Heard::default();
    let engine = Engine::new(&places, targets.clone(), &order, &heard, "mf".to_owned());
    let most = std::cell::Cell::new(0);
    let watched = async {
        while time.now() < Duration::from_secs(3600) {
            most.set(most.get().max(places.iter().map(Fake::busy).sum()));
            time.sleep(Duration::from_millis(100)).await;
        }
    };
    let (gathered, ()) = time.run(join(engine.run(), watched));
    assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 180)]));
    assert_eq!(most.get(), 30);
}

#[test]
fn a_width_of_one_batch_takes_the_time_of_its_batches() {
    let order = RunRequest { max_concurrency: Some(Limit::Count(50)), ..order() };
    let (gathered, fake) = simple(200, FakeFate::Runs { seconds: 2, code: 0 }, Faults::default(), &order);
    assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 200)]));
    let widths: Vec<_> = fake.commands.borrow().iter().map(|c| c.batch.max_concurrency.clone()).collect();
    assert_eq!(widths, ["50"; 4]);
    assert!(fake.time.now() < Duration::from_secs(20), "{:?}", fake.time.now());
}

#[test]
fn more_errors_than_allowed_end_the_run_across_batches() {
    let failing = FakeFate::Runs { seconds: 1, code: 1 };
    let order = RunRequest { max_errors: Some(Limit::Count(3)), max_concurrency: Some(Limit::Count(10)), ..order() };
    let (gathered, fake) = simple(200, failing, Faults::default(), &order);
    let counts = counts(&gathered);
    // What had begun went on to its end.
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
fn what_could_not_be_delivered_is_no_error_for_max_errors() {
    let order = RunRequest { max_errors: Some(Limit::Count(0)), ..order() };
    let (gathered, _) = simple(60, FakeFate::Settled("Failed", "Undeliverable"), Faults::default(), &order);
    assert_eq!(counts(&gathered), BTreeMap::from([("unreached".to_owned(), 60)]));
}

// Watching.

#[test]
fn what_shows_up_late_is_waited_for() {
    for no_lists in [false, true] {
        let (gathered, _) = simple(3, WELL, Faults { late: 45, no_lists, ..Faults::default() }, &order());
        assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 3)]));
    }
}

#[test]
fn lists_that_keep_failing_are_done_without() {
    let (gathered, fake) = simple(3, WELL, Faults { list: 1.0, ..Faults::default() }, &order());
    assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 3)]));
    assert!(fake.time.now() < Duration::from_secs(15), "{:?}", fake.time.now());
}

#[test]
fn what_never_shows_up_or_never_ends_is_unknown() {
    let (gathered, fake) = simple(2, WELL, Faults { late: 100_000, ..Faults::default() }, &order());
    assert!(gathered.outcomes[0].1.detail.contains("never appeared"));
    assert!(fake.time.now() < Duration::from_secs(180));
    let (gathered, fake) = simple(2, FakeFate::Stuck, Faults::default(), &order());
    assert!(gathered.outcomes[0].1.detail.contains("still InProgress"), "{:?}", gathered.outcomes[0].1);
    assert!(fake.time.now() < Duration::from_secs(240));
}

#[test]
fn where_details_are_refused_the_beginning_of_the_list_is_shown() {
    let time = Rc::new(FakeTime::default());
    let mut fake = Fake::new(&time, [(id(0, 0), WELL)], Faults { get: 1.0, ..Faults::default() }, 7);
    fake.output = "x".repeat(2501);
    let gathered = run(&time, &[fake], targets(0, 1), &order());
    let outcome = &gathered.outcomes[0].1;
    assert_eq!((outcome.stdout.len(), outcome.truncated), (2500, true));
}

#[test]
fn outputs_that_were_cut_are_marked_or_fetched_whole() {
    for (length, whole, expected) in
        [(23_999, None, (23_999, false)), (24_001, None, (24_000, true)), (24_001, Some(30_000), (30_000, false))]
    {
        let time = Rc::new(FakeTime::default());
        let mut fake = Fake::new(&time, [(id(0, 0), WELL)], Faults::default(), 7);
        fake.output = "x".repeat(length);
        fake.whole = whole.map(|length| "x".repeat(length));
        let gathered = run(&time, &[fake], targets(0, 1), &order());
        let outcome = &gathered.outcomes[0].1;
        assert_eq!((outcome.stdout.len(), outcome.truncated), expected);
    }
}

// Where Systems Manager chooses.

#[test]
fn what_systems_manager_chose_differently_is_told() {
    let time = Rc::new(FakeTime::default());
    let planned = targets(0, 70);
    let chosen: Vec<String> = (3..73).map(|number| id(0, number)).collect();
    let mut fake = Fake::new(&time, [], Faults { late: 10, ..Faults::default() }, 7);
    fake.chosen = Some(chosen);
    let places = [fake];
    let order = RunRequest { server_side: Some(("tag:App".to_owned(), vec!["x".to_owned()])), ..order() };
    let gathered = run(&time, &places, planned, &order);
    assert_eq!(places[0].calls.borrow()["send"], 1);
    assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 70), ("unreached".to_owned(), 3)]));
    assert!(gathered.outcomes[0].1.detail.contains("did not choose"));
    let unplanned: Vec<_> = gathered.outcomes[gathered.planned..].iter().map(|(target, _)| target.id.clone()).collect();
    assert_eq!(unplanned, [id(0, 70), id(0, 71), id(0, 72)]);
}

#[test]
fn one_that_is_refused_where_systems_manager_chooses_is_not_sent_in_parts() {
    let order = RunRequest { server_side: Some(("tag:App".to_owned(), vec!["x".to_owned()])), ..order() };
    let (gathered, fake) = simple(3, FakeFate::Unmanaged, Faults::default(), &order);
    assert_eq!(counts(&gathered), BTreeMap::from([("unreached".to_owned(), 3)]));
    assert_eq!(fake.calls.borrow()["send"], 1);
}

#[test]
fn where_systems_manager_chooses_nobody_is_left_out_because_of_lists_that_are_late_or_fail() {
    for faults in [Faults { late: 10, ..Faults::default() }, Faults { list: 0.7, ..Faults::default() }] {
        let order = RunRequest { server_side: Some(("tag:App".to_owned(), vec!["x".to_owned()])), ..order() };
        let (gathered, _) = simple(3, FakeFate::Runs { seconds: 0, code: 0 }, faults, &order);
        assert_eq!(counts(&gathered), BTreeMap::from([("ok".to_owned(), 3)]));
    }
}

// The end before the end.

#[test]
fn a_run_that_is_dropped_while_it_sends_has_its_command_looked_for() {
    let time = Rc::new(FakeTime::default());
    let places = [Fake::new(&time, [(id(0, 0), WELL)], Faults { answer_lost: 1.0, late: 60, ..Faults::default() }, 7)];
    let (heard, order) = (Heard::default(), order());
    let engine = Engine::new(&places, targets(0, 1), &order, &heard, "mf".to_owned());
    let later = time.sleep(Duration::from_secs(5));
    time.run(select(pin!(engine.run()), pin!(later)));
    drop(engine);
    assert_eq!(places[0].abandoned.take(), ["test mf-0-1"]);
    assert_eq!(heard.interrupted.take(), ["1 not known yet: test mf-0-1"]);
}

#[test]
fn a_run_that_is_dropped_cancels_what_goes_on_and_tells_what_is_known() {
    let time = Rc::new(FakeTime::default());
    let targets = targets(0, 60);
    let mut fates: Vec<_> = targets.iter().map(|target| (target.id.clone(), FakeFate::Stuck)).collect();
    fates[3].1 = WELL;
    let places = [Fake::new(&time, fates, Faults::default(), 7)];
    let (heard, order) = (Heard::default(), order());
    let engine = Engine::new(&places, targets, &order, &heard, "mf".to_owned());
    let later = time.sleep(Duration::from_secs(30));
    time.run(select(pin!(engine.run()), pin!(later)));
    drop(engine);
    assert_eq!(places[0].abandoned.take(), ["0", "1"]);
    assert_eq!(heard.interrupted.take(), ["1 ok, 59 not known yet: 0 1"]);

    // Whoever only looks on cancels nothing.
    let ids = places[0].commands.borrow()[0].ids.clone();
    let targets: Vec<_> = ids.into_iter().map(|id| FleetTarget { id, ..FleetTarget::default() }).collect();
    let all = (0..targets.len()).collect();
    let attached = vec![Attached { place: 0, id: "0".to_owned(), targets: all, chooses: false }];
    let engine = Engine::new(&places, targets, &order, &heard, String::new());
    let later = time.sleep(Duration::from_secs(10));
    time.run(select(pin!(engine.attach(attached)), pin!(later)));
    drop(engine);
    assert_eq!(places[0].abandoned.take(), [""; 0]);
    assert_eq!(heard.interrupted.take().len(), 1);
}
