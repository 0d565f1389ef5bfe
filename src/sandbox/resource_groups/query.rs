//! Tag queries: AND across keys, OR across the values of a key.

use std::collections::BTreeMap;

use aws_sdk_resourcegroups::types::{QueryType, ResourceQuery};
use serde_json::Value;

use super::bad_request;
use crate::sandbox::Fault;

const ALL: &str = "AWS::AllSupported";

/// A checked query, and the text it was given as.
#[derive(Clone)]
pub struct Query {
    text: String,
    pub types: Vec<String>,
    filters: Vec<TagFilter>,
}

#[derive(Clone)]
struct TagFilter {
    key: String,
    /// Empty: any value will do.
    values: Vec<String>,
}

impl Query {
    pub fn parse(query: &ResourceQuery) -> Result<Query, Fault> {
        if *query.r#type() != QueryType::TagFilters10 {
            return Err(bad_request(format!("the sandbox does not simulate queries of the type {}", query.r#type())));
        }
        Query::parse_text(query.query())
    }

    pub fn parse_text(text: &str) -> Result<Query, Fault> {
        let json: Value =
            serde_json::from_str(text).map_err(|_| bad_request("Query not valid: the query is not valid JSON."))?;
        let Value::Object(fields) = &json else {
            return Err(bad_request("Query not valid: the query must be a JSON object."));
        };
        let strange = |name: &&String| !matches!(name.as_str(), "ResourceTypeFilters" | "TagFilters");
        if let Some(name) = fields.keys().find(strange) {
            return Err(bad_request(format!("Query not valid: unrecognized field \"{name}\".")));
        }
        let types = strings(&json["ResourceTypeFilters"], "ResourceTypeFilters")?;
        if let Some(name) = types.iter().find(|name| !is_type(name)) {
            return Err(bad_request(format!("Query not valid: unrecognized resource type \"{name}\".")));
        }
        let filters = list(&json["TagFilters"], "TagFilters")?;
        Ok(Query {
            text: text.to_owned(),
            types,
            filters: filters.iter().map(TagFilter::parse).collect::<Result<_, _>>()?,
        })
    }

    pub fn to_aws(&self) -> Result<ResourceQuery, Fault> {
        Ok(ResourceQuery::builder().r#type(QueryType::TagFilters10).query(&self.text).build()?)
    }

    pub fn matches(&self, kind: &str, tags: &BTreeMap<String, String>) -> bool {
        self.wants_type(kind) && self.filters.iter().all(|filter| filter.matches(tags))
    }

    fn wants_type(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|name| name == ALL || name == kind)
    }
}

fn is_type(name: &str) -> bool {
    let parts: Vec<&str> = name.split("::").collect();
    name == ALL || (parts.len() == 3 && parts[0] == "AWS" && parts.iter().all(|part| !part.is_empty()))
}

impl TagFilter {
    fn parse(json: &Value) -> Result<TagFilter, Fault> {
        let key = json["Key"].as_str().filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| bad_request("Query not valid: a tag filter needs a Key."))?;
        Ok(TagFilter { key: key.to_owned(), values: strings(&json["Values"], "Values")? })
    }

    fn matches(&self, tags: &BTreeMap<String, String>) -> bool {
        let fits = |value: &String| self.values.is_empty() || self.values.contains(value);
        tags.get(&self.key).is_some_and(fits)
    }
}

fn list<'a>(json: &'a Value, name: &str) -> Result<&'a [Value], Fault> {
    match json {
        Value::Null => Ok(&[]),
        Value::Array(values) => Ok(values),
        _ => Err(bad_request(format!("Query not valid: {name} must be a list."))),
    }
}

fn strings(json: &Value, name: &str) -> Result<Vec<String>, Fault> {
    list(json, name)?
        .iter()
        .map(|value| {
            let text = value.as_str().map(str::to_owned);
            text.ok_or_else(|| bad_request(format!("Query not valid: {name} must hold strings.")))
        })
        .collect()
}
