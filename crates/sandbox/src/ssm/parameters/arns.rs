//! ARNs of parameters and of the users who changed them.

use crate::state::Call;

pub(crate) fn arn(call: &Call<'_>, name: &str) -> String {
    let slash = if name.starts_with('/') { "" } else { "/" };
    let (region, account) = (call.region_name, call.account_id);
    format!("arn:aws:ssm:{region}:{account}:parameter{slash}{name}")
}

pub(crate) fn user_arn(call: &Call<'_>, user: &str) -> String {
    format!("arn:aws:iam::{}:user/{user}", call.account_id)
}
