//! The accounts of profiles, as far as their settings tell without a request.

use moonfleet_core::Error;

use crate::Session;
use crate::shared_config::SharedConfig;

impl Session {
    /// Returns the profiles whose account is known without a request, each with its account.
    pub fn profile_accounts(&self) -> Result<Vec<(String, String)>, Error> {
        if let Some(simulation) = self.simulation() {
            let profiles = simulation.profiles().iter();
            return Ok(profiles.map(|(name, account)| ((*name).to_owned(), (*account).to_owned())).collect());
        }
        Ok(SharedConfig::read()?.accounts())
    }
}

/// Returns the account of an access key. The ten bytes behind its prefix, written in base 32, begin with a bit and the
/// forty bits of the account. Keys from before 2019 have no account in them, and give one that does not exist.
pub(crate) fn account_of_access_key(key: &str) -> Option<String> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digits = key.strip_prefix("AKIA").or_else(|| key.strip_prefix("ASIA")).filter(|digits| digits.len() == 16)?;
    let bits = digits.bytes().try_fold(0_u128, |bits, digit| {
        let value = ALPHABET.iter().position(|known| *known == digit)?;
        Some(bits << 5 | value as u128)
    })?;
    let account = bits >> 39 & 0xff_ffff_ffff;
    (account < 1_000_000_000_000).then(|| format!("{account:012}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_keys_tell_their_account() {
        // An example that was published with the form of the keys.
        assert_eq!(account_of_access_key("ASIAQNZGKIQY56JQ7WML").as_deref(), Some("029608264753"));
        for other in ["", "AKIA", "AKIAQNZGKIQY56JQ7WM1", "AIDAQNZGKIQY56JQ7WML", "AKIAEXAMPLE"] {
            assert_eq!(account_of_access_key(other), None, "{other}");
        }
    }
}
