//! Endpoints by AWS's rule sets: parameters in; a URL, its headers and its authentication out. The specification is
//! Smithy's rules engine, <https://smithy.io/2.0/additional-specs/rules-engine/>.

mod functions;
mod parameters;
mod rules;

pub use parameters::Settings;
pub(crate) use parameters::parameters;
pub use rules::resolve;

use moonfleet_core::{Map, Value};

use crate::Error;

/// The result of a rule set.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    pub url: String,
    /// `authSchemes` and others, as they stand in the rule set.
    pub properties: Map,
    /// The values of each header.
    pub headers: Vec<(String, Vec<String>)>,
}

/// How a request to an endpoint is signed. `None` is the service's default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signing {
    pub name: Option<String>,
    pub region: Option<String>,
    /// Whether the path is encoded again for the signature.
    pub double_encoding: Option<bool>,
}

impl Endpoint {
    /// Returns how requests are signed, by the first scheme that this crate covers.
    pub fn signing(&self) -> Result<Signing, Error> {
        let Some(Value::List(schemes)) = self.properties.get("authSchemes") else { return Ok(Signing::default()) };
        let schemes =
            || schemes.iter().filter_map(|scheme| if let Value::Map(scheme) = scheme { Some(scheme) } else { None });
        let text = |scheme: &Map, field| match scheme.get(field) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        let Some(scheme) = schemes().find(|scheme| text(scheme, "name").as_deref() == Some("sigv4")) else {
            let names: Vec<_> = schemes().filter_map(|scheme| text(scheme, "name")).collect();
            return Err(Error::NotCovered(format!("requests signed with {}", names.join(" or "))));
        };
        let double_encoding = match scheme.get("disableDoubleEncoding") {
            Some(Value::Bool(is_disabled)) => Some(!is_disabled),
            _ => None,
        };
        Ok(Signing { name: text(scheme, "signingName"), region: text(scheme, "signingRegion"), double_encoding })
    }
}
