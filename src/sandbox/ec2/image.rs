//! What an instance is started from: images and key pairs.

use aws_sdk_ec2::{
    operation::{
        describe_images::{DescribeImagesInput, DescribeImagesOutput},
        describe_key_pairs::{DescribeKeyPairsInput, DescribeKeyPairsOutput},
    },
    types::{self, ArchitectureValues, PlatformValues, Tag},
};

use super::{
    State,
    filters::{Filters, maybe},
    query::{IdKind, Kind, Query, dry_run},
};
use crate::sandbox::{Fault, world::Call};

pub const IMAGES: Kind<types::Image> = Kind {
    id: IdKind {
        prefix: "ami",
        malformed: "InvalidAMIID.Malformed",
        missing: "InvalidAMIID.NotFound",
        one_missing: "The image id '[{}]' does not exist",
        many_missing: "The image ids '[{}]' do not exist",
    },
    filters: Filters {
        fields: &[
            ("architecture", |i| maybe(i.architecture())),
            ("creation-date", |i| maybe(i.creation_date())),
            ("description", |i| maybe(i.description())),
            ("hypervisor", |i| maybe(i.hypervisor())),
            ("image-id", |i| maybe(i.image_id())),
            ("image-type", |i| maybe(i.image_type())),
            ("is-public", |i| maybe(i.public())),
            ("name", |i| maybe(i.name())),
            ("owner-alias", |i| maybe(i.image_owner_alias())),
            ("owner-id", |i| maybe(i.owner_id())),
            ("platform", |i| maybe(i.platform())),
            ("root-device-name", |i| maybe(i.root_device_name())),
            ("root-device-type", |i| maybe(i.root_device_type())),
            ("state", |i| maybe(i.state())),
            ("virtualization-type", |i| maybe(i.virtualization_type())),
        ],
        tags: Some(|i| i.tags()),
    },
    page_sizes: 1..=1000,
    ids_parameter: "imagesSet",
};

pub fn describe_images(call: &mut Call<'_>, input: &DescribeImagesInput) -> Result<DescribeImagesOutput, Fault> {
    let owners = input.owners();
    let owned = |image: &types::Image| {
        let owner_is = |owner: &String| match owner.as_str() {
            "self" => image.owner_id() == Some(call.account_id),
            other => image.owner_id() == Some(other) || image.image_owner_alias() == Some(other),
        };
        owners.is_empty() || owners.iter().any(owner_is)
    };
    let state = &call.region.ec2;
    let images = state.tags.on(&state.images).into_iter().filter(owned);
    let query = Query {
        ids: input.image_ids(),
        filters: input.filters(),
        max_results: input.max_results,
        next_token: input.next_token(),
        dry_run: input.dry_run,
    };
    let page = IMAGES.describe(images.collect(), &query)?;
    Ok(DescribeImagesOutput::builder().set_images(Some(page.items)).set_next_token(page.next_token).build())
}

pub const KEY_PAIRS: Filters<types::KeyPairInfo> = Filters {
    fields: &[
        ("fingerprint", |k| maybe(k.key_fingerprint())),
        ("key-name", |k| maybe(k.key_name())),
        ("key-pair-id", |k| maybe(k.key_pair_id())),
    ],
    tags: Some(|k| k.tags()),
};

pub fn describe_key_pairs(call: &mut Call<'_>, input: &DescribeKeyPairsInput) -> Result<DescribeKeyPairsOutput, Fault> {
    let state = &call.region.ec2;
    let pairs = state.tags.on(&state.key_pairs);
    let selected = KEY_PAIRS.select(pairs, input.filters())?;
    dry_run(input.dry_run)?;
    for name in input.key_names() {
        find_key_pair(state, name)?;
    }
    let wanted = |pair: &types::KeyPairInfo| {
        let named = |names: &[String], own: Option<&str>| {
            names.is_empty() || names.iter().any(|name| Some(name.as_str()) == own)
        };
        named(input.key_names(), pair.key_name()) && named(input.key_pair_ids(), pair.key_pair_id())
    };
    let pairs = selected.into_iter().filter(wanted).collect();
    Ok(DescribeKeyPairsOutput::builder().set_key_pairs(Some(pairs)).build())
}

pub fn find_key_pair<'a>(state: &'a State, name: &str) -> Result<&'a types::KeyPairInfo, Fault> {
    let known = state.key_pairs.iter().find(|pair| pair.key_name() == Some(name));
    known.ok_or_else(|| {
        let message = format!("The key pair '{name}' does not exist");
        Fault::new("InvalidKeyPair.NotFound", message)
    })
}

/// What an instance inherits from its image.
pub struct ImageFacts {
    pub architecture: ArchitectureValues,
    pub platform: Option<PlatformValues>,
    pub platform_details: String,
    pub usage_operation: String,
    pub root_device_name: String,
}

impl ImageFacts {
    /// An image that has been deregistered leaves the facts of a Linux one.
    pub fn of(region: &State, image_id: &str) -> ImageFacts {
        let image = region.images.iter().find(|image| image.image_id() == Some(image_id));
        let platform = image.and_then(|image| image.platform.clone());
        let windows = platform.is_some();
        ImageFacts {
            architecture: image.and_then(|image| image.architecture.clone()).unwrap_or(ArchitectureValues::X8664),
            platform,
            platform_details: if windows { "Windows" } else { "Linux/UNIX" }.to_owned(),
            usage_operation: if windows { "RunInstances:0002" } else { "RunInstances" }.to_owned(),
            root_device_name: image.and_then(|image| image.root_device_name()).unwrap_or("/dev/xvda").to_owned(),
        }
    }
}

/// The operating systems that the sandbox has images of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Os {
    AmazonLinux,
    Ubuntu,
    Windows,
}

impl Os {
    const ALL: [Os; 3] = [Os::AmazonLinux, Os::Ubuntu, Os::Windows];

    fn name(self) -> &'static str {
        match self {
            Os::AmazonLinux => "al2023-ami-2023.9.20261103.0-kernel-6.1-x86_64",
            Os::Ubuntu => "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261015",
            Os::Windows => "Windows_Server-2022-English-Full-Base-2026.11.12",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Os::AmazonLinux => "Amazon Linux 2023 AMI 2023.9.20261103.0 x86_64 HVM kernel-6.1",
            Os::Ubuntu => "Canonical, Ubuntu, 24.04, amd64 noble image",
            Os::Windows => "Microsoft Windows Server 2022 Full Locale English AMI provided by Amazon",
        }
    }

    fn owner(self) -> (&'static str, Option<&'static str>) {
        match self {
            Os::AmazonLinux => ("137112412989", Some("amazon")),
            Os::Ubuntu => ("099720109477", None),
            Os::Windows => ("801119661308", Some("amazon")),
        }
    }

    fn created(self) -> &'static str {
        match self {
            Os::AmazonLinux => "2026-11-03T21:14:38.000Z",
            Os::Ubuntu => "2026-10-15T07:22:51.000Z",
            Os::Windows => "2026-11-12T10:05:29.000Z",
        }
    }

    fn root_device(self) -> &'static str {
        match self {
            Os::AmazonLinux => "/dev/xvda",
            Os::Ubuntu | Os::Windows => "/dev/sda1",
        }
    }

    /// Ids differ from region to region, as they do on AWS.
    pub fn image_id(self, region: &str) -> String {
        let salt = match self {
            Os::AmazonLinux => 0xa1,
            Os::Ubuntu => 0xb2,
            Os::Windows => 0xc3,
        };
        let region: u64 = region.bytes().fold(salt, |sum: u64, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
        format!("ami-0{:016x}", region.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Which system an image carries; own images are Amazon Linux inside.
    pub fn of_image(region: &str, image_id: &str) -> Os {
        Os::ALL.into_iter().find(|os| os.image_id(region) == image_id).unwrap_or(Os::AmazonLinux)
    }
}

/// The public images of a region.
pub fn catalog(region: &str) -> Vec<types::Image> {
    Os::ALL.map(|os| public_image(os, region)).into()
}

fn public_image(os: Os, region: &str) -> types::Image {
    let (owner, alias) = os.owner();
    // EC2 answers in lower case, whatever its model says.
    let platform = (os == Os::Windows).then(|| PlatformValues::from("windows"));
    let details = if platform.is_some() { "Windows" } else { "Linux/UNIX" };
    types::Image::builder()
        .image_id(os.image_id(region))
        .name(os.name())
        .image_location(format!("{}/{}", alias.unwrap_or(owner), os.name()))
        .description(os.description())
        .owner_id(owner)
        .set_image_owner_alias(alias.map(str::to_owned))
        .creation_date(os.created())
        .set_platform(platform)
        .platform_details(details)
        .root_device_name(os.root_device())
        .root_device_type(types::DeviceType::Ebs)
        .architecture(ArchitectureValues::X8664)
        .virtualization_type(types::VirtualizationType::Hvm)
        .hypervisor(types::HypervisorType::Xen)
        .image_type(types::ImageTypeValues::Machine)
        .ena_support(true)
        .public(true)
        .state(types::ImageState::Available)
        .set_tags(Some(Vec::<Tag>::new()))
        .build()
}
