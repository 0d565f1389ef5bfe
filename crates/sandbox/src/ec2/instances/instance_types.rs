//! Instance types: their table, and the operations that describe them.

use aws_sdk_ec2::{
    operation::{
        describe_instance_type_offerings::{DescribeInstanceTypeOfferingsInput, DescribeInstanceTypeOfferingsOutput},
        describe_instance_types::{DescribeInstanceTypesInput, DescribeInstanceTypesOutput},
    },
    types::{self, InstanceTypeInfo, InstanceTypeOffering, LocationType},
};

use crate::ApiError;
use crate::ec2::filters::{Filters, maybe};
use crate::ec2::query::{DescribeQuery, cut, dry_run, invalid, page_size};
use crate::ec2::regions::{zone_ids, zone_names};
use crate::state::Call;

pub(crate) struct InstanceTypeRow {
    pub name: &'static str,
    pub cpus: i32,
    pub memory_mib: i64,
    /// Approximate on-demand price of a Linux hour in US dollars. Spot prices derive from it.
    pub usd_hour: f64,
    network: &'static str,
}

const fn row(name: &'static str, cpus: i32, gib: i64, usd_hour: f64, network: &'static str) -> InstanceTypeRow {
    InstanceTypeRow { name, cpus, memory_mib: gib * 1024, usd_hour, network }
}

#[rustfmt::skip]
pub(crate) const TYPES: &[InstanceTypeRow] = &[
    row("c5.large", 2, 4, 0.097, "Up to 10 Gigabit"),
    row("c6g.large", 2, 4, 0.0776, "Up to 10 Gigabit"),
    row("c6i.large", 2, 4, 0.097, "Up to 12.5 Gigabit"),
    row("c6i.xlarge", 4, 8, 0.194, "Up to 12.5 Gigabit"),
    row("c7g.large", 2, 4, 0.0825, "Up to 12.5 Gigabit"),
    row("c7g.xlarge", 4, 8, 0.165, "Up to 12.5 Gigabit"),
    row("c7i.2xlarge", 8, 16, 0.4074, "Up to 12.5 Gigabit"),
    row("g5.xlarge", 4, 16, 1.258, "Up to 10 Gigabit"),
    row("i4i.large", 2, 16, 0.205, "Up to 10 Gigabit"),
    InstanceTypeRow { name: "m1.small", cpus: 1, memory_mib: 1740, usd_hour: 0.047, network: "Low" },
    row("m5.large", 2, 8, 0.115, "Up to 10 Gigabit"),
    row("m5.xlarge", 4, 16, 0.23, "Up to 10 Gigabit"),
    row("m5d.large", 2, 8, 0.136, "Up to 10 Gigabit"),
    row("m6g.large", 2, 8, 0.092, "Up to 10 Gigabit"),
    row("m6i.2xlarge", 8, 32, 0.46, "Up to 12.5 Gigabit"),
    row("m6i.large", 2, 8, 0.115, "Up to 12.5 Gigabit"),
    row("m6i.metal", 128, 512, 7.36, "50 Gigabit"),
    row("m6i.xlarge", 4, 16, 0.23, "Up to 12.5 Gigabit"),
    row("m7g.large", 2, 8, 0.0977, "Up to 12.5 Gigabit"),
    row("m7g.xlarge", 4, 16, 0.1954, "Up to 12.5 Gigabit"),
    row("m7i.large", 2, 8, 0.1208, "Up to 12.5 Gigabit"),
    row("m7i.xlarge", 4, 16, 0.2415, "Up to 12.5 Gigabit"),
    row("r6g.large", 2, 16, 0.122, "Up to 10 Gigabit"),
    row("r6i.large", 2, 16, 0.152, "Up to 12.5 Gigabit"),
    row("r6i.xlarge", 4, 32, 0.304, "Up to 12.5 Gigabit"),
    row("r7g.xlarge", 4, 32, 0.2588, "Up to 12.5 Gigabit"),
    row("t2.micro", 1, 1, 0.0134, "Low to Moderate"),
    row("t2.small", 1, 2, 0.0268, "Low to Moderate"),
    row("t3.large", 2, 8, 0.096, "Up to 5 Gigabit"),
    row("t3.medium", 2, 4, 0.048, "Up to 5 Gigabit"),
    row("t3.micro", 2, 1, 0.012, "Up to 5 Gigabit"),
    InstanceTypeRow { name: "t3.nano", cpus: 2, memory_mib: 512, usd_hour: 0.006, network: "Up to 5 Gigabit" },
    row("t3.small", 2, 2, 0.024, "Up to 5 Gigabit"),
    row("t4g.medium", 2, 4, 0.0384, "Up to 5 Gigabit"),
    row("t4g.micro", 2, 1, 0.0096, "Up to 5 Gigabit"),
    row("t4g.small", 2, 2, 0.0192, "Up to 5 Gigabit"),
];

impl InstanceTypeRow {
    fn family(&self) -> &'static str {
        self.name.split('.').next().unwrap_or_default()
    }

    fn is_arm(&self) -> bool {
        self.family().ends_with('g')
    }

    fn is_old(&self) -> bool {
        matches!(self.family(), "m1" | "t2")
    }

    fn has_disks(&self) -> bool {
        matches!(self.family(), "m1" | "m5d" | "i4i" | "g5")
    }

    pub(crate) fn runs_windows(&self) -> bool {
        !self.is_arm()
    }

    /// Returns false for the oldest types in newer regions.
    fn is_in(&self, region: &str) -> bool {
        self.family() != "m1" || !matches!(region, "eu-north-1" | "eu-west-3" | "ca-central-1" | "us-east-2")
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub cpus: i32,
    pub memory_mib: i64,
}

pub(crate) fn find(name: &str) -> Option<Size> {
    let known = TYPES.iter().find(|known| known.name == name)?;
    Some(Size { cpus: known.cpus, memory_mib: known.memory_mib })
}

pub(crate) const FILTERS: Filters<InstanceTypeInfo> = Filters {
    fields: &[
        ("auto-recovery-supported", |t| maybe(t.auto_recovery_supported())),
        ("bare-metal", |t| maybe(t.bare_metal())),
        ("burstable-performance-supported", |t| maybe(t.burstable_performance_supported())),
        ("current-generation", |t| maybe(t.current_generation())),
        ("free-tier-eligible", |t| maybe(t.free_tier_eligible())),
        ("hibernation-supported", |t| maybe(t.hibernation_supported())),
        ("hypervisor", |t| maybe(t.hypervisor())),
        ("instance-storage-supported", |t| maybe(t.instance_storage_supported())),
        ("instance-type", |t| maybe(t.instance_type())),
        ("memory-info.size-in-mib", |t| maybe(t.memory_info().and_then(|memory| memory.size_in_mib()))),
        ("network-info.network-performance", |t| maybe(t.network_info().and_then(|info| info.network_performance()))),
        ("processor-info.supported-architecture", |t| {
            let processor = t.processor_info().map(|processor| processor.supported_architectures());
            processor.unwrap_or_default().iter().map(ToString::to_string).collect()
        }),
        ("supported-root-device-type", |t| t.supported_root_device_types().iter().map(ToString::to_string).collect()),
        ("supported-usage-class", |t| t.supported_usage_classes().iter().map(ToString::to_string).collect()),
        ("supported-virtualization-type", |t| {
            t.supported_virtualization_types().iter().map(ToString::to_string).collect()
        }),
        ("vcpu-info.default-cores", |t| maybe(t.v_cpu_info().and_then(|cpus| cpus.default_cores()))),
        ("vcpu-info.default-threads-per-core", |t| {
            maybe(t.v_cpu_info().and_then(|cpus| cpus.default_threads_per_core()))
        }),
        ("vcpu-info.default-vcpus", |t| maybe(t.v_cpu_info().and_then(|cpus| cpus.default_v_cpus()))),
    ],
    tags: None,
};

pub(crate) fn describe_instance_types(
    call: &mut Call<'_>,
    input: &DescribeInstanceTypesInput,
) -> Result<DescribeInstanceTypesOutput, ApiError> {
    let here = || TYPES.iter().filter(|known| known.is_in(call.region_name));
    let names: Vec<String> = input.instance_types().iter().map(ToString::to_string).collect();
    let is_unknown = |name: &&str| !here().any(|known| known.name == *name);
    let unknown: Vec<&str> = names.iter().map(String::as_str).filter(is_unknown).collect();
    if !unknown.is_empty() {
        let message = format!("The following supplied instance types do not exist: [{}]", unknown.join(", "));
        return Err(ApiError::new("InvalidInstanceType", message));
    }
    let query = DescribeQuery {
        ids: &names,
        filters: input.filters(),
        max_results: input.max_results,
        next_token: input.next_token(),
        dry_run: input.dry_run,
    };
    let size = page_size(&query, &(5..=100), "InstanceTypes")?;
    let is_meant = |known: &&InstanceTypeRow| names.is_empty() || names.iter().any(|name| name == known.name);
    let infos = here().filter(is_meant).map(info).collect();
    let selected = FILTERS.select(infos, query.filters)?;
    dry_run(query.dry_run)?;
    // The default page size of this list is 100, unlike other lists.
    let size = if query.max_results.is_none() { 100 } else { size };
    let page = cut(selected, &query, "instance types", size, |info| {
        info.instance_type().map(ToString::to_string).unwrap_or_default()
    })?;
    Ok(DescribeInstanceTypesOutput::builder()
        .set_instance_types(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

fn info(known: &InstanceTypeRow) -> InstanceTypeInfo {
    let name = known.name;
    let architecture = match known.is_arm() {
        true => types::ArchitectureType::Arm64,
        false => types::ArchitectureType::X8664,
    };
    let manufacturer = if known.is_arm() { "AWS" } else { "Intel" };
    let processor = types::ProcessorInfo::builder().supported_architectures(architecture).manufacturer(manufacturer);
    let is_metal = name.ends_with(".metal");
    let threads = if known.is_arm() || known.is_old() { 1 } else { 2 };
    let cpus = types::VCpuInfo::builder()
        .default_v_cpus(known.cpus)
        .default_cores(known.cpus / threads)
        .default_threads_per_core(threads);
    let hypervisor = match known.is_old() {
        true => types::InstanceTypeHypervisor::Xen,
        false => types::InstanceTypeHypervisor::Nitro,
    };
    InstanceTypeInfo::builder()
        .instance_type(name.into())
        .current_generation(!known.is_old())
        .free_tier_eligible(name.ends_with(".micro"))
        .supported_usage_classes(types::UsageClassType::OnDemand)
        .supported_usage_classes(types::UsageClassType::Spot)
        .supported_root_device_types(types::RootDeviceType::Ebs)
        .supported_virtualization_types(types::VirtualizationType::Hvm)
        .burstable_performance_supported(name.starts_with('t'))
        .bare_metal(is_metal)
        .set_hypervisor((!is_metal).then_some(hypervisor))
        .instance_storage_supported(known.has_disks())
        .hibernation_supported(!is_metal && !known.is_arm() && !known.is_old())
        .auto_recovery_supported(!is_metal && !known.has_disks())
        .processor_info(processor.build())
        .v_cpu_info(cpus.build())
        .memory_info(types::MemoryInfo::builder().size_in_mib(known.memory_mib).build())
        .network_info(types::NetworkInfo::builder().network_performance(known.network).build())
        .build()
}

pub(crate) const OFFERINGS: Filters<InstanceTypeOffering> = Filters {
    fields: &[("instance-type", |o| maybe(o.instance_type())), ("location", |o| maybe(o.location()))],
    tags: None,
};

pub(crate) fn describe_instance_type_offerings(
    call: &mut Call<'_>,
    input: &DescribeInstanceTypeOfferingsInput,
) -> Result<DescribeInstanceTypeOfferingsOutput, ApiError> {
    let kind = input.location_type().cloned().unwrap_or(LocationType::Region);
    let places: Vec<String> = match kind {
        LocationType::Region => vec![call.region_name.to_owned()],
        LocationType::AvailabilityZone => zone_names(call.region_name).to_vec(),
        LocationType::AvailabilityZoneId => zone_ids(call.region_name).to_vec(),
        ref other => return Err(invalid(format!("Invalid value '{other}' for locationType."))),
    };
    let here = TYPES.iter().filter(|known| known.is_in(call.region_name));
    let offerings = here.flat_map(|known| {
        // Large types are missing in more zones than small ones.
        let zones = if known.name.ends_with(".metal") && places.len() > 1 { 2 } else { places.len() };
        places.iter().take(zones).map(|place| {
            let offering = InstanceTypeOffering::builder().instance_type(known.name.into());
            offering.location_type(kind.clone()).location(place).build()
        })
    });
    let selected = OFFERINGS.select(offerings.collect(), input.filters())?;
    let query = DescribeQuery {
        filters: input.filters(),
        max_results: input.max_results,
        next_token: input.next_token(),
        ..DescribeQuery::default()
    };
    let size = page_size(&query, &(5..=1000), "")?;
    dry_run(input.dry_run)?;
    let page = cut(selected, &query, ("offerings", &kind), size, |offering| {
        [maybe(offering.instance_type()), maybe(offering.location())].concat().join(" ")
    })?;
    Ok(DescribeInstanceTypeOfferingsOutput::builder()
        .set_instance_type_offerings(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}
