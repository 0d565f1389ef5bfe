//! Measures how fast XML answers are read: `ec2.describe_instances` with many instances, against the decoder of AWS's
//! SDK, in one run.
//!
//! ```sh
//! cargo run --release -p moonfleet-protocols --example xml_answers
//! ```

#[path = "../tests/xml/decoder.rs"]
mod decoder;

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::body::SdkBody;
use moonfleet_protocols::{Api, View};

const ROUNDS: usize = 7;

fn main() {
    let service = moonfleet_models::service("ec2").expect("the service");
    let operation = service.operation("describe_instances").expect("the operation");
    let output = operation.output.expect("an output");
    let api = Api::of(service);
    println!("instances      MB   reader ms  decoder ms  reader/decoder  reader MB/s");
    for count in [1_000, 20_000] {
        let body = answer(count);
        let response = Response::new(200.try_into().expect("a status"), SdkBody::from(body.clone()));
        let read = || _ = black_box(api.answer(operation, &response).expect("an answer"));
        let decode = || _ = black_box(decoder::decode(service, output, &body).expect("an answer"));
        let record = api.answer(operation, &response).expect("an answer");
        let node = decoder::decode(service, output, &body).expect("an answer");
        assert!(node.is(View::Record(record.as_ref())), "both read the same");
        drop((record, node));
        let [reader, decoder] = medians([&read, &decode]);
        println!(
            "{count:>9}  {:>6.1}  {:>10.1}  {:>10.1}  {:>14.2}  {:>11.0}",
            megabytes(&body),
            milliseconds(reader),
            milliseconds(decoder),
            reader.as_secs_f64() / decoder.as_secs_f64(),
            megabytes(&body) / reader.as_secs_f64(),
        );
    }
}

/// Returns an answer with this number of instances, with the line breaks of EC2.
fn answer(instances: usize) -> String {
    let instance =
        include_str!("../tests/calls/instance.xml").replace(">\n<", "><").replace("><", ">\n                <");
    let instances = (0..instances).map(|number| instance.replace("00000000000000001", &format!("{number:017}")));
    let instances: String = instances.collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
    <requestId>00000000-0000-4000-8000-000000000000</requestId>
    <reservationSet>{instances}</reservationSet>
</DescribeInstancesResponse>"#
    )
}

/// Returns the middle of several times of each function. The functions take turns.
fn medians<const N: usize>(functions: [&dyn Fn(); N]) -> [Duration; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for (times, function) in times.iter_mut().zip(functions) {
            let start = Instant::now();
            function();
            times.push(start.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort();
        times[ROUNDS / 2]
    })
}

fn megabytes(body: &str) -> f64 {
    body.len() as f64 / 1e6
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
