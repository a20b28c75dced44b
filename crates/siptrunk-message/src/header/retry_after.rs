//! Retry-After (RFC 3261 20.33): `delta-seconds [ comment ] *( SEMI retry-param )`.

use std::fmt;

use nom::IResult;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::{At, comment, number, skip_lws};
use crate::name::HeaderName;
use crate::params::Params;

/// When to try again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RetryAfter<'a> {
    seconds: u32,
    params: Params<'a>,
}

impl RetryAfter<'_> {
    /// After so many seconds.
    pub const fn new(seconds: u32) -> RetryAfter<'static> {
        RetryAfter { seconds, params: Params::none() }
    }

    /// Seconds to wait.
    pub fn seconds(&self) -> u32 {
        self.seconds
    }

    /// The parameters, `duration` among them.
    pub fn params(&self) -> &Params<'_> {
        &self.params
    }
}

impl<'a> Header<'a> for RetryAfter<'a> {
    fn name() -> HeaderName {
        HeaderName::RETRY_AFTER
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        run(input, retry_after)
    }

    fn parameters(&self) -> usize {
        self.params.len()
    }
}

fn retry_after(input: &[u8]) -> IResult<&[u8], RetryAfter<'_>, At<'_>> {
    let (rest, seconds) = number(input)?;
    let at = skip_lws(rest);
    let rest = if at.first() == Some(&b'(') { comment(at)?.0 } else { rest };
    let (rest, params) = Params::parse(rest)?;
    Ok((rest, RetryAfter { seconds, params }))
}

impl fmt::Display for RetryAfter<'_> {
    /// Without the comment, which means nothing to a machine.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.seconds, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_comment_and_parameters() {
        for (text, seconds, written) in [
            ("18000;duration=3600", 18_000, "18000;duration=3600"),
            ("120 (I'm in a (long) meeting)", 120, "120"),
            ("5 (\\)) ;x", 5, "5 ;x"),
        ] {
            let (after, rest) = RetryAfter::parse(text.as_bytes()).unwrap();
            assert_eq!(
                (after.seconds(), after.to_string().as_str(), rest),
                (seconds, written, &b""[..])
            );
        }
        assert!(RetryAfter::parse(b"5 (a").is_err());
        assert!(RetryAfter::parse(b"99999999999").is_err());
    }
}
