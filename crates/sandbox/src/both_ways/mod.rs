//! The calls of the typed operations through the model's client and through the clients of the SDK crates, whose inputs
//! and outputs [`crate::convert`] converts: equal requests and equal answers.

mod client;
mod compare;
mod known;
#[path = "../../../protocols/tests/differential/paths.rs"]
mod paths;
mod random;
mod recorded;
#[allow(dead_code, reason = "numbers need not be normalized here")]
#[path = "../../../protocols/tests/differential/results.rs"]
mod results;
mod wire;

use std::collections::BTreeSet;

use moonfleet_core::Map;
use moonfleet_models::{Operation, Service, ShapeId};
use moonfleet_protocols::Record;

pub(crate) use client::SdkCall;

use crate::convert::Mismatch;
use crate::registry::{Registry, modelled};
use client::{Answer, Exchange};
use known::Differences;
use random::{Fields, Generator, places};

#[tokio::test]
async fn requests_and_answers_are_equal_both_ways() {
    let registry = crate::registry();
    let mut found = Differences::default();
    for name in registry.sdk_calls.keys() {
        Subject::of(&registry, name, &mut found).all_cases().await;
    }
    assert!(registry.sdk_calls.len() >= 270, "only {} operations", registry.sdk_calls.len());
    found.must_be_the_known_ones();
}

#[tokio::test]
async fn recorded_answers_are_equal_both_ways() {
    let registry = crate::registry();
    let mut found = Differences::default();
    let mut count = 0;
    for (name, answer) in recorded::answers() {
        let Some((name, _)) = registry.sdk_calls.get_key_value(name.as_str()) else { continue };
        Subject::of(&registry, name, &mut found).recorded_case(&answer).await;
        count += 1;
    }
    assert!(count >= 60, "only {count} answers");
    found.must_be_known();
}

/// A typed operation, and where its differences go.
struct Subject<'t> {
    name: &'static str,
    service: &'static Service,
    operation: &'static Operation,
    sdk: &'t SdkCall,
    found: &'t mut Differences,
}

impl<'t> Subject<'t> {
    fn of(registry: &'t Registry, name: &'static str, found: &'t mut Differences) -> Subject<'t> {
        let (service, operation) = modelled(name);
        Subject { name, service, operation, sdk: &registry.sdk_calls[name], found }
    }

    fn input(&self) -> Option<ShapeId> {
        self.operation.input.as_ref().map(|input| input.target)
    }

    /// Each field of the input and of the output is set in one of the cases.
    async fn all_cases(mut self) {
        let mut inputs = Generator::new(self.service, 1);
        let mut outputs = Generator::new(self.service, 2);
        let [of_inputs, of_outputs] = [self.input(), self.operation.output]
            .map(|id| id.map_or_else(BTreeSet::new, |id| places(self.service, id)));
        // A union has one of its members in each case.
        while inputs.set != of_inputs || outputs.set != of_outputs {
            let before = (inputs.set.len(), outputs.set.len());
            self.random_case(&mut inputs, &mut outputs).await;
            assert!((inputs.set.len(), outputs.set.len()) > before, "{} has a field that is never set", self.name);
        }
        for fields in [Fields::NoScalars, Fields::Half, Fields::Half] {
            inputs.fields = fields;
            outputs.fields = fields;
            self.random_case(&mut inputs, &mut outputs).await;
        }
    }

    async fn random_case(&mut self, inputs: &mut Generator, outputs: &mut Generator) {
        let input = self.input().map(|id| inputs.structure(id)).unwrap_or_default();
        let output = self.operation.output.map(|id| outputs.structure(id)).unwrap_or_default();
        let answer = wire::answer(self.service, self.operation, &output);
        let read = self.both_ways(input, &answer).await;
        assert_eq!(read, self.record(output), "{} is not read as it was written", self.name);
    }

    async fn recorded_case(mut self, answer: &Answer) {
        let mut generator = Generator::new(self.service, 1);
        generator.fields = Fields::Required;
        let input = self.input().map(|id| generator.structure(id)).unwrap_or_default();
        let read = self.both_ways(input, answer).await;
        assert!(read.is_ok(), "{}: {read:?}", self.name);
    }

    /// Sends a call both ways, and returns the answer as the model's client reads it.
    async fn both_ways(&mut self, mut input: Map, answer: &Answer) -> Result<Map, String> {
        let theirs = self.send_with_sdk(&mut input, answer).await;
        let ours = client::send(self.service, self.operation, input, answer).await;
        for path in paths::differences(&theirs.request, &ours.request) {
            self.found.add(self.name, "request", &path);
        }
        let answer = ours.result;
        match (&theirs.result.and_then(|answer| self.record(answer)), &answer) {
            (Ok(theirs), Ok(ours)) => {
                for field in compare::differences(self.service, self.operation.output, theirs, ours) {
                    self.found.add(self.name, "answer", &field);
                }
            }
            (theirs, ours) if theirs == ours => {}
            (theirs, ours) => panic!("{}: the SDK reads {theirs:?}, and the model's client {ours:?}", self.name),
        }
        answer
    }

    /// Sends a call without the fields that the SDK does not have.
    async fn send_with_sdk(&mut self, input: &mut Map, answer: &Answer) -> Exchange {
        loop {
            match self.sdk.send(input.clone(), answer).await {
                Ok(exchange) => return exchange,
                Err(Mismatch::UnknownField(name)) => {
                    let shape = self.input().and_then(|id| compare::remove(self.service, id, input, &name));
                    let shape = shape.unwrap_or_else(|| panic!("{} was not given {name}", self.name));
                    self.found.add(self.name, "input", &format!("{shape}.{name}"));
                }
                Err(Mismatch::WrongValue(problem)) => panic!("{}: {problem}", self.name),
            }
        }
    }

    /// Returns an answer as scripts get it from the sandbox.
    fn record(&self, answer: Map) -> Result<Map, String> {
        let Some(output) = self.operation.output else { return Ok(answer) };
        let record = Record::checked(self.service, output, &answer).map_err(|mismatch| mismatch.to_string())?;
        Ok(record.to_map())
    }
}
