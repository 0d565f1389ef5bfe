//! Queries of groups: tags (AND across keys, OR across the values of a key), or a stack.

use std::collections::BTreeMap;

use aws_sdk_resourcegroups::types::{QueryType, ResourceQuery};
use serde_json::Value;

use super::errors::bad_request;
use crate::ApiError;

const ALL: &str = "AWS::AllSupported";
/// The tag that CloudFormation puts on its resources.
const STACK_TAG: &str = "aws:cloudformation:stack-id";

/// A checked query, with its original text.
#[derive(Clone)]
pub(crate) struct Query {
    text: String,
    pub types: Vec<String>,
    by: QueryKind,
}

#[derive(Clone)]
enum QueryKind {
    Tags(Vec<TagFilter>),
    Stack(String),
}

#[derive(Clone)]
struct TagFilter {
    key: String,
    /// Empty if any value matches.
    values: Vec<String>,
}

impl Query {
    pub(crate) fn parse(query: &ResourceQuery) -> Result<Query, ApiError> {
        match query.r#type() {
            QueryType::TagFilters10 => Query::of_tags(query.query()),
            QueryType::CloudformationStack10 => Query::of_stack(query.query()),
            other => Err(bad_request(format!("Query not valid: unrecognized query type \"{other}\"."))),
        }
    }

    pub(crate) fn of_tags(text: &str) -> Result<Query, ApiError> {
        let json = object(text, "TagFilters")?;
        let filters = list(&json["TagFilters"], "TagFilters")?;
        let filters = filters.iter().map(TagFilter::parse).collect::<Result<_, _>>()?;
        Ok(Query { text: text.to_owned(), types: types(&json)?, by: QueryKind::Tags(filters) })
    }

    pub(crate) fn of_stack(text: &str) -> Result<Query, ApiError> {
        let json = object(text, "StackIdentifier")?;
        let stack = json["StackIdentifier"].as_str().unwrap_or_default();
        let parts: Vec<&str> = stack.split(':').collect();
        if parts.len() != 6 || parts[2] != "cloudformation" || !parts[5].starts_with("stack/") {
            return Err(bad_request("Query not valid: StackIdentifier must be the ARN of a CloudFormation stack."));
        }
        Ok(Query { text: text.to_owned(), types: types(&json)?, by: QueryKind::Stack(stack.to_owned()) })
    }

    pub(crate) fn to_aws(&self) -> Result<ResourceQuery, ApiError> {
        let kind = match self.by {
            QueryKind::Tags(_) => QueryType::TagFilters10,
            QueryKind::Stack(_) => QueryType::CloudformationStack10,
        };
        Ok(ResourceQuery::builder().r#type(kind).query(&self.text).build()?)
    }

    pub(crate) fn matches(&self, kind: &str, tags: &BTreeMap<String, String>) -> bool {
        let fits = match &self.by {
            QueryKind::Tags(filters) => filters.iter().all(|filter| filter.matches(tags)),
            QueryKind::Stack(stack) => tags.get(STACK_TAG) == Some(stack),
        };
        fits && self.wants_type(kind)
    }

    /// Returns the ARN of the stack; `None` for a query by tags.
    pub(crate) fn stack(&self) -> Option<&str> {
        match &self.by {
            QueryKind::Stack(stack) => Some(stack),
            QueryKind::Tags(_) => None,
        }
    }

    fn wants_type(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|name| name == ALL || name == kind)
    }
}

/// Parses the query's JSON, which must contain the resource types and `own` only.
fn object(text: &str, own: &str) -> Result<Value, ApiError> {
    let json: Value =
        serde_json::from_str(text).map_err(|_| bad_request("Query not valid: the query is not valid JSON."))?;
    let Value::Object(fields) = &json else {
        return Err(bad_request("Query not valid: the query must be a JSON object."));
    };
    match fields.keys().find(|name| *name != "ResourceTypeFilters" && *name != own) {
        Some(name) => Err(bad_request(format!("Query not valid: unrecognized field \"{name}\"."))),
        None => Ok(json),
    }
}

fn types(json: &Value) -> Result<Vec<String>, ApiError> {
    let types = strings(&json["ResourceTypeFilters"], "ResourceTypeFilters")?;
    match types.iter().find(|name| !is_type(name)) {
        Some(name) => Err(bad_request(format!("Query not valid: unrecognized resource type \"{name}\"."))),
        None => Ok(types),
    }
}

fn is_type(name: &str) -> bool {
    let parts: Vec<&str> = name.split("::").collect();
    name == ALL || (parts.len() == 3 && parts[0] == "AWS" && parts.iter().all(|part| !part.is_empty()))
}

impl TagFilter {
    fn parse(json: &Value) -> Result<TagFilter, ApiError> {
        let key = json["Key"].as_str().filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| bad_request("Query not valid: a tag filter needs a Key."))?;
        Ok(TagFilter { key: key.to_owned(), values: strings(&json["Values"], "Values")? })
    }

    fn matches(&self, tags: &BTreeMap<String, String>) -> bool {
        let fits = |value: &String| self.values.is_empty() || self.values.contains(value);
        tags.get(&self.key).is_some_and(fits)
    }
}

fn list<'a>(json: &'a Value, name: &str) -> Result<&'a [Value], ApiError> {
    match json {
        Value::Null => Ok(&[]),
        Value::Array(values) => Ok(values),
        _ => Err(bad_request(format!("Query not valid: {name} must be a list."))),
    }
}

fn strings(json: &Value, name: &str) -> Result<Vec<String>, ApiError> {
    list(json, name)?
        .iter()
        .map(|value| {
            let text = value.as_str().map(str::to_owned);
            text.ok_or_else(|| bad_request(format!("Query not valid: {name} must hold strings.")))
        })
        .collect()
}
