//! Amounts of dollars: `0.01`.

use std::fmt;
use std::ops::Add;
use std::str::FromStr;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// An amount in millionths of a dollar, so that sums are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(u64);

const UNIT: u64 = 1_000_000;
const DIGITS: usize = 6;
const EXPECTED: &str = "an amount of dollars such as 0.50";

impl FromStr for Usd {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected {EXPECTED}");
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(part) || part.len() > DIGITS {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let part: u64 = format!("{part:0<DIGITS$}").parse().map_err(|_| wrong())?;
        whole.checked_mul(UNIT).and_then(|whole| whole.checked_add(part)).map(Usd).ok_or_else(wrong)
    }
}

impl fmt::Display for Usd {
    /// Has cents, and more digits only if they are not zero: `0.50`, `0.0075`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = format!("{:0DIGITS$}", self.0 % UNIT);
        let (cents, rest) = part.split_at(2);
        write!(f, "{}.{cents}{} USD", self.0 / UNIT, rest.trim_end_matches('0'))
    }
}

impl Add for Usd {
    type Output = Usd;

    fn add(self, other: Usd) -> Usd {
        Usd(self.0.saturating_add(other.0))
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / UNIT as f64)
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Amount;
        impl Visitor<'_> for Amount {
            type Value = Usd;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_i64<E: de::Error>(self, dollars: i64) -> Result<Usd, E> {
                self.visit_str(&dollars.to_string())
            }

            fn visit_u64<E: de::Error>(self, dollars: u64) -> Result<Usd, E> {
                self.visit_str(&dollars.to_string())
            }

            fn visit_f64<E: de::Error>(self, dollars: f64) -> Result<Usd, E> {
                self.visit_str(&dollars.to_string())
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Usd, E> {
                text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        from.deserialize_any(Amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        let usd = |text: &str| text.parse::<Usd>();
        let ten = (0..10).fold(Usd::default(), |sum, _| sum + usd("0.01").unwrap());
        assert_eq!(ten, usd("0.1").unwrap());
        for (text, shown) in [("0.01", "0.01 USD"), ("3", "3.00 USD"), ("0.0075", "0.0075 USD"), ("12.5", "12.50 USD")]
        {
            assert_eq!(usd(text).unwrap().to_string(), shown);
        }
        for wrong in ["", ".5", "-1", "1,5", "0.0000001", "cheap", "99999999999999999999"] {
            assert!(usd(wrong).is_err(), "{wrong}");
        }
    }
}
