//! The topics that a misspelt name probably means.

use std::collections::BTreeSet;

use moonfleet_bindings::{ListedService, basic_service, listed_service, nearest_service};
use moonfleet_core::suggest;

use super::{names, names_of, stub};

/// The maximum number of suggestions.
const MOST: usize = 6;

/// Returns similar names first, then names that contain this one.
pub(super) fn nearest(name: &str) -> Vec<String> {
    let folded = name.to_lowercase();
    let mut nearest = match name.split_once('.') {
        Some((service, rest)) => in_service_or_module(name, service, rest),
        None => similar_last_names(name),
    };
    if nearest.is_empty() {
        let part = last(&folded);
        nearest.extend(names().into_iter().filter(|known| !part.is_empty() && known.contains(part)));
    }
    let mut seen = BTreeSet::new();
    nearest.retain(|name| seen.insert(name.clone()));
    nearest.truncate(MOST);
    nearest
}

/// Returns similar names of a service, or else of the modules, or else of a service whose name is misspelt.
fn in_service_or_module(name: &str, service: &str, rest: &str) -> Vec<String> {
    if let Some(listed) = listed_service(service) {
        return in_service(listed, rest);
    }
    let stubs = stub::stubs();
    let of_modules: Vec<String> = stubs.modules().chain(stubs.functions()).map(str::to_owned).collect();
    let near = few(name, &of_modules);
    if !near.is_empty() {
        return near;
    }
    nearest_service(service).and_then(listed_service).map_or_else(Vec::new, |listed| in_service(listed, rest))
}

fn in_service(listed: &ListedService, rest: &str) -> Vec<String> {
    let own: Vec<String> = names_of(listed).collect();
    let mut near = few(&format!("{}.{rest}", listed.name), &own);
    let part = last(rest);
    near.extend(own.into_iter().filter(|known| last(known).contains(part)));
    near
}

/// Returns names whose last part is similar.
fn similar_last_names(name: &str) -> Vec<String> {
    let names = names();
    let mut same: Vec<String> = names.iter().filter(|known| last(known) == name).cloned().collect();
    if !same.is_empty() {
        sort_bound_first(&mut same);
        return same;
    }
    let service = nearest_service(name).map(str::to_owned);
    let lasts: BTreeSet<&str> = names.iter().map(|name| last(name)).collect();
    let near = suggest::nearest_few(name, lasts, MOST);
    let with = |near: &str| {
        let mut with: Vec<String> = names.iter().filter(|name| last(name) == near).cloned().collect();
        sort_bound_first(&mut with);
        with
    };
    service.into_iter().chain(near.into_iter().flat_map(with)).collect()
}

/// Sorts the names of the services that every script has before the others.
fn sort_bound_first(names: &mut [String]) {
    names.sort_by_key(|name| basic_service(name.split('.').next().unwrap_or_default()).is_none());
}

fn few(name: &str, known: &[String]) -> Vec<String> {
    suggest::nearest_few(name, known.iter().map(String::as_str), MOST).into_iter().map(str::to_owned).collect()
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}
