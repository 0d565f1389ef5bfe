//! A handful of instance types: what a fleet report wants to know of them.

use aws_sdk_ec2::{
    operation::describe_instance_types::{DescribeInstanceTypesInput, DescribeInstanceTypesOutput},
    types::{self, InstanceTypeInfo},
};

use super::{
    filters::{Filters, maybe},
    query::{Query, cut, dry_run, page_size},
};
use crate::sandbox::{Fault, world::Call};

/// Name, virtual CPUs, memory in MiB.
const TYPES: [(&str, i32, i64); 17] = [
    ("c5.large", 2, 4096),
    ("c6i.large", 2, 4096),
    ("c6i.xlarge", 4, 8192),
    ("m1.small", 1, 1740),
    ("m5.large", 2, 8192),
    ("m5.xlarge", 4, 16384),
    ("m6i.2xlarge", 8, 32768),
    ("m6i.large", 2, 8192),
    ("m6i.xlarge", 4, 16384),
    ("r6i.large", 2, 16384),
    ("r6i.xlarge", 4, 32768),
    ("t2.micro", 1, 1024),
    ("t3.large", 2, 8192),
    ("t3.medium", 2, 4096),
    ("t3.micro", 2, 1024),
    ("t3.nano", 2, 512),
    ("t3.small", 2, 2048),
];

#[derive(Clone, Copy)]
pub struct Size {
    pub cpus: i32,
    pub memory_mib: i64,
}

pub fn find(name: &str) -> Option<Size> {
    let (_, cpus, memory_mib) = TYPES.into_iter().find(|(known, _, _)| *known == name)?;
    Some(Size { cpus, memory_mib })
}

pub const FILTERS: Filters<InstanceTypeInfo> = Filters {
    fields: &[
        ("bare-metal", |t| maybe(t.bare_metal())),
        ("burstable-performance-supported", |t| maybe(t.burstable_performance_supported())),
        ("current-generation", |t| maybe(t.current_generation())),
        ("free-tier-eligible", |t| maybe(t.free_tier_eligible())),
        ("hypervisor", |t| maybe(t.hypervisor())),
        ("instance-type", |t| maybe(t.instance_type())),
        ("memory-info.size-in-mib", |t| maybe(t.memory_info().and_then(|memory| memory.size_in_mib()))),
        ("processor-info.supported-architecture", |t| {
            let processor = t.processor_info().map(|processor| processor.supported_architectures());
            processor.unwrap_or_default().iter().map(ToString::to_string).collect()
        }),
        ("vcpu-info.default-vcpus", |t| maybe(t.v_cpu_info().and_then(|cpus| cpus.default_v_cpus()))),
    ],
    tags: None,
};

pub fn describe_instance_types(
    _: &mut Call<'_>,
    input: &DescribeInstanceTypesInput,
) -> Result<DescribeInstanceTypesOutput, Fault> {
    let names: Vec<String> = input.instance_types().iter().map(ToString::to_string).collect();
    let unknown: Vec<&str> = names.iter().map(String::as_str).filter(|name| find(name).is_none()).collect();
    if !unknown.is_empty() {
        let message = format!("The following supplied instance types do not exist: [{}]", unknown.join(", "));
        return Err(Fault::new("InvalidInstanceType", message));
    }
    let query = Query {
        ids: &names,
        filters: input.filters(),
        max_results: input.max_results,
        next_token: input.next_token(),
        dry_run: input.dry_run,
    };
    let size = page_size(&query, &(5..=100), "InstanceTypes")?;
    let asked_for = |(name, _, _): &(&str, i32, i64)| names.is_empty() || names.iter().any(|wanted| wanted == name);
    let infos = TYPES.into_iter().filter(asked_for).map(info).collect();
    let selected = FILTERS.select(infos, query.filters)?;
    dry_run(query.dry_run)?;
    let page = cut(selected, &query, "instance types", size, |info| {
        info.instance_type().map(ToString::to_string).unwrap_or_default()
    })?;
    Ok(DescribeInstanceTypesOutput::builder()
        .set_instance_types(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

fn info((name, cpus, memory): (&str, i32, i64)) -> InstanceTypeInfo {
    let processor = types::ProcessorInfo::builder().supported_architectures(types::ArchitectureType::X8664).build();
    let old = name.starts_with("m1");
    InstanceTypeInfo::builder()
        .instance_type(name.into())
        .current_generation(!old && !name.starts_with("t2"))
        .free_tier_eligible(name.ends_with(".micro"))
        .burstable_performance_supported(name.starts_with('t'))
        .bare_metal(false)
        .hypervisor(match old {
            true => types::InstanceTypeHypervisor::Xen,
            false => types::InstanceTypeHypervisor::Nitro,
        })
        .processor_info(processor)
        .v_cpu_info(types::VCpuInfo::builder().default_v_cpus(cpus).build())
        .memory_info(types::MemoryInfo::builder().size_in_mib(memory).build())
        .build()
}
