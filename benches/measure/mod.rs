//! Measures programs. The time of a run varies on a shared machine, so compared programs take turns,
//! and their medians are compared.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub wall: Duration,
    pub cpu: Duration,
    /// Peak resident memory in bytes.
    pub memory: u64,
}

/// Measures a run of a program. Panics if the program fails.
pub(crate) fn cost(command: &mut Command) -> Cost {
    let started = Instant::now();
    let child = command.stdout(Stdio::null()).spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let ended = child.wait4().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let wall = started.elapsed();
    assert!(ended.status.success(), "{command:?} ended with {}", ended.status);
    Cost { wall, cpu: ended.rusage.utime + ended.rusage.stime, memory: ended.rusage.maxrss }
}

/// Measures programs in turns and returns their medians.
pub(crate) fn medians<const N: usize>(rounds: usize, mut programs: [Command; N]) -> [Cost; N] {
    let mut costs: [Vec<Cost>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..rounds {
        for (program, costs) in programs.iter_mut().zip(&mut costs) {
            costs.push(cost(program));
        }
    }
    costs.map(|costs| Cost {
        wall: median(costs.iter().map(|c| c.wall)),
        cpu: median(costs.iter().map(|c| c.cpu)),
        memory: median(costs.iter().map(|c| c.memory)),
    })
}

fn median<T: Ord>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort();
    let middle = values.len() / 2;
    values.swap_remove(middle)
}

pub(crate) fn show(name: &str, cost: Cost) {
    println!(
        "{name:<22} {:>9.1} ms wall {:>9.1} ms cpu {:>7.1} MB peak",
        cost.wall.as_secs_f64() * 1e3,
        cost.cpu.as_secs_f64() * 1e3,
        cost.memory as f64 / 1e6
    );
}

pub(crate) fn ratio(time: Duration, reference: Duration) -> f64 {
    time.as_secs_f64() / reference.as_secs_f64()
}
