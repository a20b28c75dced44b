//! Timestamp (RFC 3261 20.38): when a request was sent by its sender's clock, and how long its answer took.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use nom::IResult;

use super::bricks::Head;
use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::{At, ascii, fail, run_of, skip_lws};
use crate::name::HeaderName;

/// A time as the sender writes it, and the delay that a UAS adds in its answer. Both keep their digits: the answer has
/// to repeat them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp<'a> {
    time: Cow<'a, str>,
    delay: Option<Cow<'a, str>>,
}

impl Timestamp<'_> {
    /// A time in seconds since whatever moment the sender likes.
    pub fn new(time: Duration) -> Timestamp<'static> {
        Timestamp { time: decimal(time).into(), delay: None }
    }

    /// Sets how long the request lay with who answers it (RFC 3261 8.2.6.1).
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = Some(decimal(delay).into());
        self
    }

    /// The time; beyond nanoseconds it is cut off.
    pub fn time(&self) -> Duration {
        duration(&self.time)
    }

    /// The delay, if written; beyond nanoseconds it is cut off.
    pub fn delay(&self) -> Option<Duration> {
        self.delay.as_deref().map(duration)
    }

    /// The same, independent of the buffer.
    pub fn into_owned(self) -> Timestamp<'static> {
        Timestamp { time: Head::into_owned(self.time), delay: self.delay.map(Head::into_owned) }
    }
}

impl<'a> Header<'a> for Timestamp<'a> {
    fn name() -> HeaderName {
        HeaderName::TIMESTAMP
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        run(input, timestamp)
    }
}

/// `1*DIGIT [ "." *DIGIT ] [ LWS *DIGIT [ "." *DIGIT ] ]`
fn timestamp(input: &[u8]) -> IResult<&[u8], Timestamp<'_>, At<'_>> {
    if !input.first().is_some_and(u8::is_ascii_digit) {
        return fail(input, "expected digits");
    }
    let (rest, time) = digits(input)?;
    let after = skip_lws(rest);
    if after.len() == rest.len() || after.is_empty() {
        return Ok((rest, Timestamp { time: time.into(), delay: None }));
    }
    let (rest, delay) = digits(after)?;
    if delay.is_empty() {
        return fail(after, "expected the digits of a delay");
    }
    Ok((rest, Timestamp { time: time.into(), delay: Some(delay.into()) }))
}

/// `*DIGIT [ "." *DIGIT ]`, its seconds within 64 bits.
fn digits(input: &[u8]) -> IResult<&[u8], &str, At<'_>> {
    let is_digit = |octet: u8| octet.is_ascii_digit();
    let (rest, whole) = run_of(input, is_digit);
    if !whole.is_empty() && ascii(whole).parse::<u64>().is_err() {
        return fail(input, "the seconds do not fit 64 bits");
    }
    let rest = match rest {
        [b'.', fraction @ ..] => run_of(fraction, is_digit).0,
        _ => rest,
    };
    let (text, _) = input.split_at(input.len().saturating_sub(rest.len()));
    Ok((rest, ascii(text)))
}

/// The meaning of what [`digits`] has read.
fn duration(text: &str) -> Duration {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let nanos =
        fraction.bytes().chain(std::iter::repeat(b'0')).take(9).fold(0_u32, |sum, digit| {
            // Nine digits fit 32 bits.
            sum.saturating_mul(10).saturating_add(u32::from(digit.wrapping_sub(b'0')))
        });
    Duration::new(whole.parse().unwrap_or(0), nanos)
}

fn decimal(duration: Duration) -> String {
    let text = format!("{}.{:09}", duration.as_secs(), duration.subsec_nanos());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl fmt::Display for Timestamp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.time)?;
        match &self.delay {
            Some(delay) => write!(f, " {delay}"),
            None => Ok(()),
        }
    }
}
