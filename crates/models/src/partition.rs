//! Partitions: the separate worlds of AWS, and their regions.

use crate::text::{Malformed, Words, entries, head_and_body};

#[derive(Debug)]
pub struct Partition {
    /// `aws`, `aws-cn`, …
    pub id: &'static str,
    pub dns_suffix: &'static str,
    pub dual_stack_dns_suffix: &'static str,
    pub implicit_global_region: &'static str,
    pub supports_fips: bool,
    pub supports_dual_stack: bool,
    /// Also matches regions that are not listed yet.
    pub region_regex: &'static str,
    pub regions: Box<[Region]>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Region {
    /// `eu-central-1`, or `aws-global` for services without regions.
    pub id: &'static str,
    /// "Europe (Frankfurt)"
    pub title: &'static str,
}

pub(crate) fn read(text: &'static str) -> Result<Box<[Partition]>, Malformed> {
    entries(text).map(partition).collect()
}

fn partition(entry: &'static str) -> Result<Partition, Malformed> {
    let (head, body) = head_and_body(entry);
    let mut words = Words::new(head);
    words.expect("the kind")?;
    let mut partition = Partition {
        id: words.expect("the name")?,
        dns_suffix: "",
        dual_stack_dns_suffix: "",
        implicit_global_region: "",
        supports_fips: false,
        supports_dual_stack: false,
        region_regex: "",
        regions: Box::default(),
    };
    let mut regions = Vec::new();
    for line in body {
        let line = line.trim_start();
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        match key {
            "dns-suffix" => partition.dns_suffix = value,
            "dual-stack-dns-suffix" => partition.dual_stack_dns_suffix = value,
            "global-region" => partition.implicit_global_region = value,
            "fips" => partition.supports_fips = true,
            "dual-stack" => partition.supports_dual_stack = true,
            "regex" => partition.region_regex = value,
            "region" => {
                let (id, title) = value.split_once(' ').unwrap_or((value, ""));
                regions.push(Region { id, title });
            }
            other => return Err(Words::new(line).unknown(other)),
        }
    }
    partition.regions = regions.into();
    Ok(partition)
}
