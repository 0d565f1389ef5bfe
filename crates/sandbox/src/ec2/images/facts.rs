//! Properties that an instance takes over from its image.

use aws_sdk_ec2::types::{ArchitectureValues, PlatformValues};

use crate::ec2::state::Ec2State;

/// Properties that an instance takes over from its image.
pub(crate) struct ImageFacts {
    pub architecture: ArchitectureValues,
    pub platform: Option<PlatformValues>,
    pub platform_details: String,
    pub usage_operation: String,
    pub root_device_name: String,
}

impl ImageFacts {
    /// Returns the properties of the image; for a deregistered image, those of a Linux image.
    pub(crate) fn find(region: &Ec2State, image_id: &str) -> ImageFacts {
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
