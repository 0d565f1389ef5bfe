//! The state: accounts, their regions, and what one call sees of it.
//!
//! What a service keeps is that service's own type; this module only says where
//! it lives. IAM belongs to an account, everything else to an account's region.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{ApiError, ec2, iam, resource_groups, ssm, sts};

pub struct SandboxState {
    pub accounts: BTreeMap<String, Account>,
    pub regions: BTreeMap<(String, String), Region>,
    pub sessions: BTreeMap<String, sts::RoleSession>,
    pub ids: Ids,
    // Apart from `ids`: how often a script polls must not change the ids it gets.
    requests: Ids,
    injected: Vec<Injected>,
}

#[derive(Default)]
pub struct Account {
    pub alias: Option<String>,
    pub iam: iam::State,
}

pub struct Region {
    pub ec2: ec2::State,
    pub ssm: ssm::State,
    pub groups: resource_groups::State,
}

impl Region {
    /// As AWS hands a region out: a default VPC and nothing in it.
    pub fn fresh(account: &str, name: &str) -> Region {
        Region {
            ec2: ec2::State::fresh(account, name),
            ssm: ssm::State::default(),
            groups: resource_groups::State::default(),
        }
    }
}

struct Injected {
    operation: String,
    fault: ApiError,
    left: usize,
}

impl SandboxState {
    pub fn empty() -> SandboxState {
        SandboxState {
            accounts: BTreeMap::new(),
            regions: BTreeMap::new(),
            sessions: BTreeMap::new(),
            ids: Ids::from_seed(1),
            requests: Ids::from_seed(2),
            injected: Vec::new(),
        }
    }

    pub fn region(&mut self, account: &str, name: &str) -> &mut Region {
        self.regions.entry((account.to_owned(), name.to_owned())).or_insert_with(|| Region::fresh(account, name))
    }

    /// The account that a key belongs to; `otherwise` for keys that STS did not give out.
    pub fn account_of(&self, key: Option<&str>, otherwise: &str, now: Timestamp) -> Result<String, ApiError> {
        match key.and_then(|key| self.sessions.get(key)) {
            Some(session) => Ok(session.valid(now)?.account.clone()),
            None => Ok(otherwise.to_owned()),
        }
    }

    pub fn request_id(&mut self) -> String {
        self.requests.uuid()
    }

    pub fn inject(&mut self, operation: &str, fault: ApiError, times: usize) {
        self.injected.push(Injected { operation: operation.to_owned(), fault, left: times });
    }

    pub fn take_injected(&mut self, operation: &str) -> Option<ApiError> {
        let due = self.injected.iter_mut().find(|injected| injected.operation == operation && injected.left > 0)?;
        due.left -= 1;
        Some(due.fault.clone())
    }
}

/// What a handler gets: where and when it is called, and the state in its reach.
pub struct Call<'a> {
    pub now: Timestamp,
    pub account_id: &'a str,
    pub region_name: &'a str,
    pub access_key: Option<String>,
    pub accounts: &'a mut BTreeMap<String, Account>,
    pub region: &'a mut Region,
    pub sessions: &'a mut BTreeMap<String, sts::RoleSession>,
    pub ids: &'a mut Ids,
}

impl<'a> Call<'a> {
    /// Fails as AWS does for an account that is not there and a region that is not enabled.
    pub fn new(
        state: &'a mut SandboxState,
        now: Timestamp,
        account_id: &'a str,
        region_name: &'a str,
        access_key: Option<String>,
    ) -> Result<Call<'a>, ApiError> {
        if !state.accounts.contains_key(account_id) {
            let message = "The security token included in the request is invalid.";
            return Err(ApiError::new("UnrecognizedClientException", message).with_status(403));
        }
        let region_name = ec2::enabled_region(region_name)?;
        let SandboxState { accounts, regions, sessions, ids, .. } = state;
        let region = regions
            .entry((account_id.to_owned(), region_name.to_owned()))
            .or_insert_with(|| Region::fresh(account_id, region_name));
        Ok(Call { now, account_id, region_name, access_key, accounts, region, sessions, ids })
    }

    pub fn iam(&mut self) -> &mut iam::State {
        &mut self.account().iam
    }

    pub fn account(&mut self) -> &mut Account {
        self.accounts.entry(self.account_id.to_owned()).or_default()
    }
}

/// Ids that look drawn by lot and are the same in every run.
pub struct Ids {
    state: u64,
}

impl Ids {
    pub fn from_seed(seed: u64) -> Ids {
        Ids { state: seed }
    }

    /// Ids that depend on what they are for only.
    pub fn of(what: &str) -> Ids {
        let hash = what
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Ids::from_seed(hash)
    }

    /// `i-0d4f…`: a prefix and the 17 digits that EC2 uses.
    pub fn ec2(&mut self, prefix: &str) -> String {
        let digits = format!("{:016x}", self.next());
        format!("{prefix}-0{digits}")
    }

    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff,
        )
    }

    /// `AIDA…`, `AROA…`, `ASIA…`: a prefix and 17 capitals and digits.
    pub fn iam(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.letters(17, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
    }

    pub fn secret(&mut self, length: usize) -> String {
        self.letters(length, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    }

    fn letters(&mut self, count: usize, alphabet: &[u8]) -> String {
        (0..count)
            .map(|_| {
                let at = self.next() % alphabet.len() as u64;
                char::from(alphabet[at as usize])
            })
            .collect()
    }

    /// A number that looks drawn by lot as well.
    pub fn number(&mut self) -> u32 {
        (self.next() >> 32) as u32
    }

    // SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_shape_that_aws_gives_them() {
        let mut ids = Ids::from_seed(7);
        assert_eq!(ids.ec2("i").len(), 19);
        let uuid = ids.uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert_eq!(ids.iam("AIDA").len(), 21);
        assert_ne!(ids.ec2("i"), ids.ec2("i"));
    }
}
