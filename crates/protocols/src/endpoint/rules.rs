//! The evaluation of a rule set.

use std::sync::LazyLock;

use moonfleet_core::{Map, Value};
use moonfleet_models::endpoint_rules::{Call, Condition, Expression, Outcome, Record, Rule};
use moonfleet_models::{EndpointRules, Partition};
use regex_lite::Regex;

use super::{Endpoint, functions};
use crate::Error;

/// Returns the endpoint for these parameters. Parameters that the rules do not have are ignored.
pub fn resolve(rules: &EndpointRules, given: &Map) -> Result<Endpoint, Error> {
    let mut scope = Scope { variables: Vec::new() };
    for parameter in &rules.parameters {
        let value = match (given.get(parameter.name), &parameter.default) {
            (Some(Value::Nil) | None, Some(default)) => scope.value(default)?,
            (value, _) => value.cloned().unwrap_or_default(),
        };
        match value {
            Value::Nil if parameter.required => {
                return Err(Error::Endpoint(format!("the endpoint needs a value for {}", parameter.name)));
            }
            Value::Nil => {}
            value => scope.variables.push((parameter.name, value)),
        }
    }
    let found = scope.first(&rules.rules)?;
    found.ok_or_else(|| Error::Endpoint("the rules of the service have no endpoint for this configuration".to_owned()))
}

/// The variables of an evaluation; the newest is the last one.
struct Scope {
    variables: Vec<(&'static str, Value)>,
}

impl Scope {
    fn first(&mut self, rules: &[Rule]) -> Result<Option<Endpoint>, Error> {
        for rule in rules {
            let known = self.variables.len();
            let found = self.apply(rule)?;
            self.variables.truncate(known);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn apply(&mut self, rule: &Rule) -> Result<Option<Endpoint>, Error> {
        for Condition { call, assign } in &rule.conditions {
            let value = self.call(call)?;
            if matches!(value, Value::Nil | Value::Bool(false)) {
                return Ok(None);
            }
            if let Some(name) = assign {
                self.variables.push((name, value));
            }
        }
        match &rule.outcome {
            Outcome::Rules(rules) => self.first(rules),
            Outcome::Error(message) => Err(Error::Endpoint(text(self.value(message)?)?)),
            Outcome::Endpoint(endpoint) => Ok(Some(Endpoint {
                url: text(self.value(&endpoint.url)?)?,
                properties: self.record(&endpoint.properties)?,
                headers: self.record(&endpoint.headers)?.0.into_iter().map(header).collect::<Result<_, _>>()?,
            })),
        }
    }

    fn value(&self, expression: &Expression) -> Result<Value, Error> {
        Ok(match expression {
            Expression::Text(template) => Value::String(self.template(template)?),
            Expression::Boolean(yes) => Value::Bool(*yes),
            Expression::Number(number) => Value::Integer(*number),
            Expression::List(items) => {
                Value::List(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?)
            }
            Expression::Record(record) => Value::Map(self.record(record)?),
            Expression::Reference(name) => self.variable(name).cloned().unwrap_or_default(),
            Expression::Call(call) => self.call(call)?,
        })
    }

    fn record(&self, record: &Record) -> Result<Map, Error> {
        record.iter().map(|(name, value)| Ok((name.clone().into_owned(), self.value(value)?))).collect()
    }

    fn call(&self, call: &Call) -> Result<Value, Error> {
        let arguments = call.arguments.iter().map(|argument| self.value(argument)).collect::<Result<Vec<_>, _>>()?;
        match call.function {
            "aws.partition" => Ok(match arguments.first() {
                Some(Value::String(region)) => Value::Map(attributes(partition(region))),
                _ => Value::Nil,
            }),
            name => functions::apply(name, &arguments)
                .ok_or_else(|| Error::Rules(format!("the function {name:?} is unknown"))),
        }
    }

    /// Replaces `{Region}` and `{partition#dnsSuffix}`. A doubled brace means a brace.
    fn template(&self, template: &str) -> Result<String, Error> {
        let mut text = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            let (brace, after) = from.split_at(1);
            text.push_str(before);
            if let Some(after) = after.strip_prefix(brace) {
                text.push_str(brace);
                rest = after;
                continue;
            }
            let (variable, after) =
                after.split_once('}').ok_or_else(|| Error::Rules(format!("{template:?} has an open brace")))?;
            text.push_str(&self.inserted(variable)?);
            rest = after;
        }
        text.push_str(rest);
        Ok(text)
    }

    fn inserted(&self, variable: &str) -> Result<String, Error> {
        let value = match variable.split_once('#') {
            Some((name, path)) => self.variable(name).map(|value| functions::attribute(value, path)),
            None => self.variable(variable).cloned(),
        };
        match value {
            Some(Value::String(text)) => Ok(text),
            Some(Value::Integer(number)) => Ok(number.to_string()),
            Some(Value::Bool(yes)) => Ok(yes.to_string()),
            _ => Err(Error::Rules(format!("{variable} has no value"))),
        }
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

fn text(value: Value) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(Error::Rules(format!("there is a {} where text is expected", other.kind()))),
    }
}

fn header((name, values): (String, Value)) -> Result<(String, Vec<String>), Error> {
    match values {
        Value::List(values) => Ok((name, values.into_iter().map(text).collect::<Result<_, _>>()?)),
        other => Err(Error::Rules(format!("the header {name} is a {}", other.kind()))),
    }
}

/// Returns the partition of a region: a known region counts before the patterns for new ones.
fn partition(region: &str) -> &'static Partition {
    static PARTITIONS: LazyLock<Vec<(&'static Partition, Option<Regex>)>> = LazyLock::new(|| {
        let pattern = |partition: &'static Partition| (partition, Regex::new(partition.region_regex).ok());
        moonfleet_models::partitions().iter().map(pattern).collect()
    });
    let is_listed = |partition: &Partition| partition.regions.iter().any(|known| known.id == region);
    let listed = PARTITIONS.iter().find(|(partition, _)| is_listed(partition));
    let matching = || PARTITIONS.iter().find(|(_, pattern)| pattern.as_ref().is_some_and(|p| p.is_match(region)));
    listed.or_else(matching).unwrap_or(&PARTITIONS[0]).0
}

/// Returns what rules can read of a partition.
fn attributes(partition: &Partition) -> Map {
    [
        ("name", Value::from(partition.id)),
        ("dnsSuffix", partition.dns_suffix.into()),
        ("dualStackDnsSuffix", partition.dual_stack_dns_suffix.into()),
        ("implicitGlobalRegion", partition.implicit_global_region.into()),
        ("supportsFIPS", Value::Bool(partition.supports_fips)),
        ("supportsDualStack", Value::Bool(partition.supports_dual_stack)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}
