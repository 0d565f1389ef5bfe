//! The part of JMESPath (<https://jmespath.org/specification.html>) that the waiters of AWS's models use: fields,
//! flattened lists, filters, all values of a map, comparisons, `&&`, `||`, `!`, and `length`.
//!
//! Hand-written, because the crate `jmespath` enables a feature of serde, with which cargo compiles the SDK once more.

use moonfleet_core::{Map, Value};
use moonfleet_models::snake;

/// An expression in the names of a model. It is evaluated over values, whose fields are in snake case.
#[derive(Debug, PartialEq)]
pub(super) struct Expression(Node);

#[derive(Debug, PartialEq)]
enum Node {
    Literal(Value),
    /// Steps that begin at the current value, or at the value of a node in parentheses.
    Path(Option<Box<Node>>, Vec<Step>),
    Length(Box<Node>),
    Not(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Compare(Box<Node>, Comparison, Box<Node>),
}

#[derive(Debug, PartialEq)]
enum Step {
    Field(String),
    /// `[]`: the items of the list, and those of lists in it.
    Flatten,
    /// `[?…]`
    Filter(Node),
    /// `.*`
    Values,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// An expression that this module does not know.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the JMESPath expression {expression:?} is not supported from byte {at} on")]
pub(super) struct Unsupported {
    expression: String,
    at: usize,
}

/// A function got a value of a type that it does not take.
#[derive(Debug, PartialEq)]
pub(super) struct WrongType;

impl Expression {
    pub(super) fn parse(text: &str) -> Result<Self, Unsupported> {
        let mut parser = Parser { text, at: 0 };
        let node = parser.or()?;
        parser.space();
        if parser.at < text.len() {
            return Err(parser.unsupported());
        }
        Ok(Expression(node))
    }

    pub(super) fn evaluate(&self, fields: &Map) -> Result<Value, WrongType> {
        self.0.evaluate(&Value::Map(fields.clone()))
    }

    /// Returns the names on a path through structures and lists; `None` for other expressions.
    pub(super) fn names(&self) -> Option<impl Iterator<Item = &str>> {
        let Node::Path(None, steps) = &self.0 else { return None };
        let is_name = |step: &Step| matches!(step, Step::Field(_) | Step::Flatten);
        steps.iter().all(is_name).then(|| {
            steps.iter().filter_map(|step| match step {
                Step::Field(name) => Some(name.as_str()),
                _ => None,
            })
        })
    }
}

impl Node {
    fn evaluate(&self, current: &Value) -> Result<Value, WrongType> {
        Ok(match self {
            Node::Literal(value) => value.clone(),
            Node::Path(None, steps) => walk(current, steps)?,
            Node::Path(Some(start), steps) => walk(&start.evaluate(current)?, steps)?,
            Node::Length(of) => match of.evaluate(current)? {
                Value::List(items) => count(items.len()),
                Value::Map(Map(entries)) => count(entries.len()),
                Value::String(text) => count(text.chars().count()),
                _ => return Err(WrongType),
            },
            Node::Not(of) => Value::Bool(!is_true(&of.evaluate(current)?)),
            Node::And(left, right) => match left.evaluate(current)? {
                left if is_true(&left) => right.evaluate(current)?,
                left => left,
            },
            Node::Or(left, right) => match left.evaluate(current)? {
                left if is_true(&left) => left,
                _ => right.evaluate(current)?,
            },
            Node::Compare(left, comparison, right) => {
                comparison.apply(&left.evaluate(current)?, &right.evaluate(current)?)
            }
        })
    }
}

/// Follows the steps. After `[]`, `[?…]` and `.*`, the steps up to the next `[]` apply to each item; nil items are
/// dropped.
fn walk(current: &Value, steps: &[Step]) -> Result<Value, WrongType> {
    let Some((step, rest)) = steps.split_first() else { return Ok(current.clone()) };
    let items: Vec<&Value> = match (step, current) {
        (Step::Field(name), Value::Map(fields)) => return walk(fields.get(name).unwrap_or(&Value::Nil), rest),
        (Step::Flatten, Value::List(items)) => items.iter().flat_map(flattened).collect(),
        (Step::Values, Value::Map(Map(entries))) => entries.iter().map(|(_, value)| value).collect(),
        (Step::Filter(condition), Value::List(items)) => {
            let passes = |item: &&Value| condition.evaluate(item).map(|found| is_true(&found));
            let kept = items.iter().map(|item| Ok(passes(&item)?.then_some(item)));
            kept.filter_map(Result::transpose).collect::<Result<_, _>>()?
        }
        _ => return Ok(Value::Nil),
    };
    let next_flatten = rest.iter().position(|step| *step == Step::Flatten).unwrap_or(rest.len());
    let (of_each, of_all) = rest.split_at(next_flatten);
    let results: Vec<Value> = items.into_iter().map(|item| walk(item, of_each)).collect::<Result<_, _>>()?;
    walk(&Value::List(results.into_iter().filter(|result| !result.is_nil()).collect()), of_all)
}

fn flattened(item: &Value) -> &[Value] {
    match item {
        Value::List(inner) => inner,
        other => std::slice::from_ref(other),
    }
}

fn count(items: usize) -> Value {
    Value::Integer(i64::try_from(items).unwrap_or(i64::MAX))
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Nil | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::List(items) => !items.is_empty(),
        Value::Map(Map(entries)) => !entries.is_empty(),
        _ => true,
    }
}

impl Comparison {
    /// The longer ones come first.
    const SIGNS: [(&str, Comparison); 6] = [
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];

    /// Only numbers have an order; the order of other values is nil.
    fn apply(self, left: &Value, right: &Value) -> Value {
        let number = |value: &Value| match value {
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        };
        let numbers = number(left).zip(number(right));
        let is_equal = numbers.map_or_else(|| left == right, |(left, right)| left == right);
        let ordered =
            |is: fn(&f64, &f64) -> bool| numbers.map_or(Value::Nil, |(left, right)| Value::Bool(is(&left, &right)));
        match self {
            Comparison::Equal => Value::Bool(is_equal),
            Comparison::NotEqual => Value::Bool(!is_equal),
            Comparison::Less => ordered(f64::lt),
            Comparison::LessOrEqual => ordered(f64::le),
            Comparison::Greater => ordered(f64::gt),
            Comparison::GreaterOrEqual => ordered(f64::ge),
        }
    }
}

/// Reads an expression, the weakest operators first.
struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Result<Node, Unsupported> {
        let mut left = self.and()?;
        while self.take("||") {
            left = Node::Or(left.into(), self.and()?.into());
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Node, Unsupported> {
        let mut left = self.comparison()?;
        while self.take("&&") {
            left = Node::And(left.into(), self.comparison()?.into());
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Node, Unsupported> {
        let left = self.negated()?;
        let Some((_, comparison)) = Comparison::SIGNS.into_iter().find(|(sign, _)| self.take(sign)) else {
            return Ok(left);
        };
        Ok(Node::Compare(left.into(), comparison, self.negated()?.into()))
    }

    fn negated(&mut self) -> Result<Node, Unsupported> {
        match self.take("!") {
            true => Ok(Node::Not(self.negated()?.into())),
            false => self.value(),
        }
    }

    fn value(&mut self) -> Result<Node, Unsupported> {
        if self.take("'") {
            return Ok(Node::Literal(Value::from(self.until('\'')?)));
        }
        if self.take("`") {
            let start = self.at;
            let literal = match self.until('`')?.trim() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                number => Value::Integer(number.parse().map_err(|_| self.unsupported_at(start))?),
            };
            return Ok(Node::Literal(literal));
        }
        if self.take("(") {
            let inner = self.or()?;
            self.expect(")")?;
            return self.path(Some(inner.into()), Vec::new());
        }
        let name = self.name()?;
        if self.rest().starts_with('(') {
            if name != "length" {
                return Err(self.unsupported());
            }
            self.expect("(")?;
            let of = self.or()?;
            self.expect(")")?;
            return Ok(Node::Length(of.into()));
        }
        self.path(None, vec![Step::Field(snake(name))])
    }

    fn path(&mut self, start: Option<Box<Node>>, mut steps: Vec<Step>) -> Result<Node, Unsupported> {
        loop {
            if self.take(".*") {
                steps.push(Step::Values);
            } else if self.take(".") {
                steps.push(Step::Field(snake(self.name()?)));
            } else if self.take("[]") {
                steps.push(Step::Flatten);
            } else if self.take("[?") {
                steps.push(Step::Filter(self.or()?));
                self.expect("]")?;
            } else {
                return Ok(Node::Path(start, steps));
            }
        }
    }

    fn name(&mut self) -> Result<&'a str, Unsupported> {
        self.space();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let name = &self.rest()[..self.rest().find(|c| !is_part(c)).unwrap_or(self.rest().len())];
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.unsupported());
        }
        self.at += name.len();
        Ok(name)
    }

    /// Takes the text before the next one of this character, and the character.
    fn until(&mut self, end: char) -> Result<&'a str, Unsupported> {
        let (taken, _) = self.rest().split_once(end).ok_or_else(|| self.unsupported())?;
        self.at += taken.len() + end.len_utf8();
        match taken.contains('\\') {
            true => Err(self.unsupported()),
            false => Ok(taken),
        }
    }

    fn take(&mut self, token: &str) -> bool {
        self.space();
        let is_next = self.rest().starts_with(token);
        if is_next {
            self.at += token.len();
        }
        is_next
    }

    fn expect(&mut self, token: &str) -> Result<(), Unsupported> {
        if self.take(token) { Ok(()) } else { Err(self.unsupported()) }
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn unsupported(&self) -> Unsupported {
        self.unsupported_at(self.at)
    }

    fn unsupported_at(&self, at: usize) -> Unsupported {
        Unsupported { expression: self.text.to_owned(), at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::from(text)
    }

    fn fields(fields: &[(&str, Value)]) -> Map {
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn structure(of: &[(&str, Value)]) -> Value {
        Value::Map(fields(of))
    }

    fn texts(texts: &[&str]) -> Value {
        Value::List(texts.iter().map(|it| text(it)).collect())
    }

    fn evaluate(expression: &str, fields: &Map) -> Result<Value, WrongType> {
        Expression::parse(expression).unwrap_or_else(|e| panic!("{e}")).evaluate(fields)
    }

    #[test]
    fn paths_lead_through_lists_filters_and_maps() {
        let service = |status: &str, running: i64| {
            structure(&[
                ("status", text(status)),
                ("running_count", Value::Integer(running)),
                ("deployments", texts(&["one", "two"])),
            ])
        };
        let answer = fields(&[
            ("services", Value::List(vec![service("ACTIVE", 2), service("DRAINING", 0), structure(&[])])),
            ("by_name", structure(&[("a", service("A", 1)), ("b", structure(&[])), ("c", service("C", 1))])),
            ("nested", Value::List(vec![texts(&["a"]), texts(&["b", "c"])])),
        ]);
        for (expression, expected) in [
            ("services[].status", texts(&["ACTIVE", "DRAINING"])),
            ("services[].deployments[]", texts(&["one", "two", "one", "two"])),
            ("services[?status == 'ACTIVE'].runningCount", Value::List(vec![Value::Integer(2)])),
            ("services[?runningCount > `0` || status == 'DRAINING'].status", texts(&["ACTIVE", "DRAINING"])),
            ("services[?!(status == 'ACTIVE')].status", texts(&["DRAINING"])),
            ("ByName.*.status", texts(&["A", "C"])),
            ("nested[]", texts(&["a", "b", "c"])),
            ("length(services)", Value::Integer(3)),
            ("length(services[].status) == `2` && absent != 'x'", Value::Bool(true)),
            ("services[].status.length", Value::List(Vec::new())),
            ("absent[].status", Value::Nil),
            ("absent > `0`", Value::Nil),
        ] {
            assert_eq!(evaluate(expression, &answer), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn the_length_of_a_missing_value_is_a_wrong_type() {
        assert_eq!(evaluate("length(absent) == `0`", &Map::default()), Err(WrongType));
    }

    #[test]
    fn expressions_outside_of_the_part_are_unsupported() {
        for (expression, at) in
            [("items[0]", 5), ("sort(items)", 4), ("a == `\"x\"`", 6), ("a.", 2), ("a b", 2), ("", 0), ("'a\\'b'", 4)]
        {
            let expected = Unsupported { expression: expression.to_owned(), at };
            assert_eq!(Expression::parse(expression), Err(expected), "{expression}");
        }
    }
}
