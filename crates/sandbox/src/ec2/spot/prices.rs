//! Spot prices: invented, but the same for a type, a zone and a time in every run.
//!
//! A price changes every few hours around a zone-specific share of the on-demand price, slowly and
//! without jumps, like spot prices since the end of bidding.

use aws_sdk_ec2::{
    operation::describe_spot_price_history::{DescribeSpotPriceHistoryInput, DescribeSpotPriceHistoryOutput},
    primitives::DateTime,
    types::{RiProductDescription, SpotPrice},
};
use jiff::{SignedDuration, Timestamp};

use crate::ApiError;
use crate::clock::to_aws;
use crate::ec2::filters::{Filters, maybe, time};
use crate::ec2::instances::instance_types;
use crate::ec2::query::{DescribeQuery, cut, dry_run, invalid, refuse_unsimulated};
use crate::ec2::regions::zone_names;
use crate::ids::Ids;
use crate::state::Call;

/// AWS keeps the price history this long.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Seconds between two price changes.
const STEP: i64 = 6 * 3600;

/// Product descriptions, and their surcharge in US dollars per vCPU hour.
const PRODUCTS: [(&str, f64); 2] = [("Linux/UNIX", 0.0), ("Windows", 0.046)];

pub(crate) const PRICES: Filters<SpotPrice> = Filters {
    fields: &[
        ("availability-zone", |p| maybe(p.availability_zone())),
        ("instance-type", |p| maybe(p.instance_type())),
        ("product-description", |p| maybe(p.product_description())),
        ("spot-price", |p| maybe(p.spot_price())),
        ("timestamp", |p| time(p.timestamp())),
    ],
    tags: None,
};

pub(crate) fn describe_spot_price_history(
    call: &mut Call<'_>,
    input: &DescribeSpotPriceHistoryInput,
) -> Result<DescribeSpotPriceHistoryOutput, ApiError> {
    refuse_unsimulated(
        "describe_spot_price_history",
        &[("availability_zone_id", input.availability_zone_id.is_some())],
    )?;
    let span = Span::parse(input, call.now)?;
    let size = match input.max_results {
        Some(asked) if asked < 0 => {
            return Err(invalid(format!("Value ({asked}) for parameter maxResults is invalid.")));
        }
        None | Some(0) => 1000,
        Some(asked) => asked.clamp(1, 1000).unsigned_abs() as usize,
    };
    let zones = zones(call, input)?;
    let names: Vec<&str> = input.instance_types().iter().map(|kind| kind.as_str()).collect();
    let products = input.product_descriptions();
    let is_wanted =
        |name: &str| products.is_empty() || products.iter().any(|wanted| without_vpc_suffix(wanted) == name);
    let mut prices = Vec::new();
    for kind in instance_types::TYPES.iter().filter(|kind| names.is_empty() || names.contains(&kind.name)) {
        for (product, extra) in PRODUCTS.into_iter().filter(|(name, _)| is_wanted(name)) {
            if extra > 0.0 && !kind.runs_windows() {
                continue;
            }
            for zone in &zones {
                let series = Series { kind, zone, product, extra };
                prices.extend(series.steps(&span).map(|step| series.price_at(step)));
            }
        }
    }
    let key = |price: &SpotPrice| {
        let at = price.timestamp().map_or(0, |at| at.secs());
        let [kind, zone, product] =
            [maybe(price.instance_type()), maybe(price.availability_zone()), maybe(price.product_description())];
        (std::cmp::Reverse(at), [kind, zone, product].concat().join(" "))
    };
    prices.sort_by_cached_key(key);
    let prices = PRICES.select(prices, input.filters())?;
    dry_run(input.dry_run)?;
    let query = DescribeQuery { filters: input.filters(), next_token: input.next_token(), ..DescribeQuery::default() };
    // Without an end time the end follows the clock, so it is not part of the page token.
    let asked = (input.start_time, input.end_time, &names, products, &zones);
    let page = cut(prices, &query, asked, size, |price| format!("{:?}", key(price)))?;
    Ok(DescribeSpotPriceHistoryOutput::builder()
        .set_spot_price_history(Some(page.items))
        // The last page of this operation has an empty token, not an absent one.
        .next_token(page.next_token.unwrap_or_default())
        .build())
}

/// Strips ` (Amazon VPC)`, the suffix in accounts with EC2-Classic.
fn without_vpc_suffix(product: &str) -> &str {
    product.strip_suffix(" (Amazon VPC)").unwrap_or(product)
}

fn zones(call: &Call<'_>, input: &DescribeSpotPriceHistoryInput) -> Result<Vec<String>, ApiError> {
    let all = zone_names(call.region_name);
    match input.availability_zone() {
        None => Ok(all.to_vec()),
        Some(zone) if all.iter().any(|known| known == zone) => Ok(vec![zone.to_owned()]),
        Some(zone) => Err(invalid(format!("Invalid availability zone: [{zone}]"))),
    }
}

/// A time span in Unix seconds.
struct Span {
    start: i64,
    end: i64,
}

impl Span {
    /// Parses the span of a request. Without times it is the current moment. The price that applies
    /// at its start belongs to it.
    fn parse(input: &DescribeSpotPriceHistoryInput, now: Timestamp) -> Result<Span, ApiError> {
        let seconds = |at: Option<&DateTime>| at.map(|at| at.secs());
        let end = seconds(input.end_time()).unwrap_or(now.as_second()).min(now.as_second());
        let oldest = now.as_second() - REMEMBERED.as_secs();
        let start = seconds(input.start_time()).unwrap_or(end).max(oldest);
        if input.start_time().is_some() && input.end_time().is_some_and(|end| end.secs() < start) && start > oldest {
            return Err(invalid("The start time must be before the end time."));
        }
        Ok(Span { start, end })
    }
}

/// The price of one type, zone and product over time.
struct Series<'a> {
    kind: &'a instance_types::InstanceTypeRow,
    zone: &'a str,
    product: &'static str,
    extra: f64,
}

impl Series<'_> {
    /// Returns the price changes within a span, and the last one before it.
    fn steps(&self, span: &Span) -> impl Iterator<Item = i64> + use<> {
        let step = |second: i64| (second - self.offset()).div_euclid(STEP);
        step(span.start)..=step(span.end)
    }

    /// Returns the offset of the series, so that series change at different minutes.
    fn offset(&self) -> i64 {
        i64::from(self.number("minute")) % STEP
    }

    fn price_at(&self, step: i64) -> SpotPrice {
        let at = Timestamp::from_second(step * STEP + self.offset()).unwrap_or(Timestamp::MAX);
        SpotPrice::builder()
            .availability_zone(self.zone)
            .instance_type(self.kind.name.into())
            .product_description(RiProductDescription::from(self.product))
            .spot_price(format!("{:.6}", self.price(step)))
            .timestamp(to_aws(at))
            .build()
    }

    fn price(&self, step: i64) -> f64 {
        let share = 0.28 + 0.22 * self.draw("share");
        let phase = self.draw("phase") * std::f64::consts::TAU;
        // One wave of about two weeks, and one of a few days.
        let at = step as f64;
        let wave = 0.12 * (at / 9.0 + phase).sin() + 0.04 * (at / 2.3 + phase).sin();
        let cpus = f64::from(self.kind.cpus);
        (self.kind.usd_hour * share * (1.0 + wave)) + self.extra * cpus
    }

    /// Returns a number between 0 and 1 that depends on the series only.
    fn draw(&self, purpose: &str) -> f64 {
        f64::from(self.number(purpose)) / f64::from(u32::MAX)
    }

    fn number(&self, purpose: &str) -> u32 {
        Ids::for_name(&format!("{purpose} {} {} {}", self.kind.name, self.zone, self.product)).number()
    }
}
