//! Ids that look random and are the same in every run.

/// A generator of ids that look random and are the same in every run.
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    pub(crate) fn from_seed(seed: u64) -> Ids {
        Ids { state: seed }
    }

    /// Returns a generator that depends on `name` only.
    pub(crate) fn for_name(name: &str) -> Ids {
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Ids::from_seed(hash)
    }

    /// Returns an EC2 id such as `i-0d4f…`: a prefix and 17 hexadecimal digits.
    pub(crate) fn ec2(&mut self, prefix: &str) -> String {
        let digits = format!("{:016x}", self.next());
        format!("{prefix}-0{digits}")
    }

    pub(crate) fn uuid(&mut self) -> String {
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

    /// Returns an IAM id such as `AIDA…`, `AROA…` or `ASIA…`: a prefix and 17 capitals and digits.
    pub(crate) fn iam(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.letters(17, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
    }

    pub(crate) fn secret(&mut self, length: usize) -> String {
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

    /// Returns a number that looks random.
    pub(crate) fn number(&mut self) -> u32 {
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
    fn ids_have_the_format_of_aws() {
        let mut ids = Ids::from_seed(7);
        assert_eq!(ids.ec2("i").len(), 19);
        let uuid = ids.uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert_eq!(ids.iam("AIDA").len(), 21);
        assert_ne!(ids.ec2("i"), ids.ec2("i"));
    }
}
