//! The parameters of a rule set: from the caller's configuration, from the operation, and from its input.

use moonfleet_core::{Map, Value};
use moonfleet_models::{ContextValue, EndpointRules, Operation, Service};

/// The parts of a configuration that decide the endpoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    pub region: Option<String>,
    pub use_fips: bool,
    pub use_dual_stack: bool,
    /// An endpoint that replaces the one of the rules.
    pub endpoint_url: Option<String>,
    /// S3: whether the bucket is in the path instead of the host name.
    pub force_path_style: bool,
    /// S3: whether transfers use the accelerated endpoints.
    pub accelerate: bool,
    /// S3: whether the region of an ARN counts instead of the configured one.
    pub use_arn_region: Option<bool>,
    /// S3: whether access points of several regions are refused.
    pub disable_multi_region_access_points: bool,
}

impl Settings {
    /// Returns the value of a built-in parameter; `Nil` if it is not set.
    fn built_in(&self, name: &str) -> Value {
        let text = |text: &Option<String>| text.clone().map_or(Value::Nil, Value::String);
        match name {
            "AWS::Region" => text(&self.region),
            "AWS::UseFIPS" => Value::Bool(self.use_fips),
            "AWS::UseDualStack" => Value::Bool(self.use_dual_stack),
            "SDK::Endpoint" => text(&self.endpoint_url),
            "AWS::S3::ForcePathStyle" => Value::Bool(self.force_path_style),
            "AWS::S3::Accelerate" => Value::Bool(self.accelerate),
            "AWS::S3::UseArnRegion" | "AWS::S3Control::UseArnRegion" => {
                self.use_arn_region.map_or(Value::Nil, Value::Bool)
            }
            "AWS::S3::DisableMultiRegionAccessPoints" => Value::Bool(self.disable_multi_region_access_points),
            // The endpoints of S3 and STS without a region are deprecated, and account ids are not known before a call.
            _ => Value::Nil,
        }
    }
}

/// Returns the parameters of a call. Later sources count before earlier ones: configuration, input, operation.
pub(crate) fn parameters(service: &Service, operation: &Operation, input: &Map, settings: &Settings) -> Map {
    let rules: &EndpointRules = service.endpoint_rules();
    let built_ins = rules.parameters.iter().filter_map(|parameter| {
        let value = settings.built_in(parameter.built_in?);
        (!value.is_nil()).then(|| (parameter.name.to_owned(), value))
    });
    let mut parameters: Map = built_ins.collect();
    let structure = operation.input.as_ref().and_then(|input| service.shape(input.target).as_structure());
    for member in structure.into_iter().flat_map(|structure| &structure.members) {
        if let (Some(name), Some(value)) = (member.context_param, input.get(&member.name)) {
            parameters.set(name, value.clone());
        }
    }
    for (name, value) in &operation.static_context {
        parameters.set(
            name,
            match value {
                ContextValue::Text(text) => Value::String(text.clone().into_owned()),
                ContextValue::Boolean(yes) => Value::Bool(*yes),
            },
        );
    }
    parameters
}
