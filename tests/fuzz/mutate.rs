//! Damaged variants of valid texts, and random bytes.

use std::fmt;

use proptest::prelude::*;

/// An input. Its debug text is a byte string of Rust.
#[derive(Clone)]
pub(crate) struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// One damage. Positions and lengths are fractions of the length of the text.
#[derive(Clone, Debug)]
enum Damage {
    Flip(f64, u8),
    Remove(f64, f64),
    Repeat(f64, f64, usize),
    Insert(f64, Vec<u8>),
    Truncate(f64),
    /// A part of another valid text.
    Splice(f64, usize, f64, f64),
}

/// Returns valid texts, texts with up to five damages, and some random bytes. `tokens` are syntax of the format.
pub(crate) fn damaged(valid: &'static [&'static str], tokens: &'static [&'static str]) -> impl Strategy<Value = Bytes> {
    let token = prop_oneof![
        6 => prop::sample::select(tokens).prop_map(|token| token.as_bytes().to_vec()),
        1 => prop::sample::select(COMMON).prop_map(|token| token.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..8),
        1 => any::<String>().prop_map(String::into_bytes),
        1 => (prop::sample::select(tokens), 1_usize..3_000).prop_map(|(token, times)| token.repeat(times).into_bytes()),
    ];
    let place = || 0.0..1.0_f64;
    let damage = prop_oneof![
        3 => (place(), any::<u8>()).prop_map(|(at, by)| Damage::Flip(at, by)),
        2 => (place(), place()).prop_map(|(from, length)| Damage::Remove(from, length / 4.0)),
        1 => (place(), place(), 1_usize..20).prop_map(|(from, length, times)| Damage::Repeat(from, length / 8.0, times)),
        4 => (place(), token).prop_map(|(at, token)| Damage::Insert(at, token)),
        1 => place().prop_map(Damage::Truncate),
        2 => (place(), 0..valid.len(), place(), place()).prop_map(|(at, other, from, length)| Damage::Splice(at, other, from, length)),
    ];
    let mutated = (0..valid.len(), prop::collection::vec(damage, 0..6)).prop_map(move |(which, damages)| {
        damages.iter().fold(valid[which].as_bytes().to_vec(), |bytes, damage| apply(bytes, damage, valid))
    });
    prop_oneof![12 => mutated, 1 => prop::collection::vec(any::<u8>(), 0..200)].prop_map(Bytes)
}

const COMMON: &[&str] =
    &["\0", "\r\n", "\u{feff}", "\u{202e}", "-1", "1e999", "9223372036854775808", "NaN", "'", "\"", "\\"];

fn apply(mut bytes: Vec<u8>, damage: &Damage, valid: &[&str]) -> Vec<u8> {
    // Repeated repeats would exhaust the memory.
    const LONGEST: usize = 64 << 10;
    let place = |part: f64, length: usize| ((length as f64 * part) as usize).min(length);
    let range = |from: f64, part: f64, length: usize| {
        let start = place(from, length);
        start..(start + place(part, length)).min(length)
    };
    let length = bytes.len();
    match damage {
        Damage::Flip(at, by) => {
            if let Some(byte) = bytes.get_mut(place(*at, length)) {
                *byte ^= by;
            }
        }
        Damage::Remove(from, part) => drop(bytes.drain(range(*from, *part, length))),
        Damage::Repeat(from, part, times) => {
            let range = range(*from, *part, length);
            let repeated = bytes[range.clone()].repeat(*times);
            bytes.splice(range.start..range.start, repeated);
        }
        Damage::Insert(at, token) => drop(bytes.splice(place(*at, length)..place(*at, length), token.iter().copied())),
        Damage::Truncate(at) => bytes.truncate(place(*at, length)),
        Damage::Splice(at, other, from, part) => {
            let other = valid[*other].as_bytes();
            let at = place(*at, length);
            bytes.splice(at..at, other[range(*from, *part, other.len())].iter().copied());
        }
    }
    bytes.truncate(LONGEST);
    bytes
}
