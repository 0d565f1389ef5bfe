//! Endpoint rule sets: a decision tree over the region, the client's settings and an operation's parameters.
//!
//! <https://smithy.io/2.0/additional-specs/rules-engine/> describes the functions and the templates in texts.

use std::borrow::Cow;

use crate::text::{Malformed, Words};

#[derive(Debug)]
pub struct EndpointRules {
    pub parameters: Box<[Parameter]>,
    /// The first rule whose conditions hold decides.
    pub rules: Box<[Rule]>,
}

#[derive(Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub kind: ParameterKind,
    /// The setting of the client that gives the value: `AWS::Region`.
    pub built_in: Option<&'static str>,
    pub default: Option<Expression>,
    pub required: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    Text,
    Boolean,
    TextList,
}

#[derive(Debug, PartialEq)]
pub struct Rule {
    /// All must hold: a value that is neither absent nor false.
    pub conditions: Box<[Condition]>,
    pub outcome: Outcome,
}

#[derive(Debug, PartialEq)]
pub struct Condition {
    /// The name of the result in the rest of the rule.
    pub assign: Option<&'static str>,
    pub call: Call,
}

#[derive(Debug, PartialEq)]
pub struct Call {
    pub function: &'static str,
    pub arguments: Box<[Expression]>,
}

#[derive(Debug, PartialEq)]
pub enum Outcome {
    Endpoint(Endpoint),
    /// The message of an error.
    Error(Expression),
    /// One of these rules decides; if none does, the next one beside the parent is tried.
    Rules(Box<[Rule]>),
}

#[derive(Debug, PartialEq)]
pub struct Endpoint {
    pub url: Expression,
    pub properties: Record,
    /// Each value is a list of texts.
    pub headers: Record,
}

pub type Record = Box<[(Cow<'static, str>, Expression)]>;

#[derive(Debug, PartialEq)]
pub enum Expression {
    /// A template: `{Region}` and `{Partition#dnsSuffix}` are replaced, `{{` and `}}` are braces.
    Text(Cow<'static, str>),
    Boolean(bool),
    Number(i64),
    List(Box<[Expression]>),
    Record(Record),
    /// A parameter, or what a condition has assigned.
    Reference(&'static str),
    Call(Call),
}

impl EndpointRules {
    /// Reads the rules of a service, or those that `shared` returns by their name: `endpoints 3f9a2c1d host=rds`.
    pub(crate) fn read(
        entry: &'static str,
        shared: impl FnOnce(&str) -> Option<&'static str>,
    ) -> Result<EndpointRules, Malformed> {
        let mut words = Words::new(entry.lines().next().unwrap_or_default());
        words.next();
        match (words.next(), words.next_pair()) {
            (None, _) => EndpointRules::read_lines(entry, ""),
            (Some(name), Some(("host", Some(host)))) => {
                let entry = shared(name).ok_or_else(|| words.malformed("there are no such rules"))?;
                EndpointRules::read_lines(entry, host)
            }
            _ => Err(words.malformed("the host is missing")),
        }
    }

    /// Reads the lines of a rule set. URLs have `@` for the host.
    fn read_lines(entry: &'static str, host: &'static str) -> Result<EndpointRules, Malformed> {
        let mut lines = entry.lines().skip(1).peekable();
        let mut parameters = Vec::new();
        while let Some(line) = lines.next_if(|line| line.starts_with(" parameter ")) {
            parameters.push(parameter(Words::new(line))?);
        }
        let rules = rules(&mut lines, 1, host)?;
        match lines.next() {
            None => Ok(EndpointRules { parameters: parameters.into(), rules }),
            Some(line) => Err(Malformed::new(line, "the indent is wrong")),
        }
    }
}

fn parameter(mut words: Words) -> Result<Parameter, Malformed> {
    words.expect("the kind of the line")?;
    let name = words.expect("the name")?;
    let kind = match words.expect("the type")? {
        "string" => ParameterKind::Text,
        "boolean" => ParameterKind::Boolean,
        "stringArray" => ParameterKind::TextList,
        other => return Err(words.unknown(other)),
    };
    let mut parameter = Parameter { name, kind, built_in: None, default: None, required: false };
    while let Some((key, value)) = words.next_pair() {
        match (key, value) {
            ("required", None) => parameter.required = true,
            ("built-in", Some(setting)) => parameter.built_in = Some(setting),
            ("default", Some(value)) => parameter.default = Some(Parser::new(value).whole()?),
            _ => return Err(words.unknown(key)),
        }
    }
    Ok(parameter)
}

type Lines = std::iter::Peekable<std::iter::Skip<std::str::Lines<'static>>>;

/// Reads the rules of one level of the tree.
fn rules(lines: &mut Lines, level: usize, host: &'static str) -> Result<Box<[Rule]>, Malformed> {
    let mut found = Vec::new();
    while let Some(line) = lines.next_if(|line| indent(line) == level) {
        found.push(rule(line.trim_start(), lines, level, host)?);
    }
    Ok(found.into())
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Reads `if CONDITION and CONDITION then OUTCOME`, or an outcome without conditions. The rules of `all` are on the lines
/// below.
fn rule(line: &'static str, lines: &mut Lines, level: usize, host: &'static str) -> Result<Rule, Malformed> {
    let mut parser = Parser::new(line);
    let mut conditions = Vec::new();
    if parser.take("if ") {
        loop {
            conditions.push(parser.condition()?);
            if !parser.take("and ") {
                break;
            }
        }
        parser.expect("then")?;
    }
    let outcome = if parser.take("endpoint ") {
        let url = with_host(parser.expression()?, host);
        let properties = if parser.take("properties ") { parser.record()? } else { Record::default() };
        let headers = if parser.take("headers ") { parser.record()? } else { Record::default() };
        Outcome::Endpoint(Endpoint { url, properties, headers })
    } else if parser.take("error ") {
        Outcome::Error(parser.expression()?)
    } else {
        parser.expect("all")?;
        Outcome::Rules(rules(lines, level + 1, host)?)
    };
    parser.end()?;
    Ok(Rule { conditions: conditions.into(), outcome })
}

fn with_host(url: Expression, host: &str) -> Expression {
    match url {
        Expression::Text(text) if text.starts_with("https://@") => {
            Expression::Text(Cow::Owned(text.replacen('@', host, 1)))
        }
        other => other,
    }
}

struct Parser {
    line: &'static str,
    rest: &'static str,
}

impl Parser {
    fn new(line: &'static str) -> Self {
        Parser { line, rest: line }
    }

    fn whole(mut self) -> Result<Expression, Malformed> {
        let expression = self.expression()?;
        self.end()?;
        Ok(expression)
    }

    fn end(&mut self) -> Result<(), Malformed> {
        if self.rest.trim_start().is_empty() { Ok(()) } else { Err(self.malformed("the end of the line")) }
    }

    fn malformed(&self, expected: &str) -> Malformed {
        Malformed::new(self.line, format!("{expected} is missing before {:?}", self.rest))
    }

    fn take(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest.trim_start().strip_prefix(word) else { return false };
        self.rest = rest;
        true
    }

    fn expect(&mut self, word: &str) -> Result<(), Malformed> {
        if self.take(word) { Ok(()) } else { Err(self.malformed(word)) }
    }

    fn name(&mut self) -> Option<&'static str> {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_.".contains(c)).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        if name.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(name)
    }

    fn condition(&mut self) -> Result<Condition, Malformed> {
        let name = self.name().ok_or_else(|| self.malformed("a condition"))?;
        let (assign, function) = if self.take("= ") {
            (Some(name), self.name().ok_or_else(|| self.malformed("a function"))?)
        } else {
            (None, name)
        };
        self.expect("(")?;
        Ok(Condition { assign, call: Call { function, arguments: self.items(")")? } })
    }

    fn expression(&mut self) -> Result<Expression, Malformed> {
        if self.take("[") {
            return Ok(Expression::List(self.items("]")?));
        }
        if self.rest.trim_start().starts_with('{') {
            return Ok(Expression::Record(self.record()?));
        }
        if self.rest.trim_start().starts_with('"') {
            return Ok(Expression::Text(self.text()?));
        }
        let negative = self.take("-");
        let name = self.name().ok_or_else(|| self.malformed("a value"))?;
        if let Ok(number) = name.parse::<i64>() {
            return Ok(Expression::Number(if negative { -number } else { number }));
        }
        Ok(match name {
            "true" => Expression::Boolean(true),
            "false" => Expression::Boolean(false),
            function if self.take("(") => Expression::Call(Call { function, arguments: self.items(")")? }),
            name => Expression::Reference(name),
        })
    }

    fn items(&mut self, end: &str) -> Result<Box<[Expression]>, Malformed> {
        let mut items = Vec::new();
        while !self.take(end) {
            if !items.is_empty() {
                self.expect(",")?;
            }
            items.push(self.expression()?);
        }
        Ok(items.into())
    }

    fn record(&mut self) -> Result<Record, Malformed> {
        self.expect("{")?;
        let mut fields = Vec::new();
        while !self.take("}") {
            if !fields.is_empty() {
                self.expect(",")?;
            }
            let name = self.text()?;
            self.expect(":")?;
            fields.push((name, self.expression()?));
        }
        Ok(fields.into())
    }

    /// Reads a JSON string.
    fn text(&mut self) -> Result<Cow<'static, str>, Malformed> {
        let rest = self.rest.trim_start();
        let mut texts = serde_json::Deserializer::from_str(rest).into_iter::<Cow<'static, str>>();
        let text = texts.next().and_then(Result::ok).ok_or_else(|| self.malformed("a text"))?;
        self.rest = &rest[texts.byte_offset()..];
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"endpoints
 parameter Region string required built-in=AWS::Region
 parameter UseFIPS boolean built-in=AWS::UseFIPS default=false
 if isSet(Region) and Part = substring(Region, 0, -2) then all
  if stringEquals(getAttr(Part, "a#b"), "x, y") then error "no \"{Region}\""
  endpoint "https://@.{Region}" properties {"schemes": [{"name": "sigv4"}]} headers {"x-id": ["{Part}"]}
 endpoint Region
"#;

    fn read(rules: &'static str) -> Result<EndpointRules, Malformed> {
        EndpointRules::read("endpoints shared host=sts\n", |name| (name == "shared").then_some(rules))
    }

    fn text(text: &'static str) -> Expression {
        Expression::Text(text.into())
    }

    #[test]
    fn rules_are_a_tree() {
        let rules = read(RULES).unwrap();
        assert_eq!(rules.parameters.len(), 2);
        assert!(rules.parameters[0].required);
        assert_eq!(rules.parameters[1].default, Some(Expression::Boolean(false)));

        let [tree, last] = &*rules.rules else { panic!("{rules:?}") };
        assert_eq!(
            last.outcome,
            Outcome::Endpoint(Endpoint {
                url: Expression::Reference("Region"),
                properties: Record::default(),
                headers: Record::default(),
            })
        );
        let part = &tree.conditions[1];
        assert_eq!((part.assign, part.call.function), (Some("Part"), "substring"));
        assert_eq!(part.call.arguments[2], Expression::Number(-2));
        let Outcome::Rules(inner) = &tree.outcome else { panic!("{tree:?}") };
        assert_eq!(inner[0].conditions[0].call.arguments[1], text("x, y"));
        assert_eq!(inner[0].outcome, Outcome::Error(text("no \"{Region}\"")));
        let Outcome::Endpoint(endpoint) = &inner[1].outcome else { panic!("{inner:?}") };
        assert_eq!(endpoint.url, text("https://sts.{Region}"));
        assert_eq!(endpoint.headers[0], ("x-id".into(), Expression::List(Box::new([text("{Part}")]))));
        assert_eq!(endpoint.properties[0].0, "schemes");
    }

    #[test]
    fn rules_that_cannot_be_read_are_an_error() {
        for (rules, problem) in [
            ("endpoints\n if isSet(Region) then nothing\n", "all is missing before"),
            ("endpoints\n if isSet(Region then all\n", ", is missing before"),
            ("endpoints\n endpoint \"https://a\" or so\n", "the end of the line is missing before"),
            ("endpoints\n endpoint Region\n   endpoint Region\n", "the indent is wrong"),
            ("endpoints\n parameter Region number\n", "\"number\" is not known here"),
        ] {
            let error = read(rules).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
        assert!(EndpointRules::read("endpoints other host=sts\n", |_| None).is_err());
    }
}
