//! Paginators, and pages that follow from a pair of tokens.

use std::fmt::Write;

use super::json::Json;
use super::shape::Shapes;
use super::{Unknown, check_keys};
use crate::text::quote;

pub(super) fn write(operation: &str, json: &Json, out: &mut String) -> Result<(), Unknown> {
    check_keys(
        json,
        operation,
        &["input_token", "output_token", "result_key", "limit_key", "more_results", "non_aggregate_keys"],
    )?;
    out.push_str(" pages");
    for (key, word) in [
        ("input_token", "input"),
        ("output_token", "output"),
        ("result_key", "items"),
        ("limit_key", "size"),
        ("more_results", "more"),
        ("non_aggregate_keys", "constant"),
    ] {
        for path in json.get(key).map(Json::texts).unwrap_or_default() {
            let _ = write!(out, " {word}={}", quote(path));
        }
    }
    out.push('\n');
    Ok(())
}

/// The pairs of tokens that declared paginators use: a member of the input, a member of the output. A name alone is
/// not enough, because an update token, for example, is no token of pages.
const TOKENS: [(&str, &str); 16] = [
    ("ContinuationToken", "ContinuationToken"),
    ("Marker", "Marker"),
    ("Marker", "NextMarker"),
    ("NextMarker", "NextMarker"),
    ("NextPageToken", "NextPageToken"),
    ("NextToken", "NextToken"),
    ("PageToken", "NextPageToken"),
    ("PaginationToken", "PaginationToken"),
    ("continuationToken", "continuationToken"),
    ("marker", "marker"),
    ("marker", "nextMarker"),
    ("nextPageToken", "nextPageToken"),
    ("nextToken", "nextToken"),
    ("pageToken", "nextPageToken"),
    ("paginationToken", "paginationToken"),
    ("startingToken", "nextToken"),
];

const PAGE_SIZES: [&str; 10] = [
    "MaxResults",
    "maxResults",
    "MaxRecords",
    "MaxItems",
    "maxItems",
    "Limit",
    "limit",
    "PageSize",
    "pageSize",
    "maxPageSize",
];

/// Operations whose output has several lists of which only one continues over the pages: the others are the same on
/// each page. `.all` of other operations with several lists would lose some of them.
const MAIN_LISTS: [(&str, &str, &str); 6] = [
    ("ce", "GetCostAndUsage", "ResultsByTime"),
    ("ce", "GetCostAndUsageWithResources", "ResultsByTime"),
    ("internetmonitor", "GetQueryResults", "Data"),
    ("iottwinmaker", "ExecuteQuery", "rows"),
    ("pi", "DescribeDimensionKeys", "Keys"),
    ("rekognition", "GetSegmentDetection", "Segments"),
];

/// Writes how an operation without a paginator is paged, if its input and output have a pair of tokens.
pub(super) fn write_derived(service: &str, name: &str, operation: &Json, shapes: &Shapes, out: &mut String) {
    let members = |side: &str| {
        let shape = shapes.get(operation.get(side)?.text("shape")?)?;
        shape.get("members").map(Json::fields)
    };
    let (Some(input), Some(output)) = (members("input"), members("output")) else { return };
    let kind = |member: &Json| shapes.get(member.text("shape")?)?.text("type");
    let has = |members: &[(String, Json)], name: &str, expected: &str| {
        members.iter().any(|(known, member)| known == name && kind(member) == Some(expected))
    };
    let pair = TOKENS.into_iter().find(|(from, to)| has(input, from, "string") && has(output, to, "string"));
    let Some((from, to)) = pair else { return };
    let _ = write!(out, " pages derived input={from} output={to}");
    let known = MAIN_LISTS.into_iter().find(|(of, operation, _)| (*of, *operation) == (service, name));
    let mut lists = output.iter().filter(|(_, member)| kind(member) == Some("list")).map(|(list, _)| &**list);
    let only = lists.next().filter(|_| lists.next().is_none());
    if let Some(list) = known.map(|(_, _, list)| list).or(only) {
        let _ = write!(out, " items={list}");
    }
    if let Some(size) = PAGE_SIZES.into_iter().find(|size| has(input, size, "integer")) {
        let _ = write!(out, " size={size}");
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive;
    use crate::names::snake;

    #[test]
    fn every_main_list_applies() {
        for (service, name, list) in MAIN_LISTS {
            let service = archive::service(service).expect("the service exists");
            let operation =
                service.operation(&snake(name)).unwrap_or_else(|| panic!("{name} is gone; remove its entry"));
            let pages = operation.pages.as_ref().filter(|pages| pages.derived);
            let pages = pages.unwrap_or_else(|| panic!("{name} has a paginator of its own; remove its entry"));
            assert_eq!(pages.items[..], [list], "{name}");
            let output = operation.output.and_then(|output| service.shape(output).as_structure());
            let lists = output.expect("an output").members.iter().filter(|member| member.api_name == list);
            assert_eq!(lists.count(), 1, "{name} has no {list}");
        }
    }
}
