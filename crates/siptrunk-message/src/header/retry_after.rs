//! Retry-After (RFC 3261 20.33): `delta-seconds [ comment ] *( SEMI retry-param )`.

use nom::IResult;

use super::bricks::{free_params, params_header};
use crate::grammar::{At, comment, number, skip_lws};
use crate::params::Params;

params_header! {
    /// When to try again. The comment is not kept: it means nothing to a machine.
    RetryAfter { seconds: u32 } = RETRY_AFTER;
    list: false, may_be_empty: false, grammar: delay;
}
free_params!(RetryAfter);

impl RetryAfter<'_> {
    /// After so many seconds.
    pub const fn new(seconds: u32) -> RetryAfter<'static> {
        RetryAfter { seconds, params: Params::none() }
    }

    /// Sets for how many seconds from then on there will be an answer.
    #[must_use]
    pub fn with_duration(self, seconds: u32) -> Self {
        self.with_param("duration", Some(&seconds.to_string()))
    }

    /// Seconds to wait.
    pub fn seconds(&self) -> u32 {
        self.seconds
    }

    /// For how many seconds from then on there will be an answer, if that is there and a number.
    pub fn duration(&self) -> Option<u32> {
        self.params.number("duration")
    }
}

/// `delta-seconds [ comment ]`
fn delay(input: &[u8]) -> IResult<&[u8], u32, At<'_>> {
    let (rest, seconds) = number(input)?;
    match skip_lws(rest) {
        at @ [b'(', ..] => Ok((comment(at)?.0, seconds)),
        _ => Ok((rest, seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Header;

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
