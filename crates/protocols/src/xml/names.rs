//! The names of a structure's members in XML.

use moonfleet_models::{Kind, Location, Service, Structure};

/// The members of a structure that a document holds, by the names of their elements.
#[derive(Debug)]
pub(crate) struct Names {
    /// Names of elements and indexes of members, sorted by length and name.
    elements: Box<[(&'static str, usize)]>,
    /// The indexes of members that are attributes.
    attributes: Box<[usize]>,
}

impl Names {
    pub(crate) fn new(service: &'static Service, structure: &'static Structure) -> Self {
        let members = structure.members.iter().enumerate();
        let members = members
            .filter(|(_, member)| member.location == Location::Body && !member.streaming && !member.event_header);
        let name = |member: &moonfleet_models::Member| match &service.shape(member.target.target).kind {
            // The items of a flattened list have the name of the items, if they have one.
            Kind::List { item, .. } if member.target.flattened => item.wire_name.unwrap_or(member.wire_name),
            _ => member.wire_name,
        };
        let mut elements: Vec<_> = members.clone().map(|(at, member)| (name(member), at)).collect();
        // Of members with the same name the first has the element.
        elements.sort_by_key(|(name, at)| (name.len(), *name, *at));
        elements.dedup_by_key(|(name, _)| *name);
        let attributes = members.filter(|(_, member)| member.xml_attribute).map(|(at, _)| at);
        Names { elements: elements.into(), attributes: attributes.collect() }
    }

    /// Returns the index of the member whose element has this name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let found = self.elements.binary_search_by_key(&(name.len(), name), |(name, _)| (name.len(), *name));
        found.ok().map(|at| self.elements[at].1)
    }

    pub(super) fn attributes(&self) -> &[usize] {
        &self.attributes
    }
}
