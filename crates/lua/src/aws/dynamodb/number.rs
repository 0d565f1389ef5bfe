//! Numbers: DynamoDB keeps 38 decimal digits, a float of Lua some 16.

use mlua::{Lua, MetaMethod, Result, UserData, UserDataMethods, Value};

/// The most digits that DynamoDB keeps.
const MOST_DIGITS: usize = 38;

/// A number that neither an integer nor a float of Lua has exactly.
#[derive(Clone, PartialEq)]
pub(super) struct ExactNumber(pub(super) String);

impl UserData for ExactNumber {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(this.0.clone()));
        // The text, because JSON's readers would round a number.
        methods.add_meta_method("__tovalue", |_, this, ()| Ok(this.0.clone()));
        methods.add_meta_function(MetaMethod::Concat, |_, (a, b): (Value, Value)| {
            Ok(format!("{}{}", a.to_string()?, b.to_string()?))
        });
        methods.add_meta_method(MetaMethod::Eq, |_, this, other: Value| {
            let other = other.as_userdata().and_then(|other| Some(other.borrow::<ExactNumber>().ok()?.clone()));
            Ok(other.is_some_and(|other| Decimal::parse(&other.0) == Decimal::parse(&this.0)))
        });
    }
}

impl ExactNumber {
    /// Reads the text of a number. The error says which texts are numbers of DynamoDB.
    pub(super) fn parse(text: &str) -> std::result::Result<Self, String> {
        match Decimal::parse(text) {
            Some(decimal) if decimal.digits.len() <= MOST_DIGITS => Ok(ExactNumber(text.to_owned())),
            Some(decimal) => {
                let digits = decimal.digits.len();
                Err(format!("{text} has {digits} digits; DynamoDB keeps {MOST_DIGITS}"))
            }
            None => Err(format!("{text:?} is not a number; write digits, such as \"3.14\" or \"1e100\"")),
        }
    }
}

/// Returns a number of an answer: an integer or a float of Lua if it has exactly this value.
pub(super) fn to_lua(lua: &Lua, text: &str) -> Result<Value> {
    if let Ok(integer) = text.parse::<i64>() {
        return Ok(Value::Integer(integer));
    }
    let decimal = Decimal::parse(text);
    match text.parse::<f64>() {
        Ok(float) if decimal.is_some() && Decimal::parse(&format!("{float:e}")) == decimal => Ok(Value::Number(float)),
        _ => lua.create_userdata(ExactNumber(text.to_owned())).map(Value::UserData),
    }
}

/// Returns the text of a float: the shortest one that reads back as the same float. An infinite float and NaN
/// are errors.
pub(super) fn of_float(number: f64) -> std::result::Result<String, String> {
    let text = format!("{number:?}");
    match number.is_finite() {
        true => Ok(text.strip_suffix(".0").map_or(text.clone(), str::to_owned)),
        false => Err(format!("{number}, which is no number in DynamoDB")),
    }
}

/// The value of a decimal text, which has many spellings.
#[derive(Debug, PartialEq)]
struct Decimal {
    is_negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: String,
    /// The power of ten of the last digit.
    exponent: i64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Decimal> {
        let (is_negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = digits.trim_end_matches('0');
        let zeros = digits.len() - significant.len();
        let significant = significant.trim_start_matches('0');
        Some(match significant {
            "" => Decimal { is_negative: false, digits: String::new(), exponent: 0 },
            digits => Decimal {
                is_negative,
                digits: digits.to_owned(),
                exponent: i64::from(exponent) - fraction.len() as i64 + zeros as i64,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_number_are_equal() {
        for (one, other) in [("1", "1.0"), ("100", "1e2"), ("-0.50", "-5E-1"), ("0", "-0.00"), ("+12.5", "125e-1")] {
            assert_eq!(Decimal::parse(one).expect(one), Decimal::parse(other).expect(other));
        }
        assert_ne!(Decimal::parse("1"), Decimal::parse("-1"));
        for text in ["", ".", "1e", "e1", "0x10", "1_000", "--1", "inf", "1.2.3"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_lua_s_only_if_nothing_is_lost() {
        let lua = Lua::new();
        let kind = |text: &str| match to_lua(&lua, text).unwrap() {
            Value::Integer(_) => "integer",
            Value::Number(_) => "float",
            _ => "exact",
        };
        for (text, expected) in [
            ("0", "integer"),
            ("-9223372036854775808", "integer"),
            ("9223372036854775808", "exact"),
            ("18446744073709551615", "exact"),
            ("100000000000000000000", "float"),
            ("0.1", "float"),
            ("3.50", "float"),
            ("0.1000000000000000055511151231257827", "exact"),
            ("3.1415926535897932384626433832795028842", "exact"),
            ("1E+125", "float"),
            ("1E-130", "float"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn floats_have_short_texts() {
        for (number, text) in [(0.1, "0.1"), (5.0, "5"), (1e300, "1e300"), (-2.5e-7, "-2.5e-7"), (1e20, "1e20")] {
            assert_eq!(of_float(number).as_deref(), Ok(text));
        }
        assert!(of_float(f64::NAN).is_err() && of_float(f64::INFINITY).is_err());
    }

    #[test]
    fn digits_beyond_those_of_dynamodb_are_refused() {
        assert!(ExactNumber::parse(&"9".repeat(38)).is_ok());
        assert!(ExactNumber::parse(&"9".repeat(39)).is_err_and(|problem| problem.contains("39 digits")));
        assert!(ExactNumber::parse("5 apples").is_err());
    }
}
