//! Prints the time and memory that the models take: `cargo run --release -p moonfleet-models --example load_times`.
//!
//! With the path of botocore's folder `data`, also the time to read models from there.

use std::env;
use std::time::Instant;

use memory_stats::memory_stats;
use moonfleet_models::botocore::DataFolder;
use moonfleet_models::{index, service, service_names};

fn main() {
    measure("the names of all operations", || index().len());
    measure("a search in them", || {
        index().iter().flat_map(|names| &names.operations).filter(|name| name.contains("snapshot")).count()
    });
    for name in ["sts", "s3", "ec2"] {
        let service = || service(name).expect("it has a model");
        measure(&format!("{name}, and one operation"), || {
            let operation = service().operations().next().expect("an operation");
            operation.input.as_ref().map(|input| &service().shape(input.target).kind)
        });
        measure(&format!("{name}, its endpoint rules"), || service().endpoint_rules().rules.len());
        measure(&format!("{name}, the rest"), || service().read_all().is_ok());
    }
    measure("all services", || service_names().filter_map(service).count());
    measure("all services, the rest", || service_names().filter_map(service).all(|service| service.read_all().is_ok()));
    if let Some(folder) = env::args().nth(1) {
        let folder = DataFolder::new(folder);
        for name in ["sts", "s3", "ec2"] {
            measure(&format!("{name} from botocore"), || {
                folder.service(name).expect("it can be read").operations().len()
            });
        }
    }
}

fn measure<T>(title: &str, work: impl FnOnce() -> T) {
    let before = resident();
    let start = Instant::now();
    std::hint::black_box(work());
    let time = start.elapsed();
    println!("{title}: {:.3} ms, {} kB", time.as_secs_f64() * 1000.0, resident().saturating_sub(before) / 1024);
}

/// Returns the resident memory in bytes.
fn resident() -> usize {
    memory_stats().map_or(0, |stats| stats.physical_mem)
}
