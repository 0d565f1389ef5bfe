//! The public images of a region, and the operating systems in them.

use aws_sdk_ec2::types::{self, ArchitectureValues, PlatformValues, Tag};

/// Operating systems with public images.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Os {
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

    /// Returns the image's id, which differs between regions, as on AWS.
    pub(crate) fn image_id(self, region: &str) -> String {
        let salt = match self {
            Os::AmazonLinux => 0xa1,
            Os::Ubuntu => 0xb2,
            Os::Windows => 0xc3,
        };
        let region: u64 = region.bytes().fold(salt, |sum: u64, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
        format!("ami-0{:016x}", region.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Returns the operating system of an image. The account's own images contain Amazon Linux.
    pub(crate) fn of_image(region: &str, image_id: &str) -> Os {
        Os::ALL.into_iter().find(|os| os.image_id(region) == image_id).unwrap_or(Os::AmazonLinux)
    }
}

/// Returns the public images of a region.
pub(crate) fn catalog(region: &str) -> Vec<types::Image> {
    Os::ALL.map(|os| public_image(os, region)).into()
}

fn public_image(os: Os, region: &str) -> types::Image {
    let (owner, alias) = os.owner();
    // EC2 returns the lower-case form, unlike its model.
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
