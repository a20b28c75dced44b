//! `a=rtcp-mux`: RTP and RTCP on one port (RFC 5761 section 5.1.1).

use std::fmt;

use super::{AttributeError, TypedAttribute};

/// RTP and RTCP on one port, if both sides say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RtcpMux;

impl<'a> TypedAttribute<'a> for RtcpMux {
    const NAME: &'static str = "rtcp-mux";

    fn parse(value: Option<&'a [u8]>) -> Result<Self, AttributeError> {
        match value {
            None => Ok(Self),
            Some(_) => Err(AttributeError::new(Self::NAME, 0, "no value")),
        }
    }

    fn write(&self, _out: &mut dyn fmt::Write) -> fmt::Result {
        Ok(())
    }
}
